"""The kernel's packet filter, nf_tables, as much of it as the lab speaks: packets that are lost by chance.

A loss is a table of its own with one rule: what goes from one network to another is dropped when a random number is
below the share. It takes no program and no module beside nf_tables itself; netem, the usual way, is a module that few
kernels of virtual machines have.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Final

from ziggie_harness.kernel.netlink import attribute

NETFILTER: Final = 12
"""The netlink protocol of the packet filter, which Python's socket module does not name (linux/netlink.h)."""

# From linux/netlink.h, linux/netfilter.h, linux/netfilter/nfnetlink.h and linux/netfilter/nf_tables.h. Numbers of
# nf_tables are in network byte order, those of netlink's header in the host's.
_HEADER: Final = struct.Struct("=IHHII")
_ABOUT: Final = struct.Struct("!BBH")
_NUMBER: Final = struct.Struct("!I")
_ERROR: Final = struct.Struct("=i")
_REQUEST, _ACKNOWLEDGE, _EXCLUSIVE, _CREATE = 0x1, 0x4, 0x200, 0x400
_ERROR_MESSAGE: Final = 2
_BATCH_BEGINS, _BATCH_ENDS = 0x10, 0x11
_SUBSYSTEM: Final = 10
_NEW_TABLE, _DELETE_TABLE, _NEW_CHAIN, _NEW_RULE = 0, 2, 3, 6
_TABLE_NAME: Final = 1
_CHAIN_TABLE, _CHAIN_NAME, _CHAIN_HOOK, _CHAIN_KIND = 1, 3, 4, 7
_HOOK_NUMBER, _HOOK_PRIORITY = 1, 2
_RULE_TABLE, _RULE_CHAIN, _RULE_EXPRESSIONS = 1, 2, 4
_ELEMENT, _EXPRESSION_NAME, _EXPRESSION_DATA = 1, 1, 2
_PAYLOAD_TO, _PAYLOAD_BASE, _PAYLOAD_OFFSET, _PAYLOAD_LENGTH = 1, 2, 3, 4
_META_TO, _META_KEY = 1, 2
_COMPARE_FROM, _COMPARE_HOW, _COMPARE_WITH = 1, 2, 3
_EQUAL, _LESS = 0, 2
_IMMEDIATE_TO, _IMMEDIATE_DATA = 1, 2
_VALUE, _VERDICT, _VERDICT_CODE = 1, 2, 1
_REGISTER, _VERDICT_REGISTER = 1, 0
_NETWORK_HEADER: Final = 1
_SOURCE_OFFSET, _DESTINATION_OFFSET = 12, 16
_RANDOM_NUMBER: Final = 24
_FORWARDED: Final = 2
_DROP: Final = 0
_NESTED: Final = 0x8000
_CHAIN: Final = "lost"
_RANDOM_BELOW: Final = 2**32
_ANSWER_BYTES: Final = 4096


