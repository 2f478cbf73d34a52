"""What a health check tells, beside what a client finds in its region."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ziggie_harness.model.history import HealthTold

if TYPE_CHECKING:
    from ziggie_harness.emulation.route53.health_checks import Fleet


def told(fleet: Fleet, check_id: str, *, name: str, region: str, refusal: str) -> HealthTold:
    """Return what a health check of a region tells now; ``refusal`` is why a client was not served there."""
    said = Counter(observed.reason for observed in fleet.status(check_id)).most_common(1)
    return HealthTold(name, region, fleet.healthy(check_id), said[0][0] if said else "nobody checks", refusal)
