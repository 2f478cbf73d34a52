"""Clients accept the certificate of the region's service, and will for some time yet."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from typing import ClassVar, Final

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.ports import CLIENTS

DAYS: Final = 14
"""How long it has to be good yet. Source: AWS Config, rule acm-certificate-expiration-check, daysToExpiration."""


class Certificate:
    """Shakes hands by the public name, as clients do; a health check does not validate certificates."""

    name: ClassVar[str] = "certificate"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell how many days are left, or why a client refuses it."""
        wanted = f"accepted for {DAYS} days yet"
        try:
            ends = sight.certificate_ends(CLIENTS, sight.role)
        except ssl.SSLError as error:
            obstacle = f"clients refuse the certificate that {sight.region} shows: {error}"
            yield sight.examined(self.name, "refused", wanted, obstacle)
            return
        except OSError as error:
            obstacle = f"the service of {sight.region} shows no certificate: {error}"
            yield sight.examined(self.name, "none", wanted, obstacle)
            return
        left = (ends - dt.datetime.now(dt.UTC)).days
        obstacle = f"the certificate of {sight.region} ends in {left} days, on {ends:%Y-%m-%d}" if left < DAYS else ""
        yield sight.examined(self.name, f"accepted until {ends:%Y-%m-%d}", wanted, obstacle)
