"""Sealed evidence is read again as it was written, and what is no evidence is refused with what to do."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.evidence.bundle import Bundle
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import read_run, write_run
from ziggie_harness.evidence.sealed import read_bundle
from ziggie_harness.evidence.summary import Effort
from ziggie_harness.model.errors import EvidenceError
from ziggie_harness.model.fidelity import Fidelity
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ziggie_harness.evidence.provenance import Provenance
    from ziggie_harness.evidence.signing import SigningKey

EFFORT = Effort(12.3456, 300_000_000)


def rewritten(path: Path, **changes: object) -> None:
    """Change keys of a sealed file, as another version of the harness would have written it."""
    path.chmod(0o644)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}), encoding="utf-8")


def test_provenance_is_read_as_it_was_written(sealed: Path, provenance: Provenance) -> None:
    """Nothing is lost between the drill and its reader, years later."""
    assert read_bundle(sealed).provenance == provenance


def test_the_row_has_the_numbers_of_the_verdicts(sealed: Path) -> None:
    """The summary of a sealed drill can be printed again: nothing in it stands twice in the bundle."""
    bundle = read_bundle(sealed)
    row = bundle.played.row
    assert (row.ending, row.caught_by, row.line) == (Ending.CAUGHT, "recovery-time", 12)
    assert (row.fidelity, row.weakest) == (Fidelity.EMULATED, ("DNS",))
    assert row.rto_seconds == pytest.approx(1.0)
    assert (row.drill_seconds, row.skipped_seconds, row.evidence) == (412.0, 400.0, str(sealed))
    assert bundle.played.is_sabotage
    assert bundle.played.expected_check == "recovery-time"
    assert bundle.verdict == "FAILED"


def test_judging_a_sealed_history_again_gives_the_same(sealed: Path) -> None:
    """The check can be made again from its recorded parameters, and says the same of the history in the bundle."""
    bundle = read_bundle(sealed)
    (judged,) = bundle.judged
    assert judged.parameters == {"at_most_seconds": 900, "stability_window_seconds": 30, "operation": "write"}
    again = RecoveryTime(900, 30)
    assert Judged.by(again, again.judge(bundle.history())) == judged


def test_what_was_played_travels_as_text(sealed: Path) -> None:
    """A worker's scenario arrives whole where the summary is printed."""
    played = read_bundle(sealed).played
    assert Played.decode(played.encode()) == played


@pytest.mark.parametrize("other", [1, 3, "2"])
def test_another_format_is_refused(sealed: Path, other: object) -> None:
    """A bundle of another version is never half understood."""
    rewritten(sealed / "manifest.json", format=other)
    with pytest.raises(EvidenceError, match=r"manifest\.json: format is .*, expected 2"):
        read_bundle(sealed)


@pytest.mark.parametrize("name", ["outcome.json", "provenance.json", "record.json", "verdicts.json"])
@pytest.mark.parametrize("text", ["", "{}", "[{}]", "null", "{}x"])
def test_a_damaged_file_is_named(sealed: Path, name: str, text: str) -> None:
    """What cannot be read is an error that names the file."""
    (sealed / name).unlink()
    (sealed / name).write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=rf"{name} cannot be read"):
        read_bundle(sealed)


def test_an_unsealed_folder_is_no_bundle(bundle: Bundle) -> None:
    """An interrupted drill proves nothing."""
    with pytest.raises(EvidenceError, match="is no sealed bundle"):
        read_bundle(bundle.directory)


def test_a_run_is_read_with_what_was_not_played(
    sealed: Path, filled: Callable[[Bundle], Bundle], tmp_path: Path, key: SigningKey
) -> None:
    """The record has every scenario: sealed, skipped and interrupted."""
    first = read_bundle(sealed).played
    skipped = Played(first.requirement, Row(first.row.feature, first.row.scenario, Ending.SKIPPED, 12, "no namespaces"))
    filled(Bundle(tmp_path / "interrupted"))
    write_run(tmp_path, [first, skipped], EFFORT, ("pytest", "features"), key)
    run = read_run(tmp_path)
    assert [bundle.directory for bundle in run.bundles] == [sealed]
    assert run.unplayed == (skipped,)
    assert run.scenarios == (first, skipped)
    assert run.unsealed == (tmp_path / "interrupted",)
    assert (run.complete, run.wall_seconds, run.peak_memory_bytes) == (True, 12.346, 300_000_000)
    assert run.command == ("pytest", "features")


def test_a_second_run_into_the_same_folder_adds_a_record(sealed: Path, key: SigningKey) -> None:
    """What the first run left is not changed."""
    played = read_bundle(sealed).played
    paths = [write_run(sealed.parent, [played], EFFORT, ("pytest", str(number)), key) for number in range(11)]
    assert [path.name for path in paths[:2]] == ["run.json", "run-2.json"]
    assert read_run(sealed.parent).command == ("pytest", "10")
    assert len(read_run(sealed.parent).scenarios) == 1


def test_a_killed_run_is_read_too(sealed: Path) -> None:
    """Without a record there are still the drills that it had sealed, and the reader is told."""
    run = read_run(sealed.parent)
    assert not run.complete
    assert len(run.scenarios) == 1


def test_a_bundle_that_the_record_names_has_to_be_there(sealed: Path, key: SigningKey) -> None:
    """Nobody takes a drill out of a run unnoticed."""
    write_run(sealed.parent, [read_bundle(sealed).played], EFFORT, (), key)
    shutil.rmtree(sealed)
    with pytest.raises(EvidenceError, match="drill is missing or was replaced"):
        read_run(sealed.parent)


def test_no_run_is_refused(tmp_path: Path) -> None:
    """An empty folder, or none, is no evidence."""
    for directory in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(EvidenceError, match="holds no evidence of a run"):
            read_run(directory)


def test_a_check_whose_parameters_cannot_be_kept_is_refused(sealed: Path) -> None:
    """A judgement that nobody could make again is no evidence."""
    (judgement,) = read_bundle(sealed).judgements
    assert judgement.verdict is Verdict.UNKNOWN
    with pytest.raises(TypeError, match="is no dataclass"):
        Judged.by(object(), judgement)
