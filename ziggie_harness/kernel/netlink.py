"""The kernel's language for networks, as much of it as the lab speaks: cables, addresses, routes and blackholes.

A request is some dozen bytes (rtnetlink(7)), and a network takes a hundred of them. A library that speaks all of
netlink takes a millisecond for each; a drill should not wait for that.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from typing import Final, Self

LOOPBACK_INDEX: Final = 1
"""The index of the loopback interface in every namespace."""

LOCAL_TABLE: Final = 255
"""The routing table of addresses that are this machine's own."""

MAIN_TABLE: Final = 254

# From linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/fib_rules.h and linux/veth.h.
_HEADER: Final = struct.Struct("=IHHII")
_LINK: Final = struct.Struct("=BxHiII")
_ADDRESS: Final = struct.Struct("=BBBBI")
_ROUTE: Final = struct.Struct("=BBBBBBBBI")
_RULE: Final = _ROUTE
_ERROR: Final = struct.Struct("=i")
_NEW_LINK, _NEW_ADDRESS, _NEW_ROUTE, _NEW_RULE, _DELETE_RULE = 16, 20, 24, 32, 33
_REQUEST, _ACKNOWLEDGE, _EXCLUSIVE, _CREATE = 0x1, 0x4, 0x200, 0x400
_IFLA_NAME, _IFLA_LINK_INFO, _IFLA_NAMESPACE = 3, 18, 28
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_RTA_DESTINATION, _RTA_INTERFACE, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_SOURCE = 1, 4, 5, 6, 7
_FRA_DESTINATION, _FRA_SOURCE, _FRA_PRIORITY = 1, 2, 6
_UP: Final = 1
_BY_THE_ADMINISTRATOR: Final = 4
_UNICAST, _LOCAL = 1, 2
_EVERYWHERE, _ON_THE_LINK, _ON_THIS_HOST = 0, 253, 254
_BLACKHOLE: Final = 6
_LAST_RESORT: Final = 1000
"""The priority of a way that is taken when there is no other; the kernel takes the lowest number first."""
_ANSWER_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: its kind, the flags beside those that every request has, and what it is about."""

    kind: int
    flags: int
    body: bytes


class Netlink:
    """A socket to the kernel's network of the namespace that the calling thread is in when it is made.

    It stays with that namespace, whichever thread asks. Not for several threads at once.
    """

    def __init__(self) -> None:
        """Open the socket; OSError when refused."""
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._sequence = 0

    def __enter__(self) -> Self:
        """Use it for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the socket."""
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def do(self, *asks: Ask) -> None:
        """Have requests carried out, one after the other; OSError for the first one that the kernel refuses."""
        for ask in asks:
            self._sequence += 1
            flags = _REQUEST | _ACKNOWLEDGE | ask.flags
            header = _HEADER.pack(_HEADER.size + len(ask.body), ask.kind, flags, self._sequence, 0)
            self._socket.send(header + ask.body)
            # The kernel has carried a request out when `send` returns; what it then says is an errno, or zero.
            (number,) = _ERROR.unpack_from(self._socket.recv(_ANSWER_BYTES), _HEADER.size)
            if number:
                raise OSError(-number, os.strerror(-number))


def cable(name: str, far_name: str, far_namespace: int) -> Ask:
    """Lay a virtual cable from here to an interface in the namespace behind a descriptor."""
    far = _link() + attribute(_IFLA_NAME, _text(far_name)) + attribute(_IFLA_NAMESPACE, _number(far_namespace))
    kind = attribute(_INFO_KIND, _text("veth")) + attribute(_INFO_DATA, attribute(_VETH_PEER, far))
    body = _link() + attribute(_IFLA_NAME, _text(name)) + attribute(_IFLA_LINK_INFO, kind)
    return Ask(_NEW_LINK, _CREATE | _EXCLUSIVE, body)


def up(index: int) -> Ask:
    """Switch an interface on."""
    return Ask(_NEW_LINK, 0, _link(index, _UP))


def address(index: int, own: str, length: int) -> Ask:
    """Give an interface an address in a network whose prefix has ``length`` bits."""
    body = _ADDRESS.pack(socket.AF_INET, length, 0, _EVERYWHERE, index)
    packed = socket.inet_aton(own)
    return Ask(
        _NEW_ADDRESS, _CREATE | _EXCLUSIVE, body + attribute(_IFA_LOCAL, packed) + attribute(_IFA_ADDRESS, packed)
    )


def route_by(gateway: str, network: str, source: str) -> Ask:
    """Reach a network, in CIDR notation, through a gateway, from a source address."""
    sent = attribute(_RTA_GATEWAY, socket.inet_aton(gateway)) + attribute(_RTA_SOURCE, socket.inet_aton(source))
    return _route(network, MAIN_TABLE, _EVERYWHERE, _UNICAST, sent)


def route_over(index: int, network: str) -> Ask:
    """Reach a network over an interface, even where a shorter prefix makes its addresses this machine's own."""
    return _route(network, LOCAL_TABLE, _ON_THE_LINK, _UNICAST, attribute(_RTA_INTERFACE, _number(index)))


