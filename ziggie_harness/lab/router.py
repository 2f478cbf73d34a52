"""The router of the lab: one namespace through which every packet between two sites goes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ziggie_harness.kernel import namespaces, netlink
from ziggie_harness.kernel.netlink import Ask, Netlink
from ziggie_harness.kernel.packet_filter import PacketFilter
from ziggie_harness.lab.sites import DEFAULT_HOST, ROUTER_HOST, SITES, Site, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ziggie_harness.lab.cuts import Direction

_CUT_PRIORITY = 100
_BAR_PRIORITY = 200
_IPV4_SETTINGS = Path("/proc/sys/net/ipv4")

Rule = Callable[[str, str, int], Ask]
"""What makes or undoes a rule between two networks, of a priority."""


class Router:
    """Joins the namespaces of the sites. Not for several threads at once: the network asks it under its lock."""

    def __init__(self, descriptor: int) -> None:
        """Make the namespace behind a descriptor forward packets; ``close`` lets go of it."""
        self._descriptor = descriptor
        with _refused(), namespaces.Visit(descriptor):
            trust_any_source()
            _write_setting("ip_forward", "1")
            self._netlink = Netlink()
        self._filter: PacketFilter | None = None

    def close(self) -> None:
        """Close the router's sockets."""
        self._netlink.close()
        if self._filter:
            self._filter.close()

    def join(self, descriptors: Mapping[str, int]) -> None:
        """Connect the namespaces of all sites, given by the sites' names."""
        with _refused():
            self._netlink.do(netlink.up(netlink.LOOPBACK_INDEX))
            for number, site in enumerate(SITES):
                self._lay(f"site{number}", site, descriptors[site.name])

    def cut(self, directions: tuple[Direction, ...]) -> None:
        """Let packets in these directions vanish; in none of them when the kernel refuses one."""
        with _refused():
            self._change(netlink.blackhole, netlink.no_blackhole, directions)

    def heal(self, directions: tuple[Direction, ...]) -> None:
        """Let packets in these directions pass again."""
        with _refused():
            self._change(netlink.no_blackhole, netlink.blackhole, directions)

    def bar(self, source: str, site: Site) -> None:
        """Let what an address sends to a site vanish, as a firewall at the site's border does."""
        with _refused():
            self._netlink.do(netlink.blackhole(f"{source}/32", site.network, _BAR_PRIORITY))

    def admit(self, source: str, site: Site) -> None:
        """Let it pass again."""
        with _refused():
            self._netlink.do(netlink.no_blackhole(f"{source}/32", site.network, _BAR_PRIORITY))

    def lose(self, name: str, direction: Direction, share: float) -> None:
        """Lose a share of the packets in a direction, under a name; several losses compose, also with cuts."""
        source, destination = (site_named(place) for place in direction)
        with _lossless():
            if self._filter is None:
                # Only where it is needed: a kernel without a packet filter can still cut.
                with namespaces.Visit(self._descriptor):
                    self._filter = PacketFilter()
            self._filter.lose(name, source.network, destination.network, share)

    def keep(self, name: str) -> None:
        """Lose them no longer."""
        if self._filter is not None:
            with _refused():
                self._filter.keep(name)

    def _lay(self, cable: str, site: Site, descriptor: int) -> None:
        """Lay a virtual cable to a site and configure both ends."""
        self._netlink.do(netlink.cable(cable, "eth0", descriptor))
        with namespaces.Visit(self._descriptor):
            index = socket.if_nametoindex(cable)
        self._netlink.do(netlink.address(index, site.host(ROUTER_HOST), 24), netlink.up(index))
        with namespaces.Visit(descriptor):
            _configure(site)

    def _change(self, rule: Rule, undo: Rule, directions: tuple[Direction, ...]) -> None:
        """Make a rule of each direction, and take all back when one fails."""
        done: list[Direction] = []
        try:
            for direction in directions:
                self._apply(rule, direction)
                done.append(direction)
        except OSError as error:
            for direction in done:
                try:
                    self._apply(undo, direction)
                except OSError as second:
                    error.add_note(f"taking back {direction} failed as well: {second}")
            raise

    def _apply(self, rule: Rule, direction: Direction) -> None:
        """Make or undo the rule under which packets from a source to a destination are dropped without a word.

        A blackhole rule answers nothing; an unreachable route would tell the sender by ICMP, which no dead region does.
        """
        source, destination = (site_named(name) for name in direction)
        self._netlink.do(rule(source.network, destination.network, _CUT_PRIORITY))


@contextmanager
def _refused() -> Iterator[None]:
    """Turn what the kernel refuses into a LabError."""
    try:
        yield
    except OSError as error:
        raise namespaces.refusal("configure the lab's network", error) from error


@contextmanager
def _lossless() -> Iterator[None]:
    """Turn what the kernel refuses into a LabError that says what a loss needs."""
    try:
        yield
    except OSError as error:
        raise LabError(
            "packets cannot be lost by chance",
            f"{error.strerror} (errno {error.errno})",
            "use a kernel with nf_tables (CONFIG_NF_TABLES); `modprobe nf_tables` loads it where it is a module",
        ) from error


def _configure(site: Site) -> None:
    """Give the site in whose namespace this thread is its addresses and its ways to the others."""
    trust_any_source()
    index, router, itself = socket.if_nametoindex("eth0"), site.host(ROUTER_HOST), site.host(DEFAULT_HOST)
    with Netlink() as kernel:
        kernel.do(
            netlink.up(netlink.LOOPBACK_INDEX),
            netlink.address(index, itself, 24),
            netlink.up(index),
            # Every host of the site is local without having an address of its own: any can be bound, none is listed.
            netlink.own(site.network, itself),
            # But for the router, which is behind the cable: the longer prefix wins.
            netlink.route_over(index, f"{router}/32"),
            # No default route: what is not of the lab is unreachable at once, and never by the router's leave.
            *(netlink.route_by(router, other.network, itself) for other in SITES if other != site),
        )


def trust_any_source() -> None:
    """Turn reverse-path filtering off: with one-way cuts a packet's way back is not its way here."""
    for scope in ("all", "default"):
        _write_setting(f"conf/{scope}/rp_filter", "0")


def _write_setting(name: str, value: str) -> None:
    """Set a network setting of this thread's namespace, unless it is so already (/proc/sys may be read-only)."""
    setting = _IPV4_SETTINGS / name
    if setting.read_text().strip() != value:
        setting.write_text(value)
