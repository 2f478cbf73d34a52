"""Shared memory of System V, which stays when its makers are killed, unless an IPC namespace of theirs ends with them.

PostgreSQL keys a segment by the inode of its data directory, to find what an earlier server left there.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE: Final = Path("/proc/sysvipc/shm")

_REMOVE = 0
"""IPC_RMID (linux/ipc.h)."""

_KEY_MASK: Final = (1 << 32) - 1
"""A key has 32 bits, an inode number may have more."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of the kernel's table (proc_sysvipc_shm): key, number, who made it, how many use it, whose it is."""

    key: int
    number: int
    maker: int
    attached: int
    owner: int


def segments() -> Iterator[Segment]:
    """Yield all that can be seen from this process's IPC namespace."""
    if not TABLE.exists():
        return
    names, *lines = TABLE.read_text().splitlines()
    columns = names.split()
    for line in lines:
        told = dict(zip(columns, line.split(), strict=False))
        key = int(told["key"]) & _KEY_MASK
        yield Segment(key, int(told["shmid"]), int(told["cpid"]), int(told["nattch"]), int(told["uid"]))


def release(directory: Path) -> tuple[int, ...]:
    """Remove the segments that ended servers left for directories below this one, itself included; their numbers."""
    left = {each.key: each.number for each in segments() if not each.attached and each.owner == os.geteuid()}
    if not left:
        return ()
    inodes = {os.stat(place).st_ino & _KEY_MASK for place, _, _ in os.walk(directory)}  # noqa: PTH116 - called for many
    removed = tuple(number for key, number in left.items() if key in inodes)
    for number in removed:
        ctypes.CDLL(None).shmctl(number, _REMOVE, None)
    return removed
