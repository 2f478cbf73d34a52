"""The drill's clock in other processes: their threads can be actors of it, and they know the drill time.

The harness runs a ``ClockServer``; a process that it starts finds it by two environment variables and talks to it
through a ``ClockClient``. Without them the process runs on a ``WallClock``, which makes the same promises, so that one
program runs in the lab, in a container and in an account alike.

Each thread of the process that is an actor has a connection of its own, and a thread here that stands for it on the
clock. It is at work but while it rests, so the clock cannot jump past what a linked process does. A process that ended
is forgotten at once; one that was frozen cannot say so, so whoever freezes it says ``suspend``.

A message is one JSON object, one packet: ``enter`` and ``process``, then any number of ``rest_until`` with ``stirred``
(ends early when a cut was made or healed), ``work`` (ends the rest early, no answer) and ``stalled``. The time needs no
message: what drill time is ahead of the machine's monotonic time stands in a mapped file.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.kernel.actors import Stopped
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.process_clock import (
    CLOCK_VARIABLE,
    MESSAGE_BYTES,
    PROCESS_VARIABLE,
    map_number,
    send,
    time_file,
)
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

ADDRESS_BYTES: Final = 107
"""The longest path of a Unix socket (unix(7): sun_path holds 108 bytes with the final zero)."""

JOIN_SECONDS: Final = 5.0
"""For how long, in wall time, the end of a server waits for one of its threads."""


class _Member:
    """One thread of a linked process; ``counted`` while the clock knows its stand-in, ``resting`` while that rests."""

    __slots__ = ("counted", "name", "process", "resting", "thread")

    def __init__(self, name: str, process: str) -> None:
        self.name = name
        self.process = process
        self.thread = threading.current_thread()
        self.counted = False
        self.resting = False


class ClockServer:
    """Lets other processes live on a drill's clock, for the time of a block."""

    def __init__(
        self, clock: DrillClock, path: Path, stalled: Callable[[str, str, int], str | None] = lambda *_: None
    ) -> None:
        """Prepare to listen at ``path``; ``stalled`` says why an exchange from a site with an address is stuck."""
        self.path = path
        self._clock = clock
        self._stalled = stalled
        self._lock = threading.Lock()
        self._members: set[_Member] = set()
        self._suspended: set[str] = set()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        """Listen, and keep the time file right from now on; LabError when the path is too long for a socket."""
        if len(os.fsencode(self.path)) > ADDRESS_BYTES:
            raise LabError(
                f"no socket can be made at {self.path}",
                f"a Unix socket's path has at most {ADDRESS_BYTES} bytes",
                "choose a shorter state directory with ZIGGIE_STATE",
            )
        with ExitStack() as stack:
            time_file(self.path).write_bytes(bytes(8))
            stack.callback(time_file(self.path).unlink)
            published = map_number(time_file(self.path), writable=True)
            stack.enter_context(self._clock.told_of_jumps(lambda: self._publish(published)))
            self._publish(published)
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            listener.bind(str(self.path))
            stack.callback(self.path.unlink)
            listener.listen(128)
            stack.callback(self._hang_up)
            accepting = threading.Thread(target=self._accept, args=(listener,), name="clock link", daemon=True)
            accepting.start()
            stack.callback(accepting.join, JOIN_SECONDS)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            self._closing = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up on every process; their actors leave the clock."""
        self._closing.close()

    def environment(self, process: str) -> Mapping[str, str]:
        """Return what the environment of a process must hold so that it lives on this clock under that name."""
        return {CLOCK_VARIABLE: str(self.path), PROCESS_VARIABLE: process}

    def resting(self, process: str) -> int:
        """Count the threads of a process, by its name, that rest now."""
        with self._lock:
            return sum(member.resting for member in self._members if member.process == process)

    def suspend(self, process: str) -> None:
        """Count a process as at rest until ``resume``, because it was frozen. Call it after the freeze."""
        with self._lock:
            self._suspended.add(process)
            for member in self._members:
                if member.process == process and not member.resting:
                    self._discount(member)

    def resume(self, process: str) -> None:
        """Count a process again, because it is thawed. Call it before the thaw, so that nothing is jumped over."""
        with self._lock:
            self._suspended.discard(process)
            for member in self._members:
                if member.process == process:
                    self._count(member)

    def _publish(self, published: memoryview[float]) -> None:
        """Tell the other processes what drill time is ahead of the machine's; eight aligned bytes change at once."""
        published[0] = self._clock.ahead_seconds

    def _count(self, member: _Member) -> None:
        """Make a member's stand-in an actor. Called under the lock."""
        if not member.counted:
            member.counted = True
            self._clock.enrol(member.thread, f"{member.name} of {member.process}", None)

    def _discount(self, member: _Member) -> None:
        """Take a member's stand-in off the clock. Called under the lock, never while it rests."""
        if member.counted:
            member.counted = False
            self._clock.discharge(member.thread)

    def _accept(self, listener: socket.socket) -> None:
        """Give every connection a thread."""
        with suppress(OSError):  # the listener was shut down: the block ends
            while True:
                connection, _ = listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), name="clock link", daemon=True)
                with self._lock:
                    self._connections[connection] = thread
                thread.start()

    def _hang_up(self) -> None:
        """End every connection and its thread."""
        with self._lock:
            connections = dict(self._connections)
        for connection, thread in connections.items():
            with suppress(OSError):  # its process hung up first
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(JOIN_SECONDS)

    def _serve(self, connection: socket.socket) -> None:
        """Stand for one thread of a process, from its first message to the end of its connection."""
        member: _Member | None = None
        try:
            with connection, suppress(Stopped, OSError):
                while message := connection.recv(MESSAGE_BYTES):
                    request = json.loads(message)
                    if member is None:
                        member = self._enter(_Member(request["enter"], request["process"]))
                        send(connection, {})
                    elif "rest_until" in request:
                        self._rest(member, connection, request["rest_until"], stirred=request["stirred"])
                        send(connection, {})
                    elif "stalled" in request:
                        send(connection, {"reason": self._stalled(*request["stalled"])})
        finally:
            with self._lock:
                self._connections.pop(connection, None)
                if member is not None:
                    self._members.discard(member)
                    self._discount(member)

    def _enter(self, member: _Member) -> _Member:
        """Take a new member in, at work."""
        with self._lock:
            self._members.add(member)
            if member.process not in self._suspended:
                self._count(member)
        return member

    def _rest(self, member: _Member, connection: socket.socket, until_seconds: float, *, stirred: bool) -> None:
        """Rest for a member until its time comes or it has something to say."""
        with self._lock:
            self._count(member)
            member.resting = True
        try:
            while not self._clock.await_socket(connection, writable=False, until_seconds=until_seconds):
                if stirred or self._clock.now() >= until_seconds:
                    break
        finally:
            with self._lock:
                member.resting = False
                if member.process in self._suspended:
                    self._discount(member)
