"""What a run of pytest costs this machine: the memory of everything that it started, and cores kept busy beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")

BURN: Final = "while True: pass"


def memory_bytes(root: int) -> int:
    """Return the memory of a process and all below it; what several of them share counts once, a part for each.

    Source: proc_pid_smaps(5), "Pss": pages shared between processes are divided by the number of those.
    """
    return sum(_proportional_bytes(pid) for pid in descendants(root, _parents()))


def descendants(root: int, parents: Sequence[tuple[int, int]]) -> Sequence[int]:
    """Return a process and all below it, from (process, its parent) pairs."""
    children = defaultdict(list)
    for pid, parent in parents:
        children[parent].append(pid)
    found = [root]
    for pid in found:
        found.extend(children[pid])
    return found


def _parents() -> Sequence[tuple[int, int]]:
    """Return every process with its parent; one that ends meanwhile is left out."""
    stats = {int(entry.name): _text(entry / "stat") for entry in PROC.iterdir() if entry.name.isdigit()}
    # The name of a program stands in parentheses and may hold spaces; the parent is the second field behind it.
    return [(pid, int(stat.rpartition(")")[2].split()[1])) for pid, stat in stats.items() if stat]


def _proportional_bytes(pid: int) -> int:
    """Return a process's share of the memory; 0 for one that has ended."""
    for line in _text(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _text(path: Path) -> str:
    """Read a file of the kernel; nothing for a process that has ended."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keep so many cores busy for the block."""
    command = (sys.executable, "-c", BURN)
    burners = [subprocess.Popen(command) for _ in range(count)]  # noqa: S603 - words of our own
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
