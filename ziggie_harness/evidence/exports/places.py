"""Where a finding is to be mended: the line of the variant, of the owner's script, or of the design's key at fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.drill.stage import DATA, designs
from ziggie_harness.drill.yaml_file import YamlFile, read_yaml
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.evidence.record import Finding
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.errors import DeclarationError
from ziggie_harness.model.history import ScriptEnded

SCRIPTS: Final = "script-"
"""How the names of checks begin that judge an owner's script."""

KEYS: Final[Mapping[str, str]] = {
    "recovery-time": "objectives.{strategy}.rto",
    "recovery-point": "objectives.{strategy}.rpo",
    "object-recovery-point": "objectives.{strategy}.rpo",
    "dns-state": "records",
    "single-writer": "fencing",
    "service-available": "health_checks",
    "unprotected-time": "objectives.{strategy}",
    "alert-delivered": "alerts",
    "object-": "buckets",
    "bucket-": "buckets",
    "replication-": "buckets",
    "secret-": "secrets",
}
"""The key of a design that a check holds to its word, by how the check's name begins; `databases` for all others."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    path: Path
    line: int
    key: str = ""
    """The dotted key that stands there, in a file that declares something."""


def place_of(run: RunRecord, bundle: SealedBundle, finding: Finding) -> Place | None:
    """Return where to mend what was found, or None when the drilled design is in no file that is here."""
    planted = bundle.provenance.design.planted
    if finding.defects and planted is not None:
        return _of_variant(planted)
    if finding.check.startswith(SCRIPTS) and (script := _script(bundle)) is not None:
        return Place(script, 1)
    return _of_design(run, bundle, finding.check)


def _of_variant(planted: Planted) -> Place | None:
    """Return the first key that a planted defect changes, in the file that declares the defect."""
    for path in sorted((DATA / "variants").glob("*.yaml")):
        file = read_yaml(path, "the variant")
        if isinstance(file.values, dict) and file.values.get("phrase") == planted.phrase:
            key = next(iter(planted.overrides), "")
            return Place(path, _line(file, f"overrides.{key}"), key)
    return None


def _script(bundle: SealedBundle) -> Path | None:
    """Return the file of the script that the drill ran last."""
    scripts = [event.script for _, event in bundle.history().of_kind(ScriptEnded)]
    path = DATA / "runbooks" / f"{scripts[-1]}.sh" if scripts else None
    return path if path is not None and path.is_file() else None


def _of_design(run: RunRecord, bundle: SealedBundle, check: str) -> Place | None:
    """Return the key that a check holds to its word, in the file of the drilled design."""
    strategy = str(bundle.provenance.design.effective.get("strategy", ""))
    prefix = next((name for name in KEYS if check.startswith(name)), "")
    key = KEYS.get(prefix, "databases").format(strategy=strategy)
    for path in _design_files(run):
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == bundle.provenance.design.text:
            try:
                return Place(path, _line(read_yaml(path, "the topology"), key), key)
            except DeclarationError:
                return Place(path, 1)
    return None


def _design_files(run: RunRecord) -> Iterator[Path]:
    """Yield the files in which the design of a run may be declared: what its command line named, and our own."""
    for before, word in zip(run.command, run.command[1:], strict=False):
        if before == "--topology":
            yield Path(word)
    yield from (Path(word.partition("=")[2]) for word in run.command if word.startswith("--topology="))
    yield from designs().values()


def _line(file: YamlFile, key: str) -> int:
    """Return the line of a key, or of the part that it would stand in."""
    keys = key.split(".")
    paths: Iterable[str] = (".".join(keys[:length]) for length in range(len(keys), -1, -1))
    return next((file.lines[path] for path in paths if path in file.lines), 1)
