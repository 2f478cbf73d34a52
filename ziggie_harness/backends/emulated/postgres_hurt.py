"""How one PostgreSQL server is hurt beyond its end and its freeze: its disk is full, its replay stands still."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.kernel import process_table
from ziggie_harness.kernel.clock import wall_seconds
from ziggie_harness.kernel.family import send
from ziggie_harness.model.errors import LabError

SEGMENTS: Final = 32
"""More segments of the write-ahead log than stand ready to be written to."""

PATIENCE_SECONDS: Final = 5.0
"""For how long, in wall time, a server may be silent that was hurt; recovery takes a tenth of a second."""

ANSWER_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.02
"""For how long it is asked, and how long until it is asked again, in wall time."""

NO_SPACE: Final = "No space left on device"
"""What the kernel says, in the server's own words (strerror of ENOSPC)."""

STARTUP: Final = "startup "
"""In the title of the process that replays what a replica received (PostgreSQL, get_backend_type_desc)."""

APPLY_WORKER: Final = "logical replication apply worker"
"""In the title of the process that applies what a subscriber receives."""


class PostgresDisk:
    """The disk of a server as a ``Disk`` of the ports."""

    def __init__(self, server: PostgresServer) -> None:
        """Know the server."""
        self._server = server

    def fill(self) -> None:
        """Leave no free block, and let the server write on until it needs one.

        Some 100 MB of write-ahead log stand ready, which clients would take hours to fill; nothing else is shortened.
        PostgreSQL then panics, and does not come up again while there is no room for one more segment.
        """
        self._server.disk.volume.fill()
        for _ in range(SEGMENTS):
            try:
                self._server.ask("SELECT pg_logical_emit_message(true, 'disk', 'full')")
                self._server.ask("SELECT pg_switch_wal()")
            except LabError:
                if not self._serves():
                    return

    def free(self) -> None:
        """Give the room back, and start the server, as its operator has to; one that hangs is ended before.

        PostgreSQL 18.4 hangs after one such crash in five or so. Its startup process ends for want of room ("could not
        write to file pg_wal/xlogtemp") right after it told that recovery began. A debugger then finds the postmaster in
        PM_RECOVERY with STARTUP_CRASHED: it seems to hear of the end first, and then waits for a recovery for ever.
        """
        self._server.disk.volume.free()
        if not self._serves():
            self._server.kill()
            self._server.start()

    def _serves(self) -> bool:
        """Wait in wall time until it answers, as after a crash of its own; False when it ended or hangs."""
        pause, until_seconds = threading.Event(), wall_seconds() + PATIENCE_SECONDS
        while self._server.alive() and wall_seconds() < until_seconds:
            if self._server.answers(ANSWER_SECONDS):
                return True
            pause.wait(PAUSE_SECONDS)
        return False

    def complaint(self) -> str | None:
        """Return the last words of the server about a full disk, or None when it never said any."""
        return next((line for line in reversed(self._server.last_words(100_000)) if NO_SPACE in line), None)


class PostgresReplay:
    """The processes of a replica that apply what it received, as a ``Replay`` of the ports."""

    def __init__(self, server: PostgresServer, title: str) -> None:
        """Know the replica, and what these processes call themselves."""
        self._server, self._title = server, title

    def freeze(self) -> None:
        """Stop it where it is (SIGSTOP); receiving goes on. LabError when nothing replays."""
        replaying = self._members()
        if not replaying:
            raise LabError(f"{self._server.name} applies nothing", hint="only a replica can fall behind")
        self._server.replay_stopped = True
        for pid in replaying:
            send(pid, signal.SIGSTOP)
        process_table.await_state(replaying, lambda row: row.stopped, "stop")

    def thaw(self) -> None:
        """Let it go on; nothing happens when it ended meanwhile."""
        for pid in self._members():
            send(pid, signal.SIGCONT)
        self._server.replay_stopped = False

    def _members(self) -> list[int]:
        """Find these processes."""
        return [pid for pid in self._server.members() if self._title in _title(pid)]


def _title(pid: int) -> str:
    """Return what a process calls itself."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
