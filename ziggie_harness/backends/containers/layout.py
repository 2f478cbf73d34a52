"""A network laid by a container engine: a network of the engine for each site, and a router that is in all of them.

In each site's network sits one container that does nothing; the site's servers share its network, whether they are
containers or programs of the harness. Every address of the site belongs to it, as in a network of bare namespaces.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.containers import images
from ziggie_harness.backends.containers.engine import Engine, Wanted, address_in, namespace_of, refused, remove
from ziggie_harness.kernel import netlink
from ziggie_harness.kernel.namespaces import Visit
from ziggie_harness.kernel.netlink import Netlink
from ziggie_harness.lab.router import Router, trust_any_source
from ziggie_harness.lab.sites import DEFAULT_HOST, SITES, Site

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.networks import Network

    from ziggie_harness.lab.cuts import Direction

NET_ADMIN: Final = ("NET_ADMIN",)


@dataclass(frozen=True, slots=True)
class Pod:
    """The container that holds the network of a site."""

    site: Site
    network: Network
    container: Container
    descriptor: int
    """Of its network namespace."""
    address: str
    """Its address in the engine's network."""
    router: str = ""
    """The router's address there; empty for a site that lays its ways by itself."""

    def disconnect(self) -> None:
        """Have the engine take the site off its network: its card is gone, and the router's packets reach nobody."""
        with refused(f"disconnect {self.site.name}"):
            self.network.disconnect(self.container, force=True)

    def connect(self) -> None:
        """Have the engine join it again, under the same address."""
        with refused(f"connect {self.site.name}"):
            self.network.connect(self.container, ipv4_address=self.address)
        self.configure()

    def configure(self) -> None:
        """Lay the ways to the other sites, once the engine has joined it to its network."""
        if not self.router:
            return
        with Visit(self.descriptor), Netlink() as kernel:
            for other in SITES:
                if other != self.site:
                    kernel.do(netlink.route_by(self.router, other.network, self.site.host(DEFAULT_HOST)))


class EngineLayout:
    """A ``Layout`` of the lab, for the time of a block."""

    def __init__(self, engine: Engine) -> None:
        """Prepare; nothing is made yet."""
        self._engine = engine
        self._stack = ExitStack()
        self.pods: dict[str, Pod] = {}
        self.sites: Mapping[str, int] = {}

    def __enter__(self) -> Self:
        """Have the engine make it, and lay the ways; LabError when it refuses."""
        with ExitStack() as stack:
            with ThreadPoolExecutor(len(SITES)) as threads:
                networks = dict(zip(SITES, threads.map(lambda site: self._network(site, stack), SITES), strict=True))
                centre = self._container("router", networks[SITES[0]], stack)
                for site in SITES[1:]:
                    with refused(f"join the router to {site.name}"):
                        networks[site].connect(centre)
                pods = threads.map(lambda site: self._pod(site, networks[site], centre, stack), SITES)
                self.pods = {pod.site.name: pod for pod in pods}
            descriptor = namespace_of(centre)
            stack.callback(os.close, descriptor)
            inner = Router(descriptor)
            stack.callback(inner.close)
            self._join(descriptor)
            self.router = EngineRouter(inner, self.pods)
            self.sites = {name: pod.descriptor for name, pod in self.pods.items()}
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Have the engine remove all of it."""
        self._stack.close()

    def _network(self, site: Site, stack: ExitStack) -> Network:
        """Make the network of a site."""
        made = self._engine.make_network(site.name)
        stack.callback(_remove_network, made)
        return made

    def _container(self, name: str, network: Network, stack: ExitStack) -> Container:
        """Start a container that holds a network."""
        made = self._engine.start(Wanted(images.SITE, name, network=str(network.name), capabilities=NET_ADMIN))
        stack.callback(remove, made)
        return made

    def _pod(self, site: Site, network: Network, centre: Container, stack: ExitStack) -> Pod:
        """Start what holds the network of a site, and make all of the site's addresses its own."""
        container = self._container(site.name, network, stack)
        descriptor = namespace_of(container)
        stack.callback(os.close, descriptor)
        pod = Pod(site, network, container, descriptor, address_in(container, network), address_in(centre, network))
        itself = site.host(DEFAULT_HOST)
        with Visit(descriptor), Netlink() as kernel:
            trust_any_source()
            # On the loopback they stay when the engine takes the card away, and so does everything within the region.
            kernel.do(
                netlink.address(netlink.LOOPBACK_INDEX, itself, 32),
                netlink.own(site.network, itself),
                # Without its card it finds no way; in a dark region nobody is told so.
                *(netlink.swallow(other.network, itself) for other in SITES if other != site),
            )
        pod.configure()
        return pod

    def _join(self, descriptor: int) -> None:
        """Lay the router's ways to the sites."""
        with Visit(descriptor), Netlink() as kernel:
            for pod in self.pods.values():
                kernel.do(netlink.route_by(pod.address, pod.site.network, pod.router))


class EngineRouter:
    """What joins the sites: a site that is cut off from all others is disconnected by the engine.

    Every other cut is a rule in the router. Not for several threads at once: the network asks it under its lock.
    """

    def __init__(self, inner: Router, pods: Mapping[str, Pod]) -> None:
        """Cut by ``inner`` what is no disconnection of a pod."""
        self._inner, self._pods = inner, pods
        self._cuts: frozenset[Direction] = frozenset()
        self._dark: frozenset[str] = frozenset()

    def cut(self, directions: tuple[Direction, ...]) -> None:
        """Let packets in these directions vanish."""
        self._become(self._cuts | frozenset(directions))

    def heal(self, directions: tuple[Direction, ...]) -> None:
        """Let packets in these directions pass again."""
        self._become(self._cuts - frozenset(directions))

    def bar(self, source: str, site: Site) -> None:
        """Let what an address sends to a site vanish, as a firewall at the site's border does."""
        self._inner.bar(source, site)

    def admit(self, source: str, site: Site) -> None:
        """Let it pass again."""
        self._inner.admit(source, site)

    def lose(self, name: str, direction: Direction, share: float) -> None:
        """Lose a share of the packets in a direction, under a name."""
        self._inner.lose(name, direction, share)

    def keep(self, name: str) -> None:
        """Lose them no longer."""
        self._inner.keep(name)

    def close(self) -> None:
        """Let everything pass again."""
        self._become(frozenset())

    def _become(self, cuts: frozenset[Direction]) -> None:
        """Cut exactly these directions. Rules come first and go last, so that nothing passes in between."""
        dark = frozenset(name for name in self._pods if around(name, self._pods) <= cuts)
        before, after = self._ruled(self._cuts, self._dark), self._ruled(cuts, dark)
        self._inner.cut(tuple(sorted(after - before)))
        for name in sorted(dark - self._dark):
            self._pods[name].disconnect()
        for name in sorted(self._dark - dark):
            self._pods[name].connect()
        self._inner.heal(tuple(sorted(before - after)))
        self._cuts, self._dark = cuts, dark

    def _ruled(self, cuts: frozenset[Direction], dark: frozenset[str]) -> frozenset[Direction]:
        """Return what the router itself has to drop."""
        return frozenset(direction for direction in cuts if not dark & set(direction))


def _remove_network(network: Network) -> None:
    """Have the engine remove a network."""
    with refused(f"remove {network.name}"):
        network.remove()


def around(site: str, others: Iterable[str]) -> frozenset[Direction]:
    """Return every direction to and from a site."""
    far = [other for other in others if other != site]
    return frozenset([(site, other) for other in far] + [(other, site) for other in far])
