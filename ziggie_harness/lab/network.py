"""The lab's network: every site a namespace, every direction between two sites cut and healed alone.

A cut is silent, as a dark region is: packets vanish, nobody is refused. Each process has a network of its own,
with the same addresses, and nothing of it outlives the process.
"""

from __future__ import annotations

import itertools
import threading
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, ClassVar, Self

from ziggie_harness.kernel.namespaces import Visit
from ziggie_harness.lab.cuts import CutBook, Direction
from ziggie_harness.lab.layout import Bare
from ziggie_harness.lab.silences import Silences
from ziggie_harness.lab.sites import SITES, prefix_of, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from ziggie_harness.lab.layout import Joint, Layout

DEFAULT_OWNER = "the drill"
"""Who holds a cut that was made without a name."""


class Network:
    """Six sites behind a router, for the time of a block. It is a ``Network`` of the ports."""

    own_names: ClassVar[bool] = True

    def __init__(self, on_change: Iterable[Callable[[], None]] = (), laid: Callable[[], Layout] = Bare) -> None:
        """Prepare a network; entering it makes it, as ``laid`` lays it.

        ``on_change`` is called after every change of what passes, by the thread that made it; it may grow later.
        """
        self._laid = laid
        self.on_change: list[Callable[[], None]] = list(on_change)
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._book = CutBook()
        self._cuts: frozenset[Direction] = frozenset()
        self._silences = Silences(self._tell)
        self._numbers = itertools.count(1)
        self._descriptors: dict[str, int] = {}
        self._router: Joint | None = None
        self._sites = {site.prefix: site.name for site in SITES}

    def __enter__(self) -> Self:
        """Make the namespaces and join them; LabError when this machine cannot."""
        with ExitStack() as stack:
            layout = stack.enter_context(self._laid())
            self._descriptors = dict(layout.sites)
            self._router = layout.router
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let go of all of it; a failure here never hides the error that ended the block."""
        self._descriptors.clear()
        self._router = None
        try:
            self._stack.close()
        except LabError as failure:
            if error is None:
                raise
            error.add_note(f"and the lab's network did not close: {failure}")

    def descriptor(self, site: str) -> int:
        """Find the descriptor of a site's namespace, for processes to be started there."""
        found = self._descriptors.get(site_named(site).name)
        if found is None:
            raise LabError(f"there is no network, so no {site}", hint="use it inside `with Network() as network:`")
        return found

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Run a block with the calling thread in a site: sockets made in it stay there."""
        return Visit(self.descriptor(site))

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return the same: the lab's addresses are real here."""
        return address, port

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Let a socket that was made inside a site send from one address of it, if one is given."""
        if source:
            sock.bind((source, 0))

    def cut(self, source: str, destination: str, *, by: str = DEFAULT_OWNER) -> None:
        """Let every packet from one site to another vanish, in this direction only.

        Cuts of several owners compose: packets pass when the last one healed. LabError when ``by`` cut it already.
        """
        self._cut([_direction(source, destination)], by)

    def heal(self, source: str, destination: str, *, by: str = DEFAULT_OWNER) -> None:
        """Undo the owner's cut; LabError when it holds none."""
        self._heal([_direction(source, destination)], by)

    def isolate(self, site: str) -> None:
        """Cut a site off from all others, both ways; it composes with other cuts. LabError when it is isolated."""
        self._cut(_around(site), f"the isolation of {site}")

    def rejoin(self, site: str) -> None:
        """Undo ``isolate``; LabError when the site is not isolated."""
        self._heal(_around(site), f"the isolation of {site}")

    @contextmanager
    def severed(self, source: str, destination: str) -> Iterator[None]:
        """Cut one direction for a block, whatever others hold cut."""
        owner = f"cut {next(self._numbers)}"
        self.cut(source, destination, by=owner)
        try:
            yield
        finally:
            self.heal(source, destination, by=owner)

    @contextmanager
    def isolated(self, site: str) -> Iterator[None]:
        """Cut a site off from all others for a block, whatever others hold cut."""
        owner = f"cut {next(self._numbers)}"
        self._cut(_around(site), owner)
        try:
            yield
        finally:
            self._heal(_around(site), owner)

    @contextmanager
    def lossy(self, source: str, destination: str, share: float) -> Iterator[None]:
        """Lose a share of the packets from one site to another for a block, whatever others lose or hold cut.

        Each packet is lost or not by itself. Nobody is told: a link that loses packets is open, so waiting for what was
        sent over it is no idleness. LabError for a share that is not between 0 and 1, and where the kernel cannot.
        """
        direction = _direction(source, destination)
        if not 0 < share < 1:
            raise LabError(
                f"a share of {share:g} of the packets cannot be lost",
                "it is above 0 and below 1",
                "cut the direction if all packets are to vanish",
            )
        name = f"loss {next(self._numbers)}"
        with self._lock:
            self._running().lose(name, direction, share)
        try:
            yield
        finally:
            with self._lock:
                self._running().keep(name)

    def bar(self, sender: str, site: str) -> None:
        """Let what an address sends to a site vanish; LabError when it does already."""
        with self._lock:
            self._running().bar(sender, site_named(site))

    def admit(self, sender: str, site: str) -> None:
        """Undo ``bar``; LabError when nothing bars the address."""
        with self._lock:
            self._running().admit(sender, site_named(site))
        self._tell()

    def silent(self, address: str, port: int, reason: str) -> AbstractContextManager[None]:
        """Note for a block that nothing answers at an address and port, because its process is frozen.

        It stops no packet; it lets ``stalled`` know what the network cannot see.
        """
        return self._silences.noted((address, port), reason)

    def cuts(self) -> frozenset[Direction]:
        """Tell every direction in which packets vanish now."""
        return self._cuts

    def site_of(self, address: str, port: int = 0) -> str:
        """Find the site that an address belongs to; LabError when there is none."""
        site = self._sites.get(prefix_of(address))
        if site is None:
            raise LabError(
                f"{address} belongs to no site of the lab",
                hint="the sites' addresses are in ziggie_harness/lab/sites.py",
            )
        return site

    def stalled(self, site: str, address: str, port: int = 0) -> str | None:
        """Say why an exchange between a site and an address cannot proceed now, or None when nothing keeps it.

        Cheap and without a lock: the drill's clock asks it all the time.
        """
        far = self._sites.get(address.rpartition(".")[0])
        cuts = self._cuts
        if cuts and far is not None:
            if (site, far) in cuts:
                return f"packets from {site} to {far} vanish"
            if (far, site) in cuts:
                return f"packets from {far} to {site} vanish"
        return self._silences.reason((address, port))

    def _cut(self, directions: list[Direction], owner: str) -> None:
        """Enter cuts in the book and in the router, in both or in none."""
        with self._lock:
            fresh = self._book.add(directions, owner)
            try:
                self._running().cut(fresh)
            except LabError:
                self._book.remove(directions, owner)
                raise
            self._cuts = self._book.directions()
        self._tell()

    def _heal(self, directions: list[Direction], owner: str) -> None:
        """Strike cuts out of the book and the router, out of both or of none."""
        with self._lock:
            freed = self._book.remove(directions, owner)
            try:
                self._running().heal(freed)
            except LabError:
                self._book.add(directions, owner)
                raise
            self._cuts = self._book.directions()
        self._tell()

    def _running(self) -> Joint:
        """Return the router, while there is one."""
        if self._router is None:
            raise LabError("the lab's network is not up", hint="use it inside `with Network() as network:`")
        return self._router

    def _tell(self) -> None:
        """Call everybody who wants to know of a change."""
        for listener in self.on_change:
            listener()


def _direction(source: str, destination: str) -> Direction:
    """Check a direction between two sites."""
    if site_named(source) == site_named(destination):
        raise LabError(f"{source} cannot be cut from itself", hint="freeze or kill its processes instead")
    return source, destination


def _around(site: str) -> list[Direction]:
    """List every direction to and from a site."""
    name = site_named(site).name
    others = [other.name for other in SITES if other.name != name]
    return [(name, other) for other in others] + [(other, name) for other in others]
