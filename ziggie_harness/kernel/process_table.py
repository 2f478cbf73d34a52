"""What /proc says about processes: who descends from whom, who is stopped, who belongs to which run."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RUN_VARIABLE = "ZIGGIE_RUN"
"""The environment variable by which a process is known to belong to a run."""

PROCESS_VARIABLE = "ZIGGIE_PROCESS"
"""The environment variable by which a daemon that left its family is still known as a part of it."""

_GLANCE_SECONDS = 0.001
_GLANCES = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the process table."""

    pid: int
    state: str
    parent: int
    session: int
    start_ticks: int
    """When it started, in clock ticks since the machine did: together with the pid it names a process for good."""

    @property
    def dead(self) -> bool:
        """Whether nothing but its exit status is left."""
        return self.state in {"Z", "X"}

    @property
    def stopped(self) -> bool:
        """Whether it runs no instruction any more."""
        return self.state in {"T", "t"} or self.dead


def read_row(pid: int) -> Row | None:
    """Read the line of one process, or None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command stands in parentheses and may hold spaces and parentheses itself, so count from the last one.
    fields = text.rpartition(")")[2].split()
    return Row(pid=pid, state=fields[0], parent=int(fields[1]), session=int(fields[3]), start_ticks=int(fields[19]))


def read_table() -> dict[int, Row]:
    """Every process that is visible from here, by pid."""
    rows = (read_row(int(name)) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208 - called often
    return {row.pid: row for row in rows if row is not None}


def environment_value(pid: int, variable: str) -> str | None:
    """Read the value that a process was started with, or None when it has none or is not ours to read."""
    try:
        content = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None
    prefix = f"{variable}=".encode()
    for entry in content.split(b"\0"):
        if entry.startswith(prefix):
            return entry[len(prefix) :].decode(errors="replace")
    return None


def family(roots: Iterable[int], table: dict[int, Row]) -> frozenset[int]:
    """Find the living among some processes and the members of their sessions, with all that descend from them."""
    heads = set(roots)
    members = {row.pid for row in table.values() if row.pid in heads or row.session in heads}
    children: dict[int, list[int]] = {}
    for row in table.values():
        children.setdefault(row.parent, []).append(row.pid)
    waiting = list(members)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in members:
                members.add(child)
                waiting.append(child)
    return frozenset(pid for pid in members if pid in table and not table[pid].dead)


def marked(variable: str, values: frozenset[str], pids: Iterable[int]) -> Iterator[int]:
    """Those of some processes that were started with one of these values in their environment."""
    for pid in pids:
        if environment_value(pid, variable) in values:
            yield pid


def await_state(pids: Iterable[int], reached: Callable[[Row], bool], awaited: str) -> None:
    """Wait until each process is as wanted or gone; LabError after five seconds.

    Signals are delivered in real time, whatever the drill's clock says: this wait is no actor's.
    """
    left = set(pids)
    pause = threading.Event()
    for _ in range(_GLANCES):
        left = {pid for pid in left if (row := read_row(pid)) is not None and not reached(row)}
        if not left:
            return
        pause.wait(_GLANCE_SECONDS)
    raise LabError(
        f"processes {sorted(left)} would not {awaited}",
        "the kernel does not deliver the signal",
        "look at their state in /proc/PID/status: D means that they wait for a disk",
    )
