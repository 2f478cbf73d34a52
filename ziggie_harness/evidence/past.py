"""The past: drills that were sealed, kept in one SQLite file beside each other so that trends show.

A drill is known by the digest of its bundle, so importing it twice changes nothing. An import is one transaction that
is on the disk when it ends: a crash leaves all of it or nothing, and several imports wait for each other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Final

from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.errors import EvidenceError

VERSION: Final = 1
"""The version of the table; it rises when an older one could not be read."""

PATIENCE_SECONDS: Final = 60.0
"""How long an import waits for another one."""


@dataclass(frozen=True, slots=True)
class PastDrill:
    """One drill, as the history keeps it; times are in UTC, numbers that were not measured are None."""

    root_sha256: str
    run: str
    """The folder of the run."""
    requirement: str
    feature: str
    scenario: str
    drill: str
    """The folder of the bundle, which tells the examples of an outline apart."""
    sabotage: bool
    ending: Ending
    sentence: str
    rto_seconds: float | None
    rto_objective_seconds: float | None
    rpo_seconds: float | None
    rpo_objective_seconds: float | None
    lost_writes: int | None
    drill_seconds: float
    skipped_seconds: float
    fidelity: str
    backend: str
    clock: str
    design_sha256: str
    """The digest of the design in effect, the planted defect included."""
    commit_id: str
    dirty: bool
    """Whether files differed from the commit, or nobody knows."""
    started_utc: str
    ended_utc: str

    @staticmethod
    def of(bundle: SealedBundle) -> PastDrill:
        """Draw what is kept from a bundle."""
        row, provenance = bundle.played.row, bundle.provenance
        return PastDrill(
            root_sha256=bundle.root_sha256,
            run=bundle.directory.absolute().parent.name,
            requirement=bundle.played.requirement.identifier or "",
            feature=row.feature,
            scenario=row.scenario,
            drill=bundle.directory.name,
            sabotage=bundle.played.is_sabotage,
            ending=row.ending,
            sentence=row.sentence,
            rto_seconds=row.rto_seconds,
            rto_objective_seconds=row.rto_objective_seconds,
            rpo_seconds=row.rpo_seconds,
            rpo_objective_seconds=row.rpo_objective_seconds,
            lost_writes=row.lost_writes,
            drill_seconds=row.drill_seconds,
            skipped_seconds=row.skipped_seconds,
            fidelity=row.fidelity.name if row.fidelity is not None else "",
            backend=provenance.backend,
            clock=provenance.clock,
            design_sha256=provenance.design.effective_sha256,
            commit_id=provenance.checkout.commit,
            dirty=provenance.checkout.dirty is not False,
            started_utc=provenance.started.isoformat(timespec="milliseconds"),
            ended_utc=provenance.ended.isoformat(timespec="milliseconds"),
        )

    def encode(self) -> str:
        """Write it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @staticmethod
    def decode(text: str) -> PastDrill:
        """Read what `encode` wrote; raise ValueError or TypeError for anything else."""
        found = json.loads(text)
        drill = PastDrill(**{**found, "ending": Ending(found["ending"])})
        for field in fields(PastDrill):
            _check(field.name, getattr(drill, field.name))
        return drill


NUMBERS: Final = frozenset(
    {
        "rto_seconds",
        "rto_objective_seconds",
        "rpo_seconds",
        "rpo_objective_seconds",
        "lost_writes",
    }
)
"""What may not have been measured."""


def _check(name: str, value: object) -> None:
    """Raise TypeError for a value that is none of its column."""
    if name in {"sabotage", "dirty"}:
        fits = isinstance(value, bool)
    elif name.endswith("_seconds") or name in NUMBERS:
        fits = isinstance(value, int | float) or (value is None and name in NUMBERS)
    else:
        fits = isinstance(value, str)
    if not fits:
        raise TypeError(f"{name} is {value!r}")


COLUMNS: Final = tuple(field.name for field in fields(PastDrill))
_NAMES: Final = ", ".join(COLUMNS)


class Past:
    """The kept drills of one file."""

    def __init__(self, path: Path) -> None:
        """Use the file at a path; it is made when something is imported."""
        self.path = path

    def keep(self, drills: Iterable[PastDrill]) -> int:
        """Keep drills, and return how many were new; raise EvidenceError when the file cannot be written."""
        places = ", ".join("?" * len(COLUMNS))
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            if self._version(database) == 0:
                database.execute(f"CREATE TABLE drill ({_NAMES}, PRIMARY KEY (root_sha256))")
                database.execute(f"PRAGMA user_version = {VERSION}")
            before = database.total_changes
            insertion = f"INSERT OR IGNORE INTO drill ({_NAMES}) VALUES ({places})"  # noqa: S608 - names of fields
            database.executemany(insertion, map(astuple, drills))
            added = database.total_changes - before
            database.execute("COMMIT")
        return added

    def drills(self) -> tuple[PastDrill, ...]:
        """Return every kept drill, the oldest first; none when nothing was ever imported."""
        if not self.path.exists():
            return ()
        with self._opened() as database:
            if self._version(database) == 0:
                return ()
            question = f"SELECT {_NAMES} FROM drill ORDER BY ended_utc, root_sha256"  # noqa: S608 - names of fields
            return tuple(map(_drill, database.execute(question)))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file; whatever SQLite has against it is an EvidenceError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE_SECONDS, isolation_level=None)) as database:
                # What was committed is on the disk, also when the machine loses its power a moment later.
                database.execute("PRAGMA synchronous = FULL")
                yield database
        except (sqlite3.Error, OSError) as error:
            raise EvidenceError(
                f"the history {self.path} cannot be used: {error}",
                hint="name the SQLite file of the history, or a new one, with --database; mind its permissions",
            ) from error

    def _version(self, database: sqlite3.Connection) -> int:
        """Return the version of the file's table, 0 for a new file; raise EvidenceError for one that we do not know."""
        [version] = database.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            raise EvidenceError(
                f"the history {self.path} has version {version}, expected {VERSION}",
                hint="use the version of ziggie-harness that wrote it, or begin a new file with --database",
            )
        return int(version)


def _drill(row: tuple[object, ...]) -> PastDrill:
    """Read one row."""
    found = dict(zip(COLUMNS, row, strict=True))
    flags = {name: bool(found[name]) for name in ("sabotage", "dirty")}
    return PastDrill(**{**found, **flags, "ending": Ending(str(found["ending"]))})  # type: ignore[arg-type]