class PacketFilter:
    """A socket to the packet filter of the namespace that the calling thread is in when it is made.

    It stays with that namespace, whichever thread asks. Not for several threads at once.
    """

    def __init__(self) -> None:
        """Open the socket; OSError when refused, EPROTONOSUPPORT where the kernel has no packet filter."""
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def lose(self, name: str, source: str, destination: str, share: float) -> None:
        """Lose a share of what is forwarded from one network to another, both in CIDR notation of whole bytes.

        OSError when the kernel refuses, EEXIST when something is lost under that name; then nothing changes.
        """
        hook = attribute(_HOOK_NUMBER, _number(_FORWARDED)) + attribute(_HOOK_PRIORITY, _number(0))
        chain = (
            attribute(_CHAIN_TABLE, _text(name))
            + attribute(_CHAIN_NAME, _text(_CHAIN))
            + attribute(_CHAIN_HOOK | _NESTED, hook)
            + attribute(_CHAIN_KIND, _text("filter"))
        )
        expressions = (
            *_within(_SOURCE_OFFSET, source),
            *_within(_DESTINATION_OFFSET, destination),
            *_by_chance(share),
            _dropped(),
        )
        rule = (
            attribute(_RULE_TABLE, _text(name))
            + attribute(_RULE_CHAIN, _text(_CHAIN))
            + attribute(_RULE_EXPRESSIONS | _NESTED, b"".join(expressions))
        )
        self._do(
            (_NEW_TABLE, _CREATE | _EXCLUSIVE, attribute(_TABLE_NAME, _text(name))),
            (_NEW_CHAIN, _CREATE, chain),
            (_NEW_RULE, _CREATE, rule),
        )

    def keep(self, name: str) -> None:
        """Take such a loss back; OSError (ENOENT) when there is none of that name."""
        self._do((_DELETE_TABLE, 0, attribute(_TABLE_NAME, _text(name))))

    def _do(self, *asks: tuple[int, int, bytes]) -> None:
        """Have requests carried out, all or none; OSError for the first one that the kernel refuses."""
        batch = [_message(_BATCH_BEGINS, 0, socket.AF_UNSPEC, _SUBSYSTEM)]
        for kind, flags, body in asks:
            batch.append(_message(_SUBSYSTEM << 8 | kind, _ACKNOWLEDGE | flags, socket.AF_INET, 0, body))
        batch.append(_message(_BATCH_ENDS, 0, socket.AF_UNSPEC, _SUBSYSTEM))
        self._socket.send(b"".join(batch))
        if number := next(filter(None, self._answers()), 0):
            raise OSError(number, os.strerror(number))

    def _answers(self) -> list[int]:
        """Return the errno of each answer. All are there when `send` returns: it carries a batch out."""
        found: list[int] = []
        while True:
            try:
                answer = self._socket.recv(_ANSWER_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return found
            if _HEADER.unpack_from(answer)[1] == _ERROR_MESSAGE:
                found.append(-_ERROR.unpack_from(answer, _HEADER.size)[0])


def _message(kind: int, flags: int, family: int, resource: int, body: bytes = b"") -> bytes:
    """Write a message of a batch."""
    about = _ABOUT.pack(family, 0, resource)
    return _HEADER.pack(_HEADER.size + len(about) + len(body), kind, _REQUEST | flags, 0, 0) + about + body


def _within(offset: int, network: str) -> tuple[bytes, bytes]:
    """Match packets with an address in a network at an offset of their header."""
    packed, _, length = network.partition("/")
    whole = int(length) // 8
    taken = (
        attribute(_PAYLOAD_TO, _number(_REGISTER))
        + attribute(_PAYLOAD_BASE, _number(_NETWORK_HEADER))
        + attribute(_PAYLOAD_OFFSET, _number(offset))
        + attribute(_PAYLOAD_LENGTH, _number(whole))
    )
    return _expression("payload", taken), _compared(_EQUAL, socket.inet_aton(packed)[:whole])


def _by_chance(share: float) -> tuple[bytes, bytes]:
    """Match a share of packets: those whose random number is below it.

    The kernel compares bytes, the first one first, whatever its byte order; a random number is as random backwards.
    """
    random = attribute(_META_TO, _number(_REGISTER)) + attribute(_META_KEY, _number(_RANDOM_NUMBER))
    return _expression("meta", random), _compared(_LESS, _number(int(share * _RANDOM_BELOW)))


def _compared(how: int, value: bytes) -> bytes:
    """Match what was taken before, compared with a value."""
    compared = attribute(_COMPARE_FROM, _number(_REGISTER)) + attribute(_COMPARE_HOW, _number(how))
    return _expression("cmp", compared + attribute(_COMPARE_WITH | _NESTED, attribute(_VALUE, value)))


def _dropped() -> bytes:
    """Drop what matched so far, without a word."""
    verdict = attribute(_VERDICT | _NESTED, attribute(_VERDICT_CODE, _number(_DROP)))
    to = attribute(_IMMEDIATE_TO, _number(_VERDICT_REGISTER))
    return _expression("immediate", to + attribute(_IMMEDIATE_DATA | _NESTED, verdict))


def _expression(name: str, data: bytes) -> bytes:
    """Write an expression, an element of a rule's list."""
    expression = attribute(_EXPRESSION_NAME, _text(name)) + attribute(_EXPRESSION_DATA | _NESTED, data)
    return attribute(_ELEMENT | _NESTED, expression)


def _number(value: int) -> bytes:
    """Write a number in network byte order."""
    return _NUMBER.pack(value)


def _text(value: str) -> bytes:
    """Write a name."""
    return value.encode("ascii") + b"\0"
