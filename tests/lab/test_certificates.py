"""The lab's certificate authority: TLS that clients check as strictly as anywhere."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.lab.certificates import Certificate, CertificateAuthority
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    """Make one authority for all tests here."""
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


def shake_hands(authority: CertificateAuthority, certificate: Certificate, name: str) -> str:
    """Connect over TLS and return the protocol; ssl.SSLError when the client refuses."""
    near, far = socket.socketpair()
    near.settimeout(5)
    far.settimeout(5)

    def serve() -> None:
        """Answer one handshake, whose failure is the client's to report."""
        with far:
            try:
                authority.server_context(certificate).wrap_socket(far, server_side=True).close()
            except OSError:
                return

    server = threading.Thread(target=serve)
    server.start()
    try:
        with near, authority.client_context().wrap_socket(near, server_hostname=name) as client:
            return client.version() or ""
    finally:
        server.join()


@pytest.mark.parametrize("name", ["api.ziggie.example", "rds.eu-west-1.amazonaws.com", "13.48.10.10"])
def test_names_are_trusted(authority: CertificateAuthority, name: str) -> None:
    """A name, a wildcard and an address of the certificate are all accepted."""
    certificate = authority.issue(["api.ziggie.example", "*.eu-west-1.amazonaws.com"], ["13.48.10.10"])
    assert shake_hands(authority, certificate, name) == "TLSv1.3"


def test_another_name_is_refused(authority: CertificateAuthority) -> None:
    """A certificate for another name does not serve."""
    with pytest.raises(ssl.SSLCertVerificationError, match="ziggie"):
        shake_hands(authority, authority.issue(["other.example"]), "api.ziggie.example")


def test_another_authority_is_refused(authority: CertificateAuthority, tmp_path: Path) -> None:
    """Who trusts another authority does not trust this one, although both bear the same name."""
    certificate = authority.issue(["api.ziggie.example"])
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(CertificateAuthority(tmp_path), certificate, "api.ziggie.example")


def test_an_expired_certificate_is_refused(authority: CertificateAuthority) -> None:
    """A certificate can be issued expired, for drills about that."""
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(authority, authority.issue(["api.ziggie.example"], valid_days=0), "api.ziggie.example")


def test_a_certificate_is_for_somebody(authority: CertificateAuthority) -> None:
    """Neither a name nor an address is an error."""
    with pytest.raises(LabError, match="needs a name"):
        authority.issue([])


def test_a_key_is_private(authority: CertificateAuthority) -> None:
    """Nobody else may read a server's key."""
    assert authority.issue(["api.ziggie.example"]).key_path.stat().st_mode & 0o077 == 0
