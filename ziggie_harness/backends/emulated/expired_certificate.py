"""A service that shows a certificate which has expired: a real one of the lab's authority."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.backends.emulated.programs import Program
    from ziggie_harness.lab.certificates import CertificateAuthority

SHOWN: Final = ("ZIGGIE_CERTIFICATE", "ZIGGIE_KEY")


@contextmanager
def shown(service: Program, authority: CertificateAuthority, name: str, address: str) -> Iterator[None]:
    """Deploy a service with an expired certificate of its name and address, and with its own again at the end."""
    own = {variable: service.described.environment[variable] for variable in SHOWN}
    expired = authority.issue([name], [address], valid_days=0)
    try:
        service.redeploy(dict(zip(SHOWN, (str(expired.certificate_path), str(expired.key_path)), strict=True)))
        yield
    finally:
        service.redeploy(own)
