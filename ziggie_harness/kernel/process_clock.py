"""The clock of a process that the harness starts: the drill's clock by a link, or the wall clock when there is none.

``kernel/clock_link.py`` is the other end and tells how the two talk.
"""

from __future__ import annotations

import json
import mmap
import os
import select
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from ziggie_harness.kernel.clock import wall_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

CLOCK_VARIABLE: Final = "ZIGGIE_CLOCK"
"""Names the socket of the drill's clock; without it a process runs on the wall clock."""

PROCESS_VARIABLE: Final = "ZIGGIE_CLOCK_NAME"
"""The name under which the harness knows the process, to suspend it."""

MESSAGE_BYTES: Final = 4096
"""More than any message has."""


class Descriptor(Protocol):
    """A socket, or what stands for one."""

    def fileno(self) -> int:
        """Return the file descriptor."""
        ...


class ProcessClock(Protocol):
    """What a process of its own can ask of the time it lives in."""

    def now(self) -> float:
        """Return the time in seconds."""
        ...

    def sleep_until(self, at_seconds: float) -> None:
        """Rest until a time."""
        ...

    def await_socket(self, sock: Descriptor, *, writable: bool, until_seconds: float) -> bool:
        """Rest until a socket is ready, a time comes, or a cut was made or healed; return whether it is ready."""
        ...

    def actor(self, name: str) -> AbstractContextManager[None]:
        """Make the current thread an actor for the block."""
        ...

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return why an exchange from a site with an address cannot proceed now, or None."""
        ...


class ClockClient:
    """The drill's clock as a linked process sees it. Only threads inside ``actor`` may rest on it."""

    def __init__(self, path: Path, process: str) -> None:
        """Use the clock that is served at ``path``, under the name of this process."""
        self._path, self._process = path, process
        self._ahead = map_number(time_file(path), writable=False)
        self._links = threading.local()

    def now(self) -> float:
        """Return the drill time in seconds."""
        return wall_seconds() + self._ahead[0]

    @contextmanager
    def actor(self, name: str) -> Iterator[None]:
        """Make the current thread an actor of the drill's clock for the block; within an actor it changes nothing."""
        if hasattr(self._links, "link"):
            yield
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.connect(str(self._path))
            self._ask(link, {"enter": name, "process": self._process})
            self._links.link = link
            try:
                yield
            finally:
                del self._links.link

    def sleep_until(self, at_seconds: float) -> None:
        """Rest until a drill time; return at once when it has passed."""
        while self.now() < at_seconds:
            self._ask(self._link(), {"rest_until": at_seconds, "stirred": False})

    def await_socket(self, sock: Descriptor, *, writable: bool, until_seconds: float) -> bool:
        """Rest until a socket is ready, a drill time comes, or a cut was made or healed; return whether it is ready."""
        link = self._link()
        send(link, {"rest_until": until_seconds, "stirred": True})
        poll = select.poll()
        poll.register(link, select.POLLIN)
        poll.register(sock, select.POLLOUT if writable else select.POLLIN)
        if all(descriptor != link.fileno() for descriptor, _ in poll.poll()):
            send(link, {"work": True})
        self._receive(link)
        return ready(sock, writable=writable, within_seconds=0.0)

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return why an exchange from a site with an address cannot proceed now, or None."""
        reason = self._ask(self._link(), {"stalled": [site, address, port]}).get("reason")
        return None if reason is None else str(reason)

    def _link(self) -> socket.socket:
        """Return the current thread's connection; resting without being an actor is a mistake in the program."""
        link: socket.socket | None = getattr(self._links, "link", None)
        if link is None:
            name = threading.current_thread().name
            message = f"thread {name!r} is no actor of the drill's clock: wrap its work in `with clock.actor(name):`"
            raise RuntimeError(message)
        return link

    def _ask(self, link: socket.socket, message: Mapping[str, object]) -> Mapping[str, object]:
        """Send a message and return its answer."""
        send(link, message)
        return self._receive(link)

    def _receive(self, link: socket.socket) -> Mapping[str, object]:
        """Return the next answer; ConnectionError when the clock is gone."""
        answer = link.recv(MESSAGE_BYTES)
        if not answer:
            raise ConnectionError(f"the drill's clock at {self._path} is gone: the drill has ended")
        answered: Mapping[str, object] = json.loads(answer)
        return answered


class WallClock:
    """The same promises for a process that lives on its own, in a container or an account: nothing is ever skipped."""

    def now(self) -> float:
        """Return the machine's monotonic time in seconds."""
        return wall_seconds()

    @contextmanager
    def actor(self, name: str) -> Iterator[None]:
        """Run the block; every thread may rest here."""
        yield

    def sleep_until(self, at_seconds: float) -> None:
        """Sleep until a time."""
        while (left := at_seconds - self.now()) > 0:
            threading.Event().wait(left)

    def await_socket(self, sock: Descriptor, *, writable: bool, until_seconds: float) -> bool:
        """Wait for a socket until a time; return whether it is ready."""
        return ready(sock, writable=writable, within_seconds=max(0.0, until_seconds - self.now()))

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return None: nothing here knows what is cut, so all waiting is real."""
        return None


def clock_of(environment: Mapping[str, str]) -> ProcessClock:
    """Return the clock that an environment names, or the wall clock."""
    path = environment.get(CLOCK_VARIABLE)
    if path is None:
        return WallClock()
    return ClockClient(Path(path), environment.get(PROCESS_VARIABLE, f"process {os.getpid()}"))


def ready(sock: Descriptor, *, writable: bool, within_seconds: float) -> bool:
    """Wait in real time for a socket; return whether it is ready."""
    poll = select.poll()
    poll.register(sock, select.POLLOUT if writable else select.POLLIN)
    return bool(poll.poll(within_seconds * 1000))


def send(connection: socket.socket, message: Mapping[str, object]) -> None:
    """Send one message of the link."""
    connection.send(json.dumps(message).encode())


def time_file(path: Path) -> Path:
    """Return the file that holds by how much drill time is ahead, beside the socket of the clock."""
    return path.with_name(path.name + ".time")


def map_number(path: Path, *, writable: bool) -> memoryview[float]:
    """Map a file of eight bytes as the one number that it holds, seen by every process that maps it."""
    with path.open("r+b" if writable else "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
    return memoryview(mapped).cast("d")
