"""Runs and what they leave: a directory per run that names its owner, and the sweep of those whose owner is dead."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ziggie_harness.kernel import namespaces, process_table, segments
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

STATE_VARIABLE = "ZIGGIE_STATE"
"""The environment variable that moves the state directory."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - the run's directory in it is made for this user alone
_ROOMY_BYTES = 4 << 30

_OWNER_FILE = "owner.json"
_UNLISTED = ".of-"
"""How a directory is called while its run begins or ends: its name alone then tells the owner."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that answers for a run, named so that a reused pid is not mistaken for it."""

    pid: int
    start_ticks: int

    @classmethod
    def this_process(cls) -> Owner:
        """Name the process that asks."""
        row = process_table.read_row(os.getpid())
        if row is None:
            raise LabError("this process is not in /proc", hint="mount /proc; a run needs Linux")
        return cls(pid=row.pid, start_ticks=row.start_ticks)

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        row = process_table.read_row(self.pid)
        return row is not None and row.start_ticks == self.start_ticks and not row.dead


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed."""

    processes: tuple[int, ...]
    directories: tuple[Path, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What it removed, each in a line for people."""
        killed = (f"killed process {pid}" for pid in self.processes)
        return (*killed, *(f"removed {directory}" for directory in self.directories))


def state_directory() -> Path:
    """Tell where runs keep their directories: ``$ZIGGIE_STATE``, or a directory of this user in memory or on disk.

    Databases are made anew for each drill, some thousand files at a time, which memory takes in a tenth of the time.
    """
    chosen = os.environ.get(STATE_VARIABLE)
    if chosen:
        return Path(chosen)
    return (_MEMORY if _roomy(_MEMORY) else Path(tempfile.gettempdir())) / f"ziggie-{namespaces.outer_user()}"


def _roomy(directory: Path) -> bool:
    """Say whether a directory is there, writable, and on a file system that is large enough for drills."""
    if not os.access(directory, os.W_OK):
        return False
    # The whole size and not what is free: a sweep has to find what a run left, however full it is by then.
    size = os.statvfs(directory)
    return size.f_frsize * size.f_blocks >= _ROOMY_BYTES


class Run:
    """One use of the harness: an identity that everything started carries, and a directory that goes with it."""

    def __init__(self, state: Path | None = None) -> None:
        """Name a run; entering it makes its directory under ``state`` or the usual state directory."""
        self.id = secrets.token_hex(6)
        self.state = state_directory() if state is None else state
        self.directory = self.state / self.id

    def __enter__(self) -> Self:
        """Make the directory, with its owner in it from the first moment anybody can see it."""
        _own(self.state)
        owner = Owner.this_process()
        # A sweep must never meet a run without an owner, so the directory gets its name when the owner is in it.
        self._unlisted = self.state / f"{_UNLISTED}{owner.pid}-{owner.start_ticks}-{self.id}"
        self._unlisted.mkdir(mode=0o700)
        (self._unlisted / _OWNER_FILE).write_text(json.dumps(asdict(owner)))
        self._unlisted.rename(self.directory)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the directory; a failure here never hides the error that ended the run."""
        try:
            self.directory.rename(self._unlisted)
            segments.release(self._unlisted)
            shutil.rmtree(self._unlisted)
        except OSError as failure:
            if error is None:
                raise LabError(
                    f"the run's directory {self.directory} cannot be removed: {failure}",
                    hint="end what still writes there, then `ziggie sweep`",
                ) from failure
            error.add_note(f"and the run's directory stayed: {failure}")


def sweep(state: Path | None = None) -> Swept:
    """Kill the processes and remove the directories of runs whose owner is dead; live runs are left alone."""
    dead = tuple(_dead_runs(state_directory() if state is None else state))
    if not dead:
        return Swept((), ())
    runs = frozenset(path.name.rpartition("-")[2] for path in dead)
    table = process_table.read_table()
    members = process_table.family(process_table.marked(process_table.RUN_VARIABLE, runs, table), table)
    killed = []
    for pid in sorted(members - {os.getpid()}):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
    process_table.await_state(killed, lambda row: row.dead, "be dead")
    removed = []
    for path in dead:
        segments.release(path)
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            removed.append(path)
    return Swept(processes=tuple(killed), directories=tuple(removed))


def _own(state: Path) -> None:
    """Make the state directory, and refuse one that somebody else could have put there."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if state.stat().st_uid != os.geteuid():
        raise LabError(
            f"the state directory {state} belongs to another user",
            hint=f"remove it, or choose another with {STATE_VARIABLE}",
        )


def _dead_runs(state: Path) -> Iterator[Path]:
    """Find the directories of runs whose owner is dead."""
    if not state.is_dir():
        return
    for path in sorted(state.iterdir()):
        owner = _owner_of(path)
        if owner is not None and not owner.alive:
            yield path


def _owner_of(path: Path) -> Owner | None:
    """Read the owner of a run's directory, or None when it is no run's."""
    try:
        if path.name.startswith(_UNLISTED):
            pid, start_ticks, _ = path.name.removeprefix(_UNLISTED).split("-")
            return Owner(pid=int(pid), start_ticks=int(start_ticks))
        record = json.loads((path / _OWNER_FILE).read_text())
        return Owner(pid=int(record["pid"]), start_ticks=int(record["start_ticks"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
