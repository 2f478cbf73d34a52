"""The sealed bundle: complete, read-only, and every later change to it is found."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziggie_harness.evidence.bundle import Bundle, is_sealed, verify
from ziggie_harness.model.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ziggie_harness.evidence.provenance import Provenance
    from ziggie_harness.evidence.signing import SigningKey

TAMPERED = settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)


def test_a_sealed_bundle_is_complete_and_as_sealed(sealed: Path, key: SigningKey) -> None:
    """Nothing is wrong with it, and every file of the format is there."""
    assert verify(sealed, key.public) == ()
    assert sorted(path.relative_to(sealed).as_posix() for path in sealed.rglob("*")) == [
        "SHA256SUMS",
        "history.jsonl",
        "logs",
        "logs/api.log",
        "manifest.json",
        "manifest.json.dsse",
        "outcome.json",
        "provenance.json",
        "record.json",
        "sbom.cdx.json",
        "verdicts.json",
    ]


def test_sha256sum_checks_it_too(sealed: Path) -> None:
    """The digests are in the format of coreutils, so nobody needs the harness to check them."""
    if shutil.which("sha256sum") is None:
        pytest.skip("this machine has no sha256sum")
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=sealed, capture_output=True, text=True, check=True)
    assert "logs/api.log: OK" in checked.stdout


def test_the_manifest_holds_the_digest_of_everything(bundle: Bundle, key: SigningKey) -> None:
    """Sealing returns the digest of SHA256SUMS, which the manifest states with the format's version."""
    digest = bundle.seal(key, {})
    manifest = json.loads((bundle.directory / "manifest.json").read_bytes())
    assert manifest == {"files": 7, "format": 2, "root_sha256": digest}
    assert digest == hashlib.sha256((bundle.directory / "SHA256SUMS").read_bytes()).hexdigest()


def test_the_same_drill_gives_the_same_digest(
    bundle: Bundle, filled: Callable[[Bundle], Bundle], tmp_path: Path, key: SigningKey
) -> None:
    """Files are written with sorted keys, so equal evidence has equal digests."""
    assert filled(Bundle(tmp_path / "again")).seal(key, {}) == bundle.seal(key, {})


def test_provenance_tells_what_ran_where(sealed: Path) -> None:
    """Texts stand there whole with their digest, times in UTC, and each capability with its fidelity."""
    document = json.loads((sealed / "provenance.json").read_bytes())
    assert document["design"]["text"] == "name: ziggie\n"
    assert document["design"]["sha256"] == hashlib.sha256(b"name: ziggie\n").hexdigest()
    assert document["design"]["effective_sha256"] == hashlib.sha256(b'{"fencing":null,"name":"ziggie"}').hexdigest()
    assert document["capabilities"] == {"DNS": {"behind": "a name server of our own", "fidelity": "EMULATED"}}
    assert document["started_utc"] == "2026-01-02T03:04:05.000+00:00"
    assert document["git"] == {"commit": "0123abc", "dirty": False}
    assert document["versions"]["postgres"] == "18.1"
    assert {"python", "moto"} <= document["versions"].keys()
    assert document["run_by"]
    assert document["approved_by"] == "the release manager"


def test_every_file_is_read_only(sealed: Path) -> None:
    """No file can be written by mistake."""
    assert {path.stat().st_mode & 0o777 for path in sealed.rglob("*") if path.is_file()} == {0o444}


def test_nothing_is_written_after_sealing(bundle: Bundle, provenance: Provenance, key: SigningKey) -> None:
    """Each way to write, sealing again too, is refused with what to do instead."""
    bundle.seal(key, {})
    for write in (
        lambda: bundle.write_log("late.log", ""),
        lambda: bundle.write_verdicts([]),
        lambda: bundle.write_provenance(provenance),
        lambda: bundle.seal(key, {}),
    ):
        with pytest.raises(EvidenceError, match="is sealed: sealed evidence never changes"):
            write()
    assert verify(bundle.directory, key.public) == ()