def swallow(network: str, source: str) -> Ask:
    """Let what is sent to a network vanish without a word, for as long as no other way leads there.

    The loopback takes it back in, and drops what is not this machine's; a blackhole would tell the sender EINVAL.
    """
    sent = attribute(_RTA_INTERFACE, _number(LOOPBACK_INDEX)) + attribute(_RTA_SOURCE, socket.inet_aton(source))
    return _route(network, MAIN_TABLE, _ON_THE_LINK, _UNICAST, sent + attribute(_RTA_PRIORITY, _number(_LAST_RESORT)))


def own(network: str, source: str) -> Ask:
    """Make every address of a network this machine's own; what it sends there comes from ``source``."""
    sent = attribute(_RTA_INTERFACE, _number(LOOPBACK_INDEX)) + attribute(_RTA_SOURCE, socket.inet_aton(source))
    return _route(network, LOCAL_TABLE, _ON_THIS_HOST, _LOCAL, sent)


def blackhole(source: str, destination: str, priority: int) -> Ask:
    """Drop, without a word, what goes from one network to another."""
    return Ask(_NEW_RULE, _CREATE | _EXCLUSIVE, _blackhole(source, destination, priority))


def no_blackhole(source: str, destination: str, priority: int) -> Ask:
    """Take such a rule back."""
    return Ask(_DELETE_RULE, 0, _blackhole(source, destination, priority))


def _blackhole(source: str, destination: str, priority: int) -> bytes:
    """Describe a blackhole between two networks."""
    (far, far_length), (near, near_length) = _network(destination), _network(source)
    body = _RULE.pack(socket.AF_INET, far_length, near_length, 0, 0, 0, 0, _BLACKHOLE, 0)
    return (
        body
        + attribute(_FRA_DESTINATION, far)
        + attribute(_FRA_SOURCE, near)
        + attribute(_FRA_PRIORITY, _number(priority))
    )


def _route(network: str, table: int, scope: int, kind: int, attributes: bytes) -> Ask:
    """Describe a route to a network."""
    packed, length = _network(network)
    body = _ROUTE.pack(socket.AF_INET, length, 0, 0, table, _BY_THE_ADMINISTRATOR, scope, kind, 0)
    return Ask(_NEW_ROUTE, _CREATE | _EXCLUSIVE, body + attribute(_RTA_DESTINATION, packed) + attributes)


def _link(index: int = 0, flags: int = 0) -> bytes:
    """Name an interface and the flags to set; 0 for one that is being made."""
    return _LINK.pack(socket.AF_UNSPEC, 0, index, flags, flags)


def _network(cidr: str) -> tuple[bytes, int]:
    """Return the address and the length of a prefix in CIDR notation."""
    packed, _, length = cidr.partition("/")
    return socket.inet_aton(packed), int(length)


def attribute(kind: int, value: bytes) -> bytes:
    """Write an attribute: length, kind, value, and zeros up to a multiple of four bytes."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _number(value: int) -> bytes:
    """Write a number."""
    return struct.pack("=I", value)


def _text(value: str) -> bytes:
    """Write a name."""
    return value.encode("ascii") + b"\0"
