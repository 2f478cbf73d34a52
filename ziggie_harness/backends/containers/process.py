"""A container as a server's process: frozen, thawed and killed by the engine, with all that runs in it."""

from __future__ import annotations

import os
import select
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.containers.engine import FAILURES, refused, remove
from ziggie_harness.kernel import process_table
from ziggie_harness.kernel.family import send
from ziggie_harness.kernel.processes import END_SECONDS, last_lines
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from docker.models.containers import Container

KILLED: Final = 128 + signal.SIGKILL
"""What an engine tells of what was killed, as a shell does."""


class ContainerProcess:
    """A ``Process`` of the machinery that is a container. It writes what it says to its log itself."""

    def __init__(self, name: str, container: Container, log: Path) -> None:
        """Watch a container that was just started."""
        self.name, self.log = name, log
        self._container = container
        self._frozen = self._removed = False
        self._lock = threading.RLock()
        with refused(f"look at {name}"):
            container.reload()
        self.pid = int(container.attrs["State"]["Pid"])
        # A container that has ended already has no number; a descriptor of a process is ready when that has ended.
        self._ending = os.pidfd_open(self.pid) if self.pid else -1

    @property
    def frozen(self) -> bool:
        """Whether ``freeze`` paused it."""
        return self._frozen

    def alive(self) -> bool:
        """Whether its first process has not ended; a frozen one is alive."""
        return not self._ended(0.0)

    def members(self) -> frozenset[int]:
        """Find the processes that live in it, by their numbers on this machine."""
        if not self.alive():
            return frozenset()
        return process_table.family({self.pid}, process_table.read_table())

    def wait(self, within_seconds: float) -> int:
        """Wait for its end and return the exit status; LabError when it does not come."""
        if not self._ended(within_seconds):
            words = " | ".join(self.tail(5)) or "it said nothing"
            raise LabError(f"{self.name} did not end within {within_seconds:g} s", words, "grant more, or kill it")
        if self._removed:
            return KILLED
        with refused(f"wait for {self.name}"):
            return int(self._container.wait()["StatusCode"])

    def freeze(self) -> None:
        """Have the engine pause it; LabError when it has ended or is frozen."""
        with self._lock:
            if self._frozen:
                raise LabError(f"{self.name} is frozen already", hint="thaw it before it is frozen again")
            if not self.alive():
                raise LabError(f"{self.name} cannot be frozen", "it has ended", f"read its log, {self.log}")
            with refused(f"pause {self.name}"):
                self._container.pause()
            self._frozen = True

    def thaw(self) -> None:
        """Have the engine let it go on; LabError when it is not frozen."""
        with self._lock:
            if not self._frozen:
                raise LabError(f"{self.name} is not frozen", hint="thaw only what was frozen")
            with refused(f"unpause {self.name}"):
                self._container.unpause()
            self._frozen = False

    def kill(self) -> None:
        """End it at once, frozen or not, and have the engine remove it; nothing happens when that was done."""
        with self._lock:
            if self._removed:
                return
            if self._frozen:
                # An engine kills no paused container. Signals wait for the thaw, and then come before anything runs.
                for pid in self.members():
                    send(pid, signal.SIGKILL)
                self.thaw()
            elif self.alive():
                self._kill_running()
            if not self._ended(END_SECONDS):
                raise LabError(f"{self.name} does not end", "it was killed", "look at the engine's log")
            remove(self._container)
            self._removed = True

    def terminate(self, number: signal.Signals = signal.SIGTERM, *, within_seconds: float) -> int:
        """Have it asked to end and return its exit status; when it does not, it is killed and LabError raised."""
        if self._frozen:
            raise LabError(f"{self.name} cannot end by itself", "it is frozen", "thaw it first, or kill it")
        try:
            if self.alive():
                send(self.pid, number)
            return self.wait(within_seconds)
        finally:
            self.kill()

    def interrupt(self) -> None:
        """Interrupt its first process, as a terminal does at Ctrl-C (SIGINT)."""
        send(self.pid, signal.SIGINT)

    def leaves(self) -> int:
        """Count those of its processes that have no child."""
        rows = {pid: row for pid in self.members() if (row := process_table.read_row(pid)) and not row.dead}
        return len(rows.keys() - {row.parent for row in rows.values()})

    def tail(self, lines: int = 20) -> tuple[str, ...]:
        """Read the last lines that it logged."""
        return last_lines(self.log, lines)

    def close(self) -> None:
        """Let go of what watches it, once it has ended."""
        if self._ending >= 0:
            os.close(self._ending)
            self._ending = -1

    def _kill_running(self) -> None:
        """Have the engine kill it; one that ends by itself in the same moment is no failure."""
        try:
            self._container.kill()
        except FAILURES as error:
            if not self._ended(END_SECONDS):
                raise LabError(f"the container engine could not kill {self.name}", str(error)) from error

    def _ended(self, within_seconds: float) -> bool:
        """Wait for its end; say whether it came."""
        if self._ending < 0:
            return True
        poll = select.poll()
        poll.register(self._ending, select.POLLIN)
        return bool(poll.poll(within_seconds * 1000))
