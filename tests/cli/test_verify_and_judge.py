"""`ziggie verify` and `ziggie judge`: what they say of sealed evidence, and with which status they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ziggie_harness.cli import main
from ziggie_harness.evidence.bundle import sha256_of
from ziggie_harness.evidence.canonical import canonical
from ziggie_harness.evidence.judging import check_kinds
from ziggie_harness.evidence.sealed import read_bundle
from ziggie_harness.evidence.signing import KEY_VARIABLE
from ziggie_harness.model.tags import CHECKS

if TYPE_CHECKING:
    from click.testing import Result

KEPT = Path(__file__).resolve().parents[1] / "data" / "evidence"
"""A drill of the first days of this format, and the public half of the key that signed it."""


@pytest.fixture
def drill(tmp_path: Path) -> Path:
    """Return a copy of the kept bundle that may be changed."""
    copy = tmp_path / "drill"
    shutil.copytree(KEPT / "drill", copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def ziggie(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def verify(*arguments: str | Path) -> Result:
    """Run `ziggie verify` with the key of the kept bundle."""
    return ziggie("verify", "--key", KEPT / "signing-key.pub.pem", *arguments)


def test_a_kept_bundle_is_as_sealed(drill: Path) -> None:
    """Nothing has changed since, and the key is named."""
    done = verify(drill)
    assert done.exit_code == 0, done.output
    assert "as sealed with the key " in done.output


def test_a_kept_bundle_is_judged_as_it_was() -> None:
    """The code moves on, and its checks say of this history what they said on the day, verdict and numbers."""
    done = ziggie("judge", "--json", KEPT / "drill")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["as_before"]
    (judged,) = found["drills"]
    assert [one["check"] for one in judged["judgements"]] == [
        "recovery-time",
        "recovery-point",
        "dns-state",
        "single-writer",
    ]


def test_the_kept_bundle_tells_the_whole_story() -> None:
    """Its proof, parts and answers can be read without the code that made it; no path of a machine stands in it."""
    bundle = read_bundle(KEPT / "drill")
    assert bundle.verdict == "PASSED"
    (fault,) = bundle.record.faults
    assert fault.proof
    assert {answered.vantage for answered in bundle.record.dns_answers} > {"authority"}
    writes = [one for one in bundle.record.parity if one.what == "writes"]
    assert len({one.sha256 for one in writes}) <= len(writes)
    for path in (KEPT / "drill").rglob("*"):
        assert path.is_dir() or not any(root in path.read_bytes() for root in (b"/home/", b"/root/", b"/dev/shm/"))


def test_a_change_is_named_and_the_status_is_one(drill: Path) -> None:
    """Also as plain values."""
    (drill / "outcome.json").write_text("{}")
    done = verify("--json", drill)
    assert done.exit_code == 1
    (found,) = json.loads(done.stdout)["evidence"]
    assert found["problems"] == ["outcome.json: changed after the bundle was sealed"]
    assert "outcome.json: changed" in verify(drill).output


def test_a_missing_manifest_is_no_missing_evidence(drill: Path) -> None:
    """Whoever takes it away does not turn a changed bundle into something else."""
    (drill / "manifest.json").unlink()
    assert verify(drill).exit_code == 1


def test_another_format_is_told(drill: Path) -> None:
    """It is not taken for a change of some file."""
    path = drill / "manifest.json"
    path.write_text(path.read_text().replace('"format": 2', '"format": 1'))
    assert "the format is 1, and this version of the harness checks 2 alone" in verify(drill).output


def test_a_run_without_its_record_is_not_as_sealed(drill: Path) -> None:
    """Nobody can say which drills are missing."""
    done = verify(drill.parent)
    assert done.exit_code == 1
    assert "run.json: missing" in done.output


def test_what_is_no_evidence_cannot_be_verified_or_judged(tmp_path: Path) -> None:
    """The status is 3, and there is a hint."""
    for done in (verify(tmp_path), ziggie("judge", tmp_path), verify(tmp_path / "nowhere")):
        assert done.exit_code == 3
        assert "next: name the folder" in done.stderr


def test_without_a_key_nothing_can_be_verified(drill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner is asked for one."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    done = ziggie("verify", drill)
    assert done.exit_code == 3
    assert "name it with --key" in done.stderr


def resealed(drill: Path, **parameters: object) -> None:
    """Change parameters of the first judgement, and the digests with it, as a drill with another objective has them."""
    path, sums, manifest = (drill / name for name in ("verdicts.json", "SHA256SUMS", "manifest.json"))
    before = sha256_of(path)
    verdicts = json.loads(path.read_bytes())
    verdicts[0]["parameters"] |= parameters
    path.write_bytes(canonical(verdicts))
    sums.write_text(sums.read_text().replace(before, sha256_of(path)))
    manifest.write_bytes(canonical({**json.loads(manifest.read_bytes()), "root_sha256": sha256_of(sums)}))


def test_another_verdict_is_shown(drill: Path) -> None:
    """With what the check said then and what it says now; the status is 1."""
    resealed(drill, at_most_seconds=1.0)
    done = ziggie("judge", drill)
    assert done.exit_code == 1, done.output
    assert "recovery-time: FAILED, it was PASSED" in done.output
    assert "4 judgements, 1 of them not as before." in done.output


def test_other_numbers_are_shown(drill: Path) -> None:
    """The verdict is the same, and the numbers are not: that is no agreement."""
    resealed(drill, at_most_seconds=901.0)
    done = ziggie("judge", drill)
    assert done.exit_code == 1, done.output
    assert "recovery-time: PASSED as before, but with other numbers" in done.output


def test_a_check_that_takes_other_parameters_cannot_be_asked(drill: Path) -> None:
    """The version to judge with is named."""
    resealed(drill, patience=1)
    done = ziggie("judge", drill)
    assert done.exit_code == 3
    assert "cannot be asked again" in done.stderr
    assert "next: judge with the version" in done.stderr


def test_a_changed_history_is_not_judged(drill: Path) -> None:
    """Nobody learns a verdict from it."""
    with (drill / "history.jsonl").open("ab") as history:
        history.write(b"\n")
    done = ziggie("judge", drill)
    assert done.exit_code == 3
    assert "history.jsonl: changed after the bundle was sealed" in done.stderr


def test_every_check_can_be_found_by_its_name() -> None:
    """A judgement of any of them can be made again."""
    assert check_kinds().keys() == set(CHECKS)


@pytest.mark.parametrize("command", ["verify", "judge"])
def test_help_has_an_example(command: str) -> None:
    """A reader sees at once how it is called."""
    assert f"ziggie {command} .ziggie/evidence/" in " ".join(ziggie(command, "--help").output.split())
