"""What keeps strangers out of a replica set: TLS for everybody, and a key that its members prove to know."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ziggie_harness.lab.certificates import CertificateAuthority

MECHANISM: Final = "SCRAM-SHA-256"

MEMBER: Final = "__system"
"""The user as which members know each other; the key is its password (MongoDB manual, "Internal Authentication")."""

_KEY_BYTES: Final = 128


@dataclass(frozen=True, slots=True)
class Security:
    """The authority that signs the members' certificates, and the members' key."""

    authority: CertificateAuthority
    key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())

    def options(self, directory: Path, address: str) -> list[str]:
        """Write what a member at an address needs into a directory, and return the options of its command line."""
        keyfile, together = directory / "keyfile", directory / "certificate-and-key.pem"
        issued = self.authority.issue([], [address])
        _write_secret(keyfile, self.key)
        _write_secret(together, issued.certificate_path.read_text() + issued.key_path.read_text())
        return [
            "--keyFile", str(keyfile),
            "--tlsMode", "requireTLS",
            "--tlsCertificateKeyFile", str(together),
            "--tlsCAFile", str(self.authority.certificate_path),
            # Clients and members are known by password and key, not by certificates of their own.
            "--tlsAllowConnectionsWithoutCertificates",
            "--setParameter", "tlsWithholdClientCertificate=true",
        ]  # fmt: skip


def prove_key(key: str, ask: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Prove to know the members' key, by SCRAM (RFC 5802, RFC 7677); ``ask`` raises when the server is not convinced.

    The server is believed without its own proof: TLS has shown who it is.
    """
    opening = f"n={MEMBER},r={base64.b64encode(secrets.token_bytes(18)).decode()}"
    begin = {"saslStart": 1, "mechanism": MECHANISM, "payload": f"n,,{opening}".encode()}
    challenge = ask({**begin, "options": {"skipEmptyExchange": True}})
    demanded = bytes(challenge["payload"]).decode()
    wanted = dict(part.split("=", 1) for part in demanded.split(","))
    closing = f"c=biws,r={wanted['r']}"
    salted = hashlib.pbkdf2_hmac("sha256", key.encode(), base64.b64decode(wanted["s"]), int(wanted["i"]))
    client_key = _keyed(salted, b"Client Key")
    signature = _keyed(hashlib.sha256(client_key).digest(), f"{opening},{demanded},{closing}".encode())
    proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
    payload = f"{closing},p={base64.b64encode(proof).decode()}".encode()
    ask({"saslContinue": 1, "conversationId": challenge["conversationId"], "payload": payload})


def _keyed(key: bytes, text: bytes) -> bytes:
    """Return the keyed hash of a text."""
    return hmac.digest(key, text, "sha256")


def _write_secret(path: Path, text: str) -> None:
    """Write a file for our eyes only; mongod refuses a key that others may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