def test_a_bundle_never_starts_in_a_used_folder(sealed: Path) -> None:
    """Two drills never share a folder."""
    with pytest.raises(EvidenceError, match="holds something already"):
        Bundle(sealed)


def test_an_interrupted_drill_is_recognised(bundle: Bundle, key: SigningKey) -> None:
    """Without a manifest a bundle is unsealed, however much of it is there."""
    assert not is_sealed(bundle.directory)
    assert verify(bundle.directory, key.public) == (
        "manifest.json: missing, so the bundle was never sealed: its drill was interrupted",
    )
    (bundle.directory / "SHA256SUMS").write_bytes(b"")
    assert "never sealed" in verify(bundle.directory, key.public)[0]


def test_half_a_bundle_cannot_be_sealed(bundle: Bundle, key: SigningKey) -> None:
    """What is missing is named."""
    (bundle.directory / "verdicts.json").unlink()
    with pytest.raises(EvidenceError, match=r"verdicts\.json is missing"):
        bundle.seal(key, {})
    assert not is_sealed(bundle.directory)


def test_no_folder_is_a_finding_too(tmp_path: Path, key: SigningKey) -> None:
    """Verifying what does not exist does not raise."""
    assert verify(tmp_path / "nowhere", key.public) == (f"{tmp_path / 'nowhere'}: there is no such folder",)


@given(data=st.data())
@TAMPERED
def test_any_changed_byte_is_found(sealed: Path, data: st.DataObject, key: SigningKey) -> None:
    """Whichever byte of whichever file changes, the file is named."""
    names = sorted(path.relative_to(sealed).as_posix() for path in sealed.rglob("*") if path.is_file())
    path = sealed / data.draw(st.sampled_from(names))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    other = data.draw(st.integers(1, 255)) ^ before[place]
    path.chmod(0o644)
    try:
        path.write_bytes(before[:place] + bytes([other]) + before[place + 1 :])
        assert any(path.relative_to(sealed).as_posix() in finding for finding in verify(sealed, key.public))
    finally:
        path.write_bytes(before)
        path.chmod(0o444)


@pytest.mark.parametrize(
    "name", ["provenance.json", "outcome.json", "history.jsonl", "verdicts.json", "logs/api.log", "SHA256SUMS"]
)
def test_a_missing_file_is_named(sealed: Path, name: str, key: SigningKey) -> None:
    """Each file that was taken away is named."""
    (sealed / name).unlink()
    assert any(finding.startswith(f"{name}: missing") for finding in verify(sealed, key.public))


def test_an_additional_file_is_named(sealed: Path, key: SigningKey) -> None:
    """What was put into the folder later is named, also a file without content."""
    (sealed / "logs" / "late.log").touch()
    assert verify(sealed, key.public) == ("logs/late.log: additional, it was not there when the bundle was sealed",)


def test_a_link_in_the_place_of_a_file_is_named(sealed: Path, tmp_path: Path, key: SigningKey) -> None:
    """A link to the same content outside is a change: what it leads to is not sealed."""
    log = sealed / "logs" / "api.log"
    log.rename(tmp_path / "elsewhere.log")
    log.symlink_to(tmp_path / "elsewhere.log")
    assert verify(sealed, key.public) == ("logs/api.log: changed, it is no plain file any more",)


@pytest.mark.parametrize("name", ["two\nlines", "back\\slash"])
def test_a_name_that_would_forge_a_digest_is_refused(bundle: Bundle, name: str, key: SigningKey) -> None:
    """A name that SHA256SUMS cannot hold as it is stops the sealing, and the bundle stays unsealed."""
    (bundle.logs / name).touch()
    with pytest.raises(EvidenceError, match="printable names"):
        bundle.seal(key, {})
    assert not is_sealed(bundle.directory)
