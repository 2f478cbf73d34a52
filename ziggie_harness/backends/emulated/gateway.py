"""The AWS endpoint gateways: in each region an HTTPS server at the address that AWS's names lead to.

The listening socket is made in the region's namespace, so a dark region's endpoints are dark for everybody, and in no
other region. It stays there for as long as it is open.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse
from ziggie_harness.backends.emulated.door import Door, Place
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from ziggie_harness.ports import Paths

BACKLOG: Final = 128

Respond = Callable[[str, str, HttpRequest], HttpResponse]
"""Answers a request, given the region that was called and the site of the caller: ``ControlPlane.answer``."""


class Gateway:
    """The gateways of several regions, for the time of a block."""

    def __init__(
        self,
        paths: Paths,
        contexts: Mapping[str, ssl.SSLContext],
        respond: Respond,
        site_of: Callable[[str, int], str],
        places: Mapping[str, Place],
    ) -> None:
        """Listen, for each region of ``contexts``, at its place; ``site_of`` tells the site of a caller."""
        self._paths = paths
        self._contexts = contexts
        self._respond = respond
        self._site_of = site_of
        self._places = places
        self._doors: dict[str, Door] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Open every region's door; LabError when one cannot listen."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._close)
            for region in self._contexts:
                self._open(region)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every door; connections that clients keep are aborted."""
        self._stack.close()

    @contextlib.contextmanager
    def refusing(self, region: str) -> Iterator[None]:
        """Close a region's door for the block: whoever knocks is refused, and open connections are reset."""
        place = self._doors[region].place
        self._doors[region].__exit__(None, None, None)
        try:
            yield
        finally:
            self._places = {**self._places, region: place}
            self._open(region)

    def place(self, region: str) -> Place:
        """Return address and port of a region's gateway."""
        return self._doors[region].place

    def _open(self, region: str) -> None:
        """Open a region's door."""
        door = Door(region, self._listen(region), self._contexts[region], self._respond_for(region))
        self._doors[region] = door.__enter__()

    def _close(self) -> None:
        """Close every door that is open."""
        while self._doors:
            self._doors.popitem()[1].__exit__(None, None, None)

    def _listen(self, region: str) -> socket.socket:
        """Make the listening socket inside the region."""
        address, port = self._paths.located(*self._places[region])
        with self._paths.inside(region):
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            message = f"the AWS endpoints of {region} cannot listen on {address}:{port}"
            raise LabError(message, str(error), "see whether another world of this process still runs") from error
        return listener

    def _respond_for(self, region: str) -> Callable[[Place, HttpRequest], HttpResponse]:
        """Return what answers the requests at a region's door, by the address and port of the caller."""
        return lambda caller, request: self._respond(region, self._site_of(*caller), request)
