"""The sealed bundle: complete, read-only, and every later change to it is found."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.evidence.bundle import Bundle, is_sealed, read_verdicts, verify
from ziggie_harness.evidence.provenance import Checkout, Machine, Provenance
from ziggie_harness.kernel.journal import FileJournal, read_history
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.errors import EvidenceError
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.history import FaultProved, FaultStruck, History

if TYPE_CHECKING:
    from pathlib import Path

PROVENANCE = Provenance(
    drill="d1",
    requirement="REQ-DR-01",
    feature="Losing the primary region",
    scenario="The primary region goes dark",
    backend="embedded",
    clock="skipping",
    capabilities={Capability.DNS: Offer(Fidelity.EMULATED, "a name server of our own")},
    started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    ended=datetime(2026, 1, 2, 3, 4, 9, tzinfo=UTC),
    drill_seconds=412.0,
    skipped_seconds=400.0,
    seed=7,
    feature_text="Feature: Losing the primary region\n",
    topology_text="name: ziggie\n",
    checkout=Checkout("0123abc", dirty=False),
    machine=Machine.here(postgres="18.1"),
)
RTO = RecoveryTime(900, 30)
TAMPERED = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


class Steps:
    """A clock for a journal, a third of a second further at each look, so that times need rounding."""

    skipped_seconds = 0.0

    def __init__(self) -> None:
        """Start at zero."""
        self.looked = 0

    def now(self) -> float:
        """Return the next time."""
        self.looked += 1
        return self.looked / 3


def request(started: float, outcome: Outcome) -> RequestEnded:
    """Return a write that started then."""
    return RequestEnded("writer", "write", f"w{started}", started, outcome, "eu-west-1", "", "")


def fill(bundle: Bundle) -> History:
    """Write history, verdicts, provenance and logs of a small drill, and return the history as it can be read again."""
    with FileJournal(bundle.history_path, Steps()) as journal:
        journal.record(FaultStruck("region outage", "primary"))
        journal.record(FaultProved("region outage", "primary", "no packet came back"))
        journal.record(request(0.7, Outcome.REFUSED))
        journal.record(request(1.0, Outcome.ACKNOWLEDGED))
        journal.record(request(31.2, Outcome.ACKNOWLEDGED))
    history = read_history(bundle.history_path)
    bundle.write_provenance(PROVENANCE)
    bundle.write_verdicts([RTO.judge(history)])
    bundle.write_log("api.log", "ready\n")
    return history


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """Return a filled bundle that is not sealed yet."""
    made = Bundle(tmp_path / "drill")
    fill(made)
    return made


@pytest.fixture
def sealed(bundle: Bundle) -> Path:
    """Return the folder of a sealed bundle."""
    bundle.seal()
    return bundle.directory


def test_a_sealed_bundle_is_complete_and_as_sealed(sealed: Path) -> None:
    """Nothing is wrong with it, and every file of the format is there."""
    assert verify(sealed) == ()
    assert sorted(path.relative_to(sealed).as_posix() for path in sealed.rglob("*")) == [
        "SHA256SUMS",
        "history.jsonl",
        "logs",
        "logs/api.log",
        "manifest.json",
        "provenance.json",
        "verdicts.json",
    ]


def test_sha256sum_checks_it_too(sealed: Path) -> None:
    """The digests are in the format of coreutils, so nobody needs the harness to check them."""
    if shutil.which("sha256sum") is None:
        pytest.skip("this machine has no sha256sum")
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=sealed, capture_output=True, text=True, check=True)
    assert "logs/api.log: OK" in checked.stdout


def test_the_manifest_holds_the_digest_of_everything(bundle: Bundle) -> None:
    """Sealing returns the digest of SHA256SUMS, which the manifest states with the format's version."""
    digest = bundle.seal()
    manifest = json.loads((bundle.directory / "manifest.json").read_bytes())
    assert manifest == {"files": 4, "format": 1, "root_sha256": digest}
    assert digest == hashlib.sha256((bundle.directory / "SHA256SUMS").read_bytes()).hexdigest()


def test_judging_a_sealed_history_again_gives_the_same(sealed: Path) -> None:
    """What the checks said can be read back, and they say the same of the history in the bundle."""
    assert read_verdicts(sealed / "verdicts.json") == (RTO.judge(read_history(sealed / "history.jsonl")),)


def test_the_same_drill_gives_the_same_digest(bundle: Bundle, tmp_path: Path) -> None:
    """Files are written with sorted keys, so equal evidence has equal digests."""
    again = Bundle(tmp_path / "again")
    fill(again)
    assert again.seal() == bundle.seal()


