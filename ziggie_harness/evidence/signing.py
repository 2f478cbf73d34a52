"""Signatures of evidence: an in-toto statement in a DSSE envelope, with an Ed25519 key of the owner's.

`FILE.dsse` beside a file says which digest the file had and who sealed it. The formats are those of the field:
https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and
https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from ziggie_harness.evidence.canonical import canonical
from ziggie_harness.model.errors import EvidenceError

SUFFIX: Final = ".dsse"
"""What is added to the name of a file for that of its signature."""

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"

KEY_VARIABLE: Final = "ZIGGIE_SIGNING_KEY"
"""The environment variable that names the file of the owner's key."""

PRIVATE: Final = 0o600
OWN_NAME: Final = "signing-key.pem"
PUBLIC_NAME: Final = "signing-key.pub.pem"

MAKE_ONE: Final = "make one with `openssl genpkey -algorithm ed25519 -out signing-key.pem`, without a pass phrase"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a signature is checked with."""

    key: SSlibKey

    @property
    def identity(self) -> str:
        """The id that stands beside a signature: a digest of the key."""
        return str(self.key.keyid)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs evidence."""

    signer: CryptoSigner

    @property
    def public(self) -> PublicKey:
        """The key that checks its signatures."""
        return PublicKey(self.signer.public_key)

    def sign(self, name: str, content: bytes, predicate_type: str, predicate: Mapping[str, object]) -> bytes:
        """Return the envelope that says that a file of this name had this content."""
        statement = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
        envelope = Envelope(canonical(statement), PAYLOAD_TYPE, {})
        envelope.sign(self.signer)
        return canonical(envelope.to_dict())


def objections(name: str, content: bytes, signature: bytes, key: PublicKey) -> Iterator[str]:
    """Yield why a signature does not show that a file had this content when the owner of the key signed it."""
    try:
        envelope = Envelope.from_dict(json.loads(signature))
        unchanged = canonical(envelope.to_dict()) == signature and envelope.payload_type == PAYLOAD_TYPE
        signers = list(envelope.signatures)
        statement = json.loads(envelope.payload)
        subject = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        yield f"{name}{SUFFIX}: changed, it is no signature any more"
        return
    try:
        envelope.verify([key.key], 1)
    except VerificationError:
        if signers == [key.identity]:
            yield f"{name}{SUFFIX}: changed, the signature does not fit what it signs"
        else:
            yield (
                f"{name}{SUFFIX}: not signed with the key {key.identity}, but with {', '.join(signers) or 'none'}; "
                "either the key to check it with is another one, or somebody sealed it anew"
            )
        return
    if not unchanged:
        # Base64 and JSON spell one content in several ways; a signature alone does not notice another spelling.
        yield f"{name}{SUFFIX}: changed, although the signature in it is whole"
    if subject != {name: hashlib.sha256(content).hexdigest()}:
        yield f"{name}: changed, it is not what was signed"


def signer_of(signature: bytes) -> str:
    """Return the id of the key that an envelope says it was signed with; nothing when it cannot be read."""
    try:
        return str(json.loads(signature)["signatures"][0]["keyid"])
    except (ValueError, KeyError, TypeError, IndexError):
        return ""


def own_directory() -> Path:
    """Return where this user's key is kept: `ziggie` below $XDG_STATE_HOME, which is ~/.local/state if unset.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state") / "ziggie"


def signing_key(path: Path | None) -> SigningKey:
    """Return the owner's key from a file, from what the environment names, or this user's own, made on first use.

    Raises EvidenceError when it cannot be read or made, and when it is no Ed25519 key.
    """
    chosen = path or (Path(named) if (named := os.environ.get(KEY_VARIABLE)) else None)
    if chosen is None:
        chosen = own_directory() / OWN_NAME
        if not chosen.exists():
            _make(chosen)
    try:
        private = load_pem_private_key(chosen.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EvidenceError(f"the signing key {chosen} cannot be read", str(error), MAKE_ONE) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise EvidenceError(f"the signing key {chosen} is no Ed25519 key", "evidence is signed with Ed25519", MAKE_ONE)
    return SigningKey(CryptoSigner(private))


def public_key(path: Path | None) -> PublicKey:
    """Return the key of a file, or the public half of the one that signs here; none is made.

    Raises EvidenceError when it cannot be read, when it is no Ed25519 key, and when there is none.
    """
    if path is None:
        if not os.environ.get(KEY_VARIABLE) and not (own_directory() / OWN_NAME).exists():
            raise EvidenceError(
                "there is no key to check signatures with",
                f"no run was ever signed by this user, and {KEY_VARIABLE} names none",
                f"ask who ran the drills for their {PUBLIC_NAME} and name it with --key",
            )
        return signing_key(None).public
    try:
        public = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        hint = "name a file in PEM form that begins with BEGIN PUBLIC KEY"
        raise EvidenceError(f"the public key {path} cannot be read", str(error), hint) from error
    if not isinstance(public, Ed25519PublicKey):
        raise EvidenceError(f"the public key {path} is no Ed25519 key", "evidence is signed with Ed25519")
    return PublicKey(SSlibKey.from_crypto(public))


def _make(path: Path) -> None:
    """Make a key for this user alone, with its public half beside it; another run may do so at the same time."""
    private = Ed25519PrivateKey.generate()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
        public = load_pem_private_key(path.read_bytes(), password=None).public_key()
        (path.parent / PUBLIC_NAME).write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise EvidenceError(
            f"no signing key can be made at {path}",
            error.strerror or str(error),
            f"name one with --signing-key or {KEY_VARIABLE}; {MAKE_ONE}",
        ) from error
