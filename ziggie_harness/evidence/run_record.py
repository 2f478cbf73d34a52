"""The record of a whole run, beside the bundles of its drills: what was played, what was not, and what it took.

`run.json` is written when a run ends. A second run into the same folder writes `run-2.json`, and so on: what a run
left is never changed. A run that was killed leaves the bundles of the drills that it had sealed, and no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Final

from ziggie_harness.evidence.bundle import FORMAT, canonical, is_sealed
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.sealed import SealedBundle, read_bundle, read_json
from ziggie_harness.evidence.summary import Effort
from ziggie_harness.model.errors import EvidenceError

RECORDS: Final = "run*.json"
"""The records of the runs that left their evidence in one folder."""


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

    @property
    def scenarios(self) -> tuple[Played, ...]:
        """Every scenario, played or not, in the order of feature, line and name."""
        played = (*(bundle.played for bundle in self.bundles), *self.unplayed)
        return tuple(sorted(played, key=lambda one: (one.row.feature, one.row.line, one.row.scenario)))


def write_run(directory: Path, played: Sequence[Played], effort: Effort, command: Sequence[str]) -> Path:
    """Write down what a run played into a folder, and return the file."""
    directory.mkdir(parents=True, exist_ok=True)
    document = {
        "format": FORMAT,
        "wall_seconds": round(effort.wall_seconds, 3),
        "peak_memory_bytes": effort.peak_memory_bytes,
        "command": list(command),
        "scenarios": [_document(one) for one in played],
    }
    number = 1
    while (path := directory / ("run.json" if number == 1 else f"run-{number}.json")).exists():
        number += 1
    part = path.with_suffix(".part")
    part.write_bytes(canonical(document))
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
    paths = sorted(directory.glob(RECORDS), key=lambda path: (len(path.name), path.name))
    records = [read_json(path, _record) for path in paths]
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
    names = {PurePath(played.row.evidence).name: played.root_sha256 for played in named if played.root_sha256}
    lost = sorted(name for name, digest in names.items() if found.get(name) != digest)
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
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """What stands in one run.json."""

    effort: Effort
    command: tuple[str, ...]
    played: tuple[Played, ...]


def _record(fields: Mapping[str, Any]) -> _Record:
    """Read a run.json; raise ValueError for another format."""
    if fields["format"] != FORMAT:
        raise ValueError(f"format is {fields['format']!r}, expected {FORMAT}")
    effort = Effort(fields["wall_seconds"], fields["peak_memory_bytes"])
    return _Record(effort, tuple(fields["command"]), tuple(map(_played, fields["scenarios"])))


def _played(fields: Mapping[str, Any]) -> Played:
    """Read one scenario of a run.json; its numbers stand in its bundle."""
    played = Played.of_outcome(fields)
    return Played(played.requirement, replace(played.row, evidence=fields["bundle"]), fields["root_sha256"])
