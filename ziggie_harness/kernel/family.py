"""A process and all that descends from it, stopped, resumed and killed as one."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass

from ziggie_harness.kernel import process_table


@dataclass(frozen=True, slots=True)
class Family:
    """A supervised process, its session, its descendants, and the daemons that left them."""

    head: int
    token: str
    """What PROCESS_VARIABLE says in the environment of each."""
    anchor: int | None
    """The first process of the PID namespace, on which orphans hang."""

    def members(self) -> frozenset[int]:
        """Those that live."""
        table = process_table.read_table()
        # A daemon's parent is gone, so it hangs on the anchor; without an anchor it may hang on anything.
        strays = [pid for pid, row in table.items() if self.anchor is None or row.parent == self.anchor]
        adopted = process_table.marked(process_table.PROCESS_VARIABLE, frozenset({self.token}), strays)
        return process_table.family({self.head, *adopted}, table)

    def stop(self) -> frozenset[int]:
        """Stop every member, until none is left that could fork another; the members."""
        stopped: frozenset[int] = frozenset()
        while fresh := self.members() - stopped:
            for pid in fresh:
                send(pid, signal.SIGSTOP)
            process_table.await_state(fresh, lambda row: row.stopped or _waits_for_stopped_child(row), "stop")
            stopped |= fresh
        return stopped

    def resume(self) -> None:
        """Let every member go on."""
        for pid in self.members():
            send(pid, signal.SIGCONT)

    def kill(self) -> frozenset[int]:
        """End every member at once; those that were killed."""
        # Whoever is stopped cannot fork, so nobody slips away between the look and the blow.
        members = self.stop()
        for pid in members:
            send(pid, signal.SIGKILL)
        return members


def _waits_for_stopped_child(row: process_table.Row) -> bool:
    """Tell whether a process is held in the kernel until a child goes on that is stopped: what vfork(2) does.

    It runs no instruction, and cannot be stopped before its child has started a program or ended.
    """
    if row.state != "D":
        return False
    return any(other.parent == row.pid and other.stopped for other in process_table.read_table().values())


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended by itself."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
