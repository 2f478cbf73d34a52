"""Make the certificates and passwords of a compose project, once, in the volume that its servers share.

Nobody chose them and nobody has to know them; they go with the volume.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ziggie_harness.lab.certificates import Certificate, CertificateAuthority

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACE: Final = Path("/run/ziggie")
READY: Final = PLACE / "ready"

SERVERS: Final = 999
"""The user and group of PostgreSQL and of MongoDB in their images."""

VALID_DAYS: Final = 730

API, WITNESS = "api.ziggie.ai", "witness.ziggie.ai"
CERTIFICATES: Final = {
    "service-eu-north-1": ([API], "13.48.10.110"),
    "service-eu-west-1": ([API], "34.240.20.110"),
    "witness": ([WITNESS], "3.64.30.110"),
    "postgres-eu-north-1": ([], "13.48.10.130"),
    "postgres-eu-west-1": ([], "34.240.20.130"),
    "mongo-eu-north-1": ([], "13.48.10.140"),
    "mongo-eu-west-1": ([], "34.240.20.140"),
    "mongo-eu-central-1": ([], "3.64.30.140"),
}
"""Each server's file, the names by which it is asked for, and its address."""

PASSWORDS: Final = ("postgres", "replicator", "ziggie", "mongo")


def write(name: str, content: str, owner: int = 0) -> None:
    """Write a file for its owner's eyes only; PostgreSQL and mongod refuse a key that others may read."""
    path = PLACE / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    os.chown(path, owner, owner)


def issue(authority: CertificateAuthority, server: str, names: Sequence[str], address: str) -> None:
    """Write a server's certificate and key as it wants them."""
    # MongoDB is initiated from its own machine, where it knows nobody yet.
    addresses = [address, "127.0.0.1"] if server.startswith("mongo") else [address]
    made: Certificate = authority.issue(names, addresses)
    certificate, key = made.certificate_path.read_text(), made.key_path.read_text()
    owner = SERVERS if server.startswith(("mongo", "postgres")) else 0
    write(f"{server}.pem", certificate + key if server.startswith("mongo") else certificate, owner)
    if not server.startswith("mongo"):
        write(f"{server}.key", key, owner)
    made.certificate_path.unlink()
    made.key_path.unlink()


def main() -> None:
    """Make everything, unless it was made before."""
    if READY.exists():
        sys.stderr.write("certificates and passwords were made before\n")
        return
    authority = CertificateAuthority(PLACE, valid_days=VALID_DAYS)
    for server, (names, address) in CERTIFICATES.items():
        issue(authority, server, names, address)
    passwords = {user: secrets.token_urlsafe(32) for user in PASSWORDS}
    for user, password in passwords.items():
        write(f"{user}.password", password, SERVERS)
    write("mongo.key", base64.b64encode(secrets.token_bytes(128)).decode(), SERVERS)
    write("service.pgpass", f"*:*:*:ziggie:{passwords['ziggie']}\n")
    write("replicator.pgpass", f"*:*:*:replicator:{passwords['replicator']}\n", SERVERS)
    READY.touch()
    sys.stderr.write("certificates and passwords made\n")


if __name__ == "__main__":
    main()
