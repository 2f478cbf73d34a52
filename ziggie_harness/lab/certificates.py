"""A certificate authority for the lab, so that clients check TLS there as strictly as anywhere.

Its keys are Ed25519 (RFC 8410, RFC 8422 for TLS 1.2): OpenSSL 3.0 reads a certificate with one in half the time of one
with a key on P-256, and Python reads the server's again with each session that it resumes.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
import os
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AUTHORITY_NAME = "Ziggie lab authority"
_CLOCK_SKEW = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate and key, as PEM files."""

    certificate_path: Path
    key_path: Path


class CertificateAuthority:
    """Issues certificates that only those trust who are given its own. Its key never leaves memory."""

    def __init__(self, directory: Path, *, valid_days: int = 30) -> None:
        """Make the authority and write its certificate, ``ca.pem``, to the directory."""
        self._directory = directory
        self._valid_days = valid_days
        self._numbers = itertools.count(1)
        self._key = Ed25519PrivateKey.generate()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY_NAME)])
        self._certificate = self._sign(
            self._name,
            self._key.public_key(),
            valid_days,
            [
                (x509.BasicConstraints(ca=True, path_length=0), True),
                (_usage(signs_certificates=True), True),
                (x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False),
            ],
        )
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate_path = directory / "ca.pem"
        self.certificate_path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def bundle(self) -> Path:
        """Name a file for SSL_CERT_FILE, AWS_CA_BUNDLE and the like: this authority alone is in it."""
        return self.certificate_path

    def issue(
        self, names: Sequence[str], addresses: Sequence[str] = (), *, valid_days: int | None = None
    ) -> Certificate:
        """Issue a server certificate for DNS names (``*.example.com`` too) and IP addresses; LabError without any."""
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        if not alternatives:
            raise LabError("a certificate needs a name or an address", hint="say whom clients will connect to")
        key = Ed25519PrivateKey.generate()
        certificate = self._sign(
            x509.Name([]),
            key.public_key(),
            self._valid_days if valid_days is None else valid_days,
            [
                # Critical, as RFC 5280 §4.2.1.6 asks of an empty subject; a common name would end at 64 characters.
                (x509.SubjectAlternativeName(alternatives), True),
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (_usage(signs_certificates=False), True),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
                (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
            ],
        )
        return self._write(certificate, key)

    def server_context(self, certificate: Certificate) -> ssl.SSLContext:
        """Make a context for a server that shows the certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate_path, certificate.key_path)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Make a context for a client that trusts this authority alone, and checks names."""
        return ssl.create_default_context(cafile=self.certificate_path)

    def _sign(
        self,
        subject: x509.Name,
        public_key: Ed25519PublicKey,
        valid_days: int,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        """Make a certificate signed by the authority, with extensions and whether each is critical."""
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + dt.timedelta(days=valid_days))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, algorithm=None)  # the hash is part of Ed25519

    def _write(self, certificate: x509.Certificate, key: Ed25519PrivateKey) -> Certificate:
        """Write a certificate and its key, the key for our eyes only."""
        number = next(self._numbers)
        written = Certificate(self._directory / f"server-{number}.pem", self._directory / f"server-{number}.key")
        written.certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        content = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        descriptor = os.open(written.key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        return written


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """Say what a key may be used for: an authority's signs certificates, a server's signs handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
