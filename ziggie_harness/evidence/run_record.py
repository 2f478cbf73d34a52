"""The record of a whole run, beside the bundles of its drills: what was played, what was not, and what it took.

`run.json` is written when a run ends, and signed in `run.json.dsse`. A second run into the same folder writes
`run-2.json`, and so on: what a run left is never changed. A run that was killed leaves the bundles of the drills that
it had sealed, and no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, Final

from ziggie_harness.evidence.bundle import FORMAT, is_sealed, verify
from ziggie_harness.evidence.canonical import canonical
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.record import Retest
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.sealed import SealedBundle, read_bundle, read_json, root_of
from ziggie_harness.evidence.signing import SUFFIX, PublicKey, SigningKey, objections
from ziggie_harness.evidence.summary import Effort
from ziggie_harness.model.errors import EvidenceError

RECORDS: Final = "run*.json"
"""The records of the runs that left their evidence in one folder."""

PREDICATE_TYPE: Final = f"https://ziggie.ai/evidence/run/v{FORMAT}"
"""What kind of statement the signature of a record makes."""

RECENT: Final = 20
"""In how many runs an earlier drill is looked for."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything that a run left behind."""

    directory: Path
    bundles: tuple[SealedBundle, ...]
    """Every sealed bundle, in the order of the folders' names."""
    unplayed: tuple[Played, ...]
    """The scenarios that left no bundle: they were skipped, or ended before anything was provisioned."""
    unsealed: tuple[Path, ...]
    """The folders of drills that were interrupted before they could be sealed."""
    complete: bool
    """Whether the run came to its end and says what it played; one that was killed does not."""
    wall_seconds: float
    """How long it took; 0 when it is not complete."""
    peak_memory_bytes: int
    command: tuple[str, ...]
    """The command line that started it; the last one, if several runs left their evidence here."""
    ended: datetime | None
    """When it came to its end; the last one's, if there were several."""

    @property
    def scenarios(self) -> tuple[Played, ...]:
        """Every scenario, played or not, in the order of feature, line and name."""
        played = (*(bundle.played for bundle in self.bundles), *self.unplayed)
        return tuple(sorted(played, key=lambda one: (one.row.feature, one.row.line, one.row.scenario)))


def write_run(
    directory: Path, played: Sequence[Played], effort: Effort, command: Sequence[str], key: SigningKey
) -> Path:
    """Write down what a run played into a folder, sign it, and return the file."""
    directory.mkdir(parents=True, exist_ok=True)
    document = {
        "format": FORMAT,
        "ended_utc": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "wall_seconds": round(effort.wall_seconds, 3),
        "peak_memory_bytes": effort.peak_memory_bytes,
        "command": list(command),
        "scenarios": [_document(one) for one in played],
    }
    number = 1
    while (path := directory / ("run.json" if number == 1 else f"run-{number}.json")).exists():
        number += 1
    content = canonical(document)
    path.with_name(path.name + SUFFIX).write_bytes(
        key.sign(path.name, content, PREDICATE_TYPE, {"scenarios": len(played)})
    )
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
    return path


def _document(played: Played) -> Mapping[str, object]:
    """Return what the record tells of a scenario; everything else stands in its bundle."""
    bundle = PurePath(played.row.evidence).name if played.root_sha256 else ""
    return {**played.outcome(), "bundle": bundle, "root_sha256": played.root_sha256}


def read_run(directory: Path) -> RunRecord:
    """Read everything that a run left in a folder, also when it was killed before its end.

    Raises EvidenceError when the folder holds neither a sealed bundle nor the record of a run, when a bundle that the
    record names is missing or another one, and for a file that cannot be read.
    """
    records = [read_json(path, _record) for path in _records(directory)]
    folders = sorted(path for path in directory.iterdir() if path.is_dir()) if directory.is_dir() else []
    bundles = tuple(read_bundle(folder) for folder in folders if is_sealed(folder))
    if not records and not bundles:
        raise EvidenceError(
            f"{directory} holds no evidence of a run",
            "there is neither a run.json nor the folder of a drill in it",
            "name the folder that a run wrote, below .ziggie/evidence or what --evidence said",
        )
    named = [played for record in records for played in record.played]
    found = {bundle.directory.name: bundle.root_sha256 for bundle in bundles}
    lost = sorted(name for name, digest in _named(records).items() if found.get(name) != digest)
    if lost:
        raise EvidenceError(
            f"{directory} is not complete: {', '.join(lost)} is missing or was replaced",
            "the record of the run names what it sealed",
            "restore the folder from where the run wrote it",
        )
    return RunRecord(
        directory=directory,
        bundles=bundles,
        unplayed=tuple(played for played in named if not played.root_sha256),
        unsealed=tuple(folder for folder in folders if not is_sealed(folder)),
        complete=bool(records),
        wall_seconds=sum(record.effort.wall_seconds for record in records),
        peak_memory_bytes=max((record.effort.peak_memory_bytes for record in records), default=0),
        command=records[-1].command if records else (),
        ended=max((record.ended for record in records), default=None),
    )