def test_provenance_tells_what_ran_where(sealed: Path) -> None:
    """Texts stand there whole with their digest, times in UTC, and each capability with its fidelity."""
    document = json.loads((sealed / "provenance.json").read_bytes())
    assert document["topology"] == {
        "text": "name: ziggie\n",
        "sha256": hashlib.sha256(b"name: ziggie\n").hexdigest(),
    }
    assert document["capabilities"] == {"DNS": {"behind": "a name server of our own", "fidelity": "EMULATED"}}
    assert document["started_utc"] == "2026-01-02T03:04:05.000+00:00"
    assert document["git"] == {"commit": "0123abc", "dirty": False}
    assert document["versions"]["postgres"] == "18.1"
    assert {"python", "moto"} <= document["versions"].keys()
    assert document["host"]["user"]


def test_every_file_is_read_only(sealed: Path) -> None:
    """No file can be written by mistake."""
    assert {path.stat().st_mode & 0o777 for path in sealed.rglob("*") if path.is_file()} == {0o444}


def test_nothing_is_written_after_sealing(bundle: Bundle) -> None:
    """Each way to write, sealing again too, is refused with what to do instead."""
    bundle.seal()
    for write in (
        lambda: bundle.write_log("late.log", ""),
        lambda: bundle.write_verdicts([]),
        lambda: bundle.write_provenance(PROVENANCE),
        bundle.seal,
    ):
        with pytest.raises(EvidenceError, match="is sealed: sealed evidence never changes"):
            write()
    assert verify(bundle.directory) == ()


def test_a_bundle_never_starts_in_a_used_folder(sealed: Path) -> None:
    """Two drills never share a folder."""
    with pytest.raises(EvidenceError, match="holds something already"):
        Bundle(sealed)


def test_an_interrupted_drill_is_recognised(bundle: Bundle) -> None:
    """Without a manifest a bundle is unsealed, however much of it is there."""
    assert not is_sealed(bundle.directory)
    assert verify(bundle.directory) == (
        "manifest.json: missing, so the bundle was never sealed: its drill was interrupted",
    )
    (bundle.directory / "SHA256SUMS").write_bytes(b"")
    assert "never sealed" in verify(bundle.directory)[0]


def test_half_a_bundle_cannot_be_sealed(bundle: Bundle) -> None:
    """What is missing is named."""
    (bundle.directory / "verdicts.json").unlink()
    with pytest.raises(EvidenceError, match=r"verdicts\.json is missing"):
        bundle.seal()
    assert not is_sealed(bundle.directory)


def test_no_folder_is_a_finding_too(tmp_path: Path) -> None:
    """Verifying what does not exist does not raise."""
    assert verify(tmp_path / "nowhere") == (f"{tmp_path / 'nowhere'}: there is no such folder",)


@given(data=st.data())
@TAMPERED
def test_any_changed_byte_is_found(sealed: Path, data: st.DataObject) -> None:
    """Whichever byte of whichever file changes, the file is named."""
    names = sorted(path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file())
    path = sealed / data.draw(st.sampled_from(names))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    other = data.draw(st.integers(1, 255)) ^ before[place]
    path.chmod(0o644)
    try:
        path.write_bytes(before[:place] + bytes([other]) + before[place + 1 :])
        assert any(path.relative_to(sealed).as_posix() in finding for finding in verify(sealed))
    finally:
        path.write_bytes(before)
        path.chmod(0o444)


@pytest.mark.parametrize("name", ["provenance.json", "history.jsonl", "verdicts.json", "logs/api.log", "SHA256SUMS"])
def test_a_missing_file_is_named(sealed: Path, name: str) -> None:
    """Each file that was taken away is named."""
    (sealed / name).unlink()
    assert any(finding.startswith(f"{name}: missing") for finding in verify(sealed))


def test_an_additional_file_is_named(sealed: Path) -> None:
    """What was put into the folder later is named, also a file without content."""
    (sealed / "logs" / "late.log").touch()
    assert verify(sealed) == ("logs/late.log: additional, it was not there when the bundle was sealed",)


def test_a_link_in_the_place_of_a_file_is_named(sealed: Path, tmp_path: Path) -> None:
    """A link to the same content outside is a change: what it leads to is not sealed."""
    log = sealed / "logs" / "api.log"
    log.rename(tmp_path / "elsewhere.log")
    log.symlink_to(tmp_path / "elsewhere.log")
    assert verify(sealed) == ("logs/api.log: changed, it is no plain file any more",)


@pytest.mark.parametrize("name", ["two\nlines", "back\\slash"])
def test_a_name_that_would_forge_a_digest_is_refused(bundle: Bundle, name: str) -> None:
    """A name that SHA256SUMS cannot hold as it is stops the sealing, and the bundle stays unsealed."""
    (bundle.logs / name).touch()
    with pytest.raises(EvidenceError, match="printable names"):
        bundle.seal()
    assert not is_sealed(bundle.directory)


@pytest.mark.parametrize(
    "text", ["", "[{}]", "{}x", '[{"check": "c", "verdict": "GREEN", "sentence": "", "measurements": []}]']
)
def test_what_is_no_verdict_is_refused(tmp_path: Path, text: str) -> None:
    """A damaged file of verdicts is an error that names the file."""
    path = tmp_path / "verdicts.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"verdicts\.json holds no verdicts"):
        read_verdicts(path)
