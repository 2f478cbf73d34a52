"""Where the lab's addresses and ports are on a machine without namespaces: one table, of ports of its loopback."""

from __future__ import annotations

import errno
import random
import socket
import threading
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.lab.sites import SITES
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from types import TracebackType

Place = tuple[str, int]
"""An address and a port."""

HERE: Final = "127.0.0.1"
"""The one address that every system's loopback has; macOS has no other."""

FIRST_PORT: Final = 10_240
LAST_PORT: Final = 32_767
"""Above what services have, and below what Linux (32,768 on) and macOS (49,152 on) give to callers by themselves.

A killed server's port must still be free when the server is started again.
"""

PORTS_EACH: Final = 128
"""How many ports one network has: some twenty servers listen at once, and each restored database has another."""


class Locations:
    """The table, for the time of a block. Its ports are its own: no other network of this machine has them."""

    def __init__(self) -> None:
        """Know no place yet."""
        self._lock = threading.Lock()
        self._places: dict[Place, Place] = {}
        self._prefixes = frozenset(site.prefix for site in SITES)
        self._ports = iter(range(0))
        self._guard: socket.socket | None = None

    def __enter__(self) -> Self:
        """Take a block of ports; LabError when there is none left."""
        starts = list(range(FIRST_PORT, LAST_PORT - PORTS_EACH, PORTS_EACH))
        # Blocks are tried from anywhere on, so that what a run left to itself does not meet the next one at once.
        first = random.SystemRandom().randrange(len(starts))
        for start in starts[first:] + starts[:first]:
            guard = _listening(start)
            if guard is not None:
                # Whoever listens at the first port of a block has the others, and loses them with its process.
                self._guard, self._ports = guard, iter(range(start + 1, start + PORTS_EACH))
                return self
        raise LabError(
            "no ports are left for the lab", f"{HERE} has servers on all of {len(starts)} blocks", "end other drills"
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the ports back."""
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def of(self, address: str, port: int) -> Place:
        """Return where a place of the lab is; whatever is not of the lab is where it says.

        Port 0 stays any port. LabError when all ports are taken.
        """
        if address.rpartition(".")[0] not in self._prefixes:
            return address, port
        if port == 0:
            return HERE, 0
        found = self._places.get((address, port))
        return found or self._locate((address, port))

    def _locate(self, place: Place) -> Place:
        """Give a place a port."""
        with self._lock:
            if place in self._places:
                return self._places[place]
            for port in self._ports:
                if _free(port):
                    self._places[place] = (HERE, port)
                    return self._places[place]
        address, port = place
        raise LabError(
            f"{address}:{port} has no place on this machine",
            f"the lab has used all of its {PORTS_EACH} ports",
            "use it inside `with Loopback() as network:`, and fewer servers",
        )


def _listening(port: int) -> socket.socket | None:
    """Listen at a port, or return None where somebody does."""
    guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        guard.bind((HERE, port))
        guard.listen(1)
    except OSError as error:
        guard.close()
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise LabError(
                f"nothing can listen at {HERE}", str(error), "see that the loopback interface is up"
            ) from error
        return None
    return guard


def _free(port: int) -> bool:
    """Say whether nobody has a port, of TCP and of UDP: name servers listen at both."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind((HERE, port))
            except OSError:
                return False
    return True
