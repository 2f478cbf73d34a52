"""Signatures: any flipped bit is found, another key is named, and the formats are those of the field."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from google.protobuf.json_format import Parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message  # type: ignore[attr-defined] # made at import

from ziggie_harness.evidence.bundle import verify
from ziggie_harness.evidence.run_record import verify_run, write_run
from ziggie_harness.evidence.sealed import read_bundle
from ziggie_harness.evidence.signing import KEY_VARIABLE, public_key, signer_of, signing_key
from ziggie_harness.evidence.summary import Effort
from ziggie_harness.model.errors import EvidenceError

if TYPE_CHECKING:
    from pathlib import Path

    from ziggie_harness.evidence.signing import SigningKey

FLIPPED = settings(max_examples=200, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state directory of a user who has no key yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    return tmp_path / "state" / "ziggie"


@pytest.fixture
def run(sealed: Path, key: SigningKey) -> Path:
    """Return the folder of a run of one drill."""
    write_run(sealed.parent, [read_bundle(sealed).played], Effort(1.0, 1), ("pytest",), key)
    return sealed.parent


def pem(
    private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption | None = None
) -> bytes:
    """Return a key as the owner keeps it."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@given(data=st.data())
@FLIPPED
def test_a_flipped_bit_anywhere_is_found(run: Path, key: SigningKey, data: st.DataObject) -> None:
    """Whichever bit of whichever file of a run flips, manifest, signatures and digests included, it is found."""
    path = data.draw(st.sampled_from(sorted(path for path in run.rglob("*") if path.is_file())))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    flipped = before[place] ^ (1 << data.draw(st.integers(0, 7)))
    path.chmod(0o644)
    try:
        path.write_bytes(before[:place] + bytes([flipped]) + before[place + 1 :])
        assert problems(run, key)
    finally:
        path.write_bytes(before)


def test_every_bit_of_a_signature_counts(sealed: Path, key: SigningKey) -> None:
    """Base64 has bits that no byte depends on, and JSON has other spellings: they are found as well."""
    path = sealed / "manifest.json.dsse"
    before = path.read_bytes()
    path.chmod(0o644)
    for place in range(len(before)):
        for bit in range(8):
            path.write_bytes(before[:place] + bytes([before[place] ^ (1 << bit)]) + before[place + 1 :])
            assert verify(sealed, key.public), (place, bit)
    path.write_bytes(before)
    assert verify(sealed, key.public) == ()


def problems(run: Path, key: SigningKey) -> list[str]:
    """Return what is wrong with a run; a record that cannot be read is wrong, too."""
    try:
        return list(verify_run(run, key.public))
    except EvidenceError as error:
        return [str(error)]


def test_a_run_is_as_sealed(run: Path, key: SigningKey) -> None:
    """Nothing is wrong with it; a report beside the evidence is none."""
    (run / "report.html").touch()
    assert list(verify_run(run, key.public)) == []


def test_a_missing_drill_is_named(run: Path, key: SigningKey) -> None:
    """Nobody takes away a drill that failed."""
    shutil.rmtree(run / "drill")
    assert list(verify_run(run, key.public)) == ["drill: missing, with all that the drill proved"]


def test_an_added_drill_is_named(run: Path, key: SigningKey) -> None:
    """Nor does anybody add one that passed."""
    (run / "other").mkdir()
    assert "other: additional, no record of a run names it" in list(verify_run(run, key.public))


@pytest.mark.parametrize("name", ["run.json", "run.json.dsse", "drill/manifest.json.dsse", "drill/manifest.json"])
def test_a_missing_file_of_the_seal_is_named(run: Path, key: SigningKey, name: str) -> None:
    """Each part of the seal has to be there."""
    (run / name).unlink()
    assert any(finding.startswith(f"{name}: missing") for finding in verify_run(run, key.public))


def test_what_was_sealed_anew_is_found(sealed: Path, key: SigningKey, home: Path) -> None:
    """Whoever changes a bundle and seals it again has another key, and both are named."""
    assert not home.exists()
    other = signing_key(None)
    manifest = (sealed / "manifest.json").read_bytes()
    (sealed / "manifest.json.dsse").chmod(0o644)
    (sealed / "manifest.json.dsse").write_bytes(other.sign("manifest.json", manifest, "https://example.org/v1", {}))
    (finding,) = verify(sealed, key.public)
    assert f"not signed with the key {key.public.identity}, but with {other.public.identity}" in finding
    assert verify(sealed, other.public) == ()


def test_a_signature_of_another_manifest_is_found(sealed: Path, key: SigningKey) -> None:
    """A genuine signature does not vouch for a file that it does not name."""
    (sealed / "manifest.json.dsse").chmod(0o644)
    (sealed / "manifest.json.dsse").write_bytes(key.sign("manifest.json", b"{}\n", "https://example.org/v1", {}))
    assert "manifest.json: changed, it is not what was signed" in verify(sealed, key.public)


def test_the_statement_is_one_of_in_toto(sealed: Path) -> None:
    """The library of that format accepts it, and the envelope has the fields of DSSE and no more."""
    envelope = json.loads((sealed / "manifest.json.dsse").read_bytes())
    assert envelope.keys() == {"payload", "payloadType", "signatures"}
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    Statement.copy_from_pb(Parse(base64.b64decode(envelope["payload"]), Message())).validate()


def test_a_key_is_made_once_for_its_user_alone(home: Path) -> None:
    """Nobody else may read it; its public half lies beside it for whoever verifies."""
    with ThreadPoolExecutor(4) as several:
        keys = {made.public.identity for made in several.map(lambda _: signing_key(None), range(8))}
    assert keys == {signing_key(None).public.identity}
    assert stat.S_IMODE((home / "signing-key.pem").stat().st_mode) == 0o600
    assert public_key(home / "signing-key.pub.pem").identity in keys
    assert sorted(path.name for path in home.iterdir()) == ["signing-key.pem", "signing-key.pub.pem"]


def test_the_owner_names_a_key(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By option or by environment; no other is made then."""
    (tmp_path / "own.pem").write_bytes(pem(Ed25519PrivateKey.generate()))
    named = signing_key(tmp_path / "own.pem").public.identity
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "own.pem"))
    assert signing_key(None).public.identity == public_key(None).identity == named
    assert not home.exists()


def test_to_verify_makes_no_key(home: Path) -> None:
    """A key made on the spot would fit nothing, and look like a forgery."""
    with pytest.raises(EvidenceError, match="no key to check signatures with"):
        public_key(None)
    assert not home.exists()


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    """The error names the file, and says how to make one."""
    path = tmp_path / "key.pem"
    for content in (b"", b"no key", pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret"))):
        path.write_bytes(content)
        with pytest.raises(EvidenceError, match=r"key\.pem cannot be read.*\n.*openssl genpkey"):
            signing_key(path)
        with pytest.raises(EvidenceError, match=r"key\.pem cannot be read"):
            public_key(path)
    elliptic = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(pem(elliptic))
    with pytest.raises(EvidenceError, match="no Ed25519 key"):
        signing_key(path)
    path.write_bytes(elliptic.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(EvidenceError, match="no Ed25519 key"):
        public_key(path)
    with pytest.raises(EvidenceError, match="cannot be read"):
        signing_key(tmp_path / "nowhere.pem")


def test_where_no_key_can_be_made_the_owner_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state directory that is a file."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(EvidenceError, match=r"no signing key can be made .*\n.*--signing-key"):
        signing_key(None)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"signatures": []}', b'{"signatures": [{}]}'])
def test_no_signature_names_no_key(content: bytes) -> None:
    """To read who signed never raises."""
    assert signer_of(content) == ""
