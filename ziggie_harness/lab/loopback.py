"""A network for machines without namespaces: every site is this machine's loopback, and servers differ by port.

Servers listen, refuse, freeze and crash as anywhere. What stands between the sites does not exist, so nothing can be
cut: whoever asks for that is told why not. Sites exist as what callers claim: a socket of the harness says where it is.
"""

from __future__ import annotations

import errno
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self

from ziggie_harness.lab.locations import HERE, Locations
from ziggie_harness.lab.silences import Silences
from ziggie_harness.lab.sites import SITES, prefix_of, site_named
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable
    from types import TracebackType


class Loopback:
    """Six sites in one place, for the time of a block. It is a ``Network`` of the ports."""

    own_names: ClassVar[bool] = False

    def __init__(self, on_change: Iterable[Callable[[], None]] = ()) -> None:
        """Prepare; ``on_change`` is called when a server falls silent or speaks again. It may grow later."""
        self.on_change: list[Callable[[], None]] = list(on_change)
        self._locations = Locations()
        self._silences = Silences(self._tell)
        self._claims: dict[int, str] = {}
        self._sites = {site.prefix: site.name for site in SITES}

    def __enter__(self) -> Self:
        """Take ports for the lab; LabError when there are none."""
        self._locations.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give them back."""
        self._locations.__exit__(kind, error, traceback)

    def descriptor(self, site: str) -> None:
        """Return None: processes of every site start where this one is."""
        site_named(site)

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Enter nothing."""
        site_named(site)
        return nullcontext()

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return where a place of the lab is on this machine."""
        return self._locations.of(address, port)

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Let a socket claim to be in a site; which of the site's addresses it has cannot be seen here.

        When each port for callers is taken or was so a minute ago, it claims nothing: the kernel still finds one for a
        socket that is not bound beforehand.
        """
        try:
            sock.bind((HERE, 0))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return
        self._claims[sock.getsockname()[1]] = site

    def site_of(self, address: str, port: int = 0) -> str:
        """Return the site that an address of the lab belongs to, or that a caller from this machine claimed.

        Who claimed nothing is no part of the lab, so it is outside of every region.
        """
        if address == HERE:
            return self._claims.get(port, CLIENTS)
        site = self._sites.get(prefix_of(address))
        if site is None:
            raise LabError(
                f"{address} belongs to no site of the lab",
                hint="the sites' addresses are in ziggie_harness/lab/sites.py",
            )
        return site

    def silent(self, address: str, port: int, reason: str) -> AbstractContextManager[None]:
        """Note for a block that nothing answers at an address and port, because its process is frozen."""
        return self._silences.noted(self.located(address, port), reason)

    def stalled(self, site: str, address: str, port: int = 0) -> str | None:
        """Say why an exchange with an address cannot proceed now, or None: a frozen process is all that keeps it."""
        return self._silences.reason(self.located(address, port))

    def cuts(self) -> frozenset[tuple[str, str]]:
        """Return nothing."""
        return frozenset()

    def severed(self, source: str, destination: str) -> AbstractContextManager[None]:
        """Refuse: LabError."""
        _refuse(f"packets from {source} to {destination}")

    def isolated(self, site: str) -> AbstractContextManager[None]:
        """Refuse: LabError."""
        _refuse(f"packets between {site} and all others")

    def lossy(self, source: str, destination: str, share: float) -> AbstractContextManager[None]:
        """Refuse: LabError."""
        _refuse(f"{share:.0%} of the packets from {source} to {destination}")

    def bar(self, sender: str, site: str) -> None:
        """Refuse: LabError."""
        _refuse(f"packets from {sender} to {site}")

    def admit(self, sender: str, site: str) -> None:
        """Do nothing: nobody is barred."""

    def _tell(self) -> None:
        """Call everybody who wants to know of a change."""
        for listener in self.on_change:
            listener()


def _refuse(what: str) -> NoReturn:
    """Say why nothing is cut here."""
    raise LabError(
        f"{what} cannot be made to vanish",
        "all sites are on this machine's loopback",
        "run where network namespaces can be made; `ziggie doctor` tells how",
    )