def is_run(directory: Path) -> bool:
    """Say whether a folder holds what a run left: a record, or a sealed bundle."""
    return directory.is_dir() and (bool(_records(directory)) or any(map(is_sealed, directory.iterdir())))


def verify_run(directory: Path, key: PublicKey) -> Iterator[str]:
    """Yield what is wrong with the records of a run in a folder, and with every bundle there or named by them.

    Nothing when everything is as the owner of the key sealed it. Other files beside them, such as reports, are no
    evidence and are left alone. Raises EvidenceError for a record that cannot be read.
    """
    paths = _records(directory)
    if not paths:
        yield "run.json: missing, so the run was interrupted, and nobody can say which drills are missing"
    yield from verify_records(directory, key)
    named = _named(record for path in paths for record in [read_json(path, _record)])
    folders = {path.name: path for path in sorted(directory.iterdir()) if path.is_dir()}
    for name in sorted(named.keys() | folders.keys()):
        if name not in folders:
            yield f"{name}: missing, with all that the drill proved"
        elif name not in named and paths:
            yield f"{name}: additional, no record of a run names it"
        elif name in named and is_sealed(folders[name]) and root_of(folders[name]) != named[name]:
            yield f"{name}: another bundle than the one that the run sealed"
        if name in folders:
            yield from (f"{name}/{finding}" for finding in verify(folders[name], key))


def verify_records(directory: Path, key: PublicKey) -> Iterator[str]:
    """Yield what is wrong with the records of the runs in a folder, whatever became of their bundles."""
    for path in _records(directory):
        signature = path.with_name(path.name + SUFFIX)
        if not signature.is_file() or signature.is_symlink():
            yield f"{signature.name}: missing, so nobody vouches for {path.name}"
        else:
            yield from objections(path.name, path.read_bytes(), signature.read_bytes(), key)


def _records(directory: Path) -> Sequence[Path]:
    """Return the records of the runs that left their evidence in a folder, in the order of their numbers."""
    return sorted(directory.glob(RECORDS), key=lambda path: (len(path.name), path.name))


def _named(records: Iterable[_Record]) -> Mapping[str, str]:
    """Return the digests of the bundles that records name, by their folders."""
    played = [one for record in records for one in record.played]
    return {one.row.evidence: one.root_sha256 for one in played if one.root_sha256}


def unheld(directories: Iterable[Path]) -> Mapping[tuple[str, str], Retest]:
    """Return the last drill of each scenario that is on record in these folders, where that one did not hold.

    The scenario is named by its file and its name. Only the newest records are read; one that cannot be is left out.
    """
    paths = sorted(
        {path for directory in directories for path in directory.glob(RECORDS)},
        key=lambda path: path.stat().st_mtime_ns,
    )
    last: dict[tuple[str, str], Retest] = {}
    for path in paths[-RECENT:]:
        with suppress(EvidenceError):
            for played in read_json(path, _record).played:
                place = (played.requirement.path.partition("::")[0], played.requirement.scenario)
                if played.root_sha256:
                    last[place] = Retest(path.parent.name, played.row.ending.value, played.root_sha256)
    return {place: drill for place, drill in last.items() if drill.ending not in {Ending.PASSED, Ending.CAUGHT}}


@dataclass(frozen=True, slots=True)
class _Record:
    """What stands in one run.json."""

    ended: datetime
    effort: Effort
    command: tuple[str, ...]
    played: tuple[Played, ...]


def _record(fields: Mapping[str, Any]) -> _Record:
    """Read a run.json; raise ValueError for another format."""
    if fields["format"] != FORMAT:
        raise ValueError(f"format is {fields['format']!r}, expected {FORMAT}")
    effort = Effort(fields["wall_seconds"], fields["peak_memory_bytes"])
    return _Record(
        datetime.fromisoformat(fields["ended_utc"]),
        effort,
        tuple(fields["command"]),
        tuple(map(_played, fields["scenarios"])),
    )


def _played(fields: Mapping[str, Any]) -> Played:
    """Read one scenario of a run.json; its numbers stand in its bundle."""
    played = Played.of_outcome(fields)
    return Played(played.requirement, replace(played.row, evidence=fields["bundle"]), fields["root_sha256"])
