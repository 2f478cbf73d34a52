"""A supervised process, frozen, thawed and killed with all that descends from it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

from ziggie_harness.kernel import process_table
from ziggie_harness.kernel.family import Family, send
from ziggie_harness.model.errors import LabError

END_SECONDS: Final = 10.0
"""For how long, in wall time, the kernel may take to end what was killed."""

_TAIL_BYTES = 65_536


class Child(Protocol):
    """What a process is by: a ``subprocess.Popen``, or what a fork server started."""

    @property
    def pid(self) -> int:
        """Its number, as this process sees it."""
        ...

    def poll(self) -> int | None:
        """Return its exit status, negative when a signal ended it, or None while it lives."""
        ...

    def wait(self, timeout: float) -> int:
        """Return its exit status when it has ended; subprocess.TimeoutExpired when it does not."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ran to its end."""

    command: tuple[str, ...]
    status: int
    """Its exit status, negative when a signal ended it."""
    output: str
    errors: str

    def succeeded(self) -> Self:
        """Return itself when its status is 0; LabError with its last words otherwise."""
        if self.status != 0:
            words = (self.errors.strip() or self.output.strip())[-2000:]
            raise LabError(f"`{' '.join(self.command)}` ended with status {self.status}", words)
        return self


class Process:
    """A supervised process with all that descends from it. Made by a ``Supervisor``."""

    def __init__(self, name: str, child: Child, family: Family, log: Path | None) -> None:
        self.name = name
        self.log = log
        self._child = child
        self._family = family
        self._frozen = False
        self._lock = threading.RLock()

    @property
    def pid(self) -> int:
        """Its number, as this process sees it."""
        return self._child.pid

    @property
    def frozen(self) -> bool:
        """Whether ``freeze`` stopped it."""
        return self._frozen

    def alive(self) -> bool:
        """Whether the process itself has not ended; a frozen one is alive."""
        return self._child.poll() is None

    def members(self) -> frozenset[int]:
        """Find the living of its family: itself, its session, its descendants, the daemons that left it."""
        return self._family.members()

    def wait(self, within_seconds: float) -> int:
        """Wait for its end and return the exit status; LabError when it does not come."""
        try:
            return self._child.wait(within_seconds)
        except subprocess.TimeoutExpired as error:
            words = " | ".join(self.tail(5)) or "it said nothing"
            raise LabError(
                f"{self.name} did not end within {within_seconds:g} s", words, "grant more, or kill it"
            ) from error

    def freeze(self) -> None:
        """Stop it and all its descendants where they are; LabError when it has ended or is frozen."""
        with self._lock:
            if self._frozen:
                raise LabError(f"{self.name} is frozen already", hint="thaw it before it is frozen again")
            if not self.alive():
                raise LabError(f"{self.name} cannot be frozen", "it has ended", f"read its log, {self.log}")
            self._family.stop()
            self._frozen = True

    def thaw(self) -> None:
        """Let it and all its descendants go on; LabError when it is not frozen."""
        with self._lock:
            if not self._frozen:
                raise LabError(f"{self.name} is not frozen", hint="thaw only what was frozen")
            self._family.resume()
            self._frozen = False

    def kill(self) -> None:
        """End it and all its descendants at once, without a chance to clean up; nothing happens when all ended."""
        with self._lock:
            killed = self._family.kill()
            self._child.wait(END_SECONDS)
            process_table.await_state(killed, lambda row: row.dead, "die")
            self._frozen = False

    def reap(self) -> None:
        """Take the exit status of a process that was killed with its namespace."""
        self._child.wait(END_SECONDS)

    def terminate(self, number: signal.Signals = signal.SIGTERM, *, within_seconds: float) -> int:
        """Ask it to end and return its exit status; when it does not, it is killed and LabError raised.

        Descendants that it left behind are killed in any case.
        """
        if self._frozen:
            raise LabError(f"{self.name} cannot end by itself", "it is frozen", "thaw it first, or kill it")
        try:
            if self.alive():
                send(self.pid, number)
            return self.wait(within_seconds)
        finally:
            self.kill()

    def interrupt(self) -> None:
        """Interrupt it and what runs in its session, as a terminal does at Ctrl-C (SIGINT)."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGINT)

    def leaves(self) -> int:
        """Count those of it and its descendants that have no child: what is left of it to do anything."""
        rows = {pid: row for pid in self.members() if (row := process_table.read_row(pid)) and not row.dead}
        return len(rows.keys() - {row.parent for row in rows.values()})

    def tail(self, lines: int = 20) -> tuple[str, ...]:
        """Read the last lines that it and its descendants logged."""
        return last_lines(self.log, lines)


def last_lines(log: Path | None, lines: int) -> tuple[str, ...]:
    """Read the last lines of a log; none where there is no log."""
    if log is None or not log.exists():
        return ()
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        return tuple(stream.read().decode(errors="replace").splitlines()[-lines:])
