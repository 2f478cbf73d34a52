"""The router of the lab: one namespace through which every packet between two sites goes, driven over netlink."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from pyroute2.iproute.linux import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.namespaces import Kind
from ziggie_harness.lab.sites import DEFAULT_HOST, ROUTER_HOST, SITES, Site, site_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.lab.cuts import Direction

Result = TypeVar("Result")

_LOOPBACK_INDEX = 1
_LOCAL_TABLE = 255
_CUT_PRIORITY = 100
_IPV4_SETTINGS = Path("/proc/sys/net/ipv4")


class Netlink(Protocol):
    """What is used of pyroute2, which finds its methods at run time and ships no types."""

    def link(self, command: str, /, **arguments: object) -> object:
        """Change a network interface."""

    def link_lookup(self, *, ifname: str) -> list[int]:
        """Find an interface's index."""

    def addr(self, command: str, /, **arguments: object) -> object:
        """Change an address."""

    def route(self, command: str, /, **arguments: object) -> object:
        """Change a route."""

    def rule(self, command: str, /, **arguments: object) -> object:
        """Change a rule of routing policy."""

    def close(self) -> None:
        """Close the socket."""


class Router:
    """Joins the namespaces of the sites.

    Its own thread lives in the router's namespace: pyroute2 keeps one socket per thread, and a socket stays
    in the namespace it was made in, so a call from any other thread would configure the wrong network.
    """

    def __init__(self, descriptor: int) -> None:
        """Move a thread into the router's namespace; ``close`` ends it."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="router")
        try:
            self._netlink = self._do(lambda: _enter(descriptor))
        except BaseException:
            self._thread.shutdown()
            raise

    def close(self) -> None:
        """End the thread and its socket."""
        try:
            self._do(self._netlink.close)
        finally:
            self._thread.shutdown()

    def join(self, descriptors: Mapping[str, int]) -> None:
        """Connect the namespaces of all sites, given by the sites' names."""
        self._do(lambda: self._join(descriptors))

    def cut(self, directions: tuple[Direction, ...]) -> None:
        """Let packets in these directions vanish; in none of them when the kernel refuses one."""
        self._do(lambda: self._change("add", "del", directions))

    def heal(self, directions: tuple[Direction, ...]) -> None:
        """Let packets in these directions pass again."""
        self._do(lambda: self._change("del", "add", directions))

    def _do(self, work: Callable[[], Result]) -> Result:
        """Do the work on the router's thread; LabError when the kernel refuses."""
        try:
            return self._thread.submit(work).result()
        except NetlinkError as error:
            raise namespaces.refusal("configure the lab's network", OSError(error.code, str(error))) from error
        except OSError as error:
            raise namespaces.refusal("configure the lab's network", error) from error

    def _join(self, descriptors: Mapping[str, int]) -> None:
        """Lay one virtual cable to each site and configure both ends."""
        for number, site in enumerate(SITES):
            cable = f"site{number}"
            descriptor = descriptors[site.name]
            self._netlink.link("add", ifname=cable, kind="veth", peer={"ifname": "eth0", "net_ns_fd": descriptor})
            index = self._netlink.link_lookup(ifname=cable)[0]
            self._netlink.addr("add", index=index, address=site.host(ROUTER_HOST), prefixlen=24)
            self._netlink.link("set", index=index, state="up")
            with namespaces.entered(descriptor):
                _configure(site)

    def _change(self, action: str, undo: str, directions: tuple[Direction, ...]) -> None:
        """Apply an action to the rule of each direction, and take all back when one fails."""
        done: list[Direction] = []
        try:
            for direction in directions:
                self._rule(action, direction)
                done.append(direction)
        except NetlinkError as error:
            for direction in done:
                try:
                    self._rule(undo, direction)
                except NetlinkError as second:
                    error.add_note(f"taking back {direction} failed as well: {second}")
            raise

    def _rule(self, action: str, direction: Direction) -> None:
        """Add or delete the rule under which packets from a source to a destination are dropped without a word.

        A blackhole rule answers nothing; an unreachable route would tell the sender by ICMP, which no dead region does.
        """
        source, destination = (site_named(name) for name in direction)
        self._netlink.rule(
            action,
            src=f"{source.prefix}.0",
            src_len=24,
            dst=f"{destination.prefix}.0",
            dst_len=24,
            action="FR_ACT_BLACKHOLE",
            priority=_CUT_PRIORITY,
        )


def _open_netlink() -> Netlink:
    """Open a netlink socket in the namespace of this thread."""
    return cast("Netlink", IPRoute())  # type: ignore[no-untyped-call]


def _enter(descriptor: int) -> Netlink:
    """Move this thread into the router's namespace for good, and make it forward packets."""
    namespaces.setns(descriptor, Kind.NETWORK)
    netlink = _open_netlink()
    netlink.link("set", index=_LOOPBACK_INDEX, state="up")
    _trust_any_source()
    _write_setting("ip_forward", "1")
    return netlink


def _configure(site: Site) -> None:
    """Give the site in whose namespace this thread is its addresses and its ways to the others."""
    _trust_any_source()
    with closing(_open_netlink()) as netlink:
        index = netlink.link_lookup(ifname="eth0")[0]
        netlink.link("set", index=_LOOPBACK_INDEX, state="up")
        netlink.addr("add", index=index, address=site.host(DEFAULT_HOST), prefixlen=24)
        netlink.link("set", index=index, state="up")
        # Every host of the site is local without having an address of its own: any can be bound, none is listed.
        netlink.route(
            "add",
            dst=site.network,
            type="local",
            table=_LOCAL_TABLE,
            scope="host",
            oif=_LOOPBACK_INDEX,
            prefsrc=site.host(DEFAULT_HOST),
        )
        # But for the router, which is behind the cable: the longer prefix wins.
        netlink.route("add", dst=f"{site.host(ROUTER_HOST)}/32", table=_LOCAL_TABLE, scope="link", oif=index)
        # No default route: what is not of the lab is unreachable at once, and never by the router's leave.
        for other in SITES:
            if other != site:
                netlink.route("add", dst=other.network, gateway=site.host(ROUTER_HOST), prefsrc=site.host(DEFAULT_HOST))


def _trust_any_source() -> None:
    """Turn reverse-path filtering off: with one-way cuts a packet's way back is not its way here."""
    for scope in ("all", "default"):
        _write_setting(f"conf/{scope}/rp_filter", "0")


def _write_setting(name: str, value: str) -> None:
    """Set a network setting of this thread's namespace, unless it is so already (/proc/sys may be read-only)."""
    setting = _IPV4_SETTINGS / name
    if setting.read_text().strip() != value:
        setting.write_text(value)
