"""The sockets that actors rest on, and the bell that makes whoever listens to them look up."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from ziggie_harness.kernel.actors import Rest


class WatchedSockets:
    """Descriptors and the rests that each ends. All but ``poll`` is called under the clock's lock."""

    def __init__(self) -> None:
        """Watch nothing but the bell."""
        self._poll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll.register(self._bell, select.EPOLLIN)
        self._rests: dict[int, Rest] = {}

    def close(self) -> None:
        """Give everything back to the kernel."""
        self._poll.close()
        os.close(self._bell)

    def ring(self) -> None:
        """End the ``poll`` that is going on, or the next one."""
        os.eventfd_write(self._bell, 1)

    def watch(self, sock: socket.socket, rest: Rest, *, writable: bool) -> None:
        """Let a rest end when a socket is ready."""
        mask = select.EPOLLOUT if writable else select.EPOLLIN
        self._poll.register(sock, mask | select.EPOLLERR | select.EPOLLHUP)
        rest.descriptor = sock.fileno()
        self._rests[rest.descriptor] = rest

    def forget(self, rest: Rest) -> None:
        """Stop watching the socket of a rest."""
        if rest.descriptor is not None:
            # A socket closed during the rest leaves its number to a new one, which may be waited for already.
            if self._rests.get(rest.descriptor) is rest:
                del self._rests[rest.descriptor]
                with suppress(OSError, ValueError):  # the socket is closed, and the kernel forgot it already
                    self._poll.unregister(rest.descriptor)
            rest.descriptor = None

    def poll(self, pause: float) -> Sequence[tuple[int, int]]:
        """Wait for sockets and the bell for some wall seconds; return what is ready, for ``readied``."""
        return self._poll.poll(pause)

    def readied(self, ready: Sequence[tuple[int, int]]) -> Iterator[Rest]:
        """Yield the rests whose sockets are ready, and silence the bell if it rang."""
        for descriptor, _ in ready:
            if descriptor == self._bell:
                os.eventfd_read(self._bell)
            elif rest := self._rests.get(descriptor):
                yield rest

    def mail(self) -> bool:
        """Say whether a watched socket is ready."""
        return bool(self._rests) and any(descriptor in self._rests for descriptor, _ in self._poll.poll(0))

    def rests(self) -> list[Rest]:
        """Return every rest on a socket."""
        return list(self._rests.values())
