"""The defects of the guide, as their list explains them: how bad each is, and what the corrected design does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from ziggie_harness.model.errors import EvidenceError

LIST: Final = Path(__file__).parent.parent / "fixtures" / "data" / "defects.yaml"


class Severity(StrEnum):
    """How bad a finding is, from worst to least."""

    CRITICAL = "critical"
    """Service or data is lost for good."""
    HIGH = "high"
    """Longer, or more, than was promised."""
    MEDIUM = "medium"
    """Noticed too late, or with luck only; or nobody knows."""
    LOW = "low"
    """An error in the text."""

    @property
    def rank(self) -> int:
        """Order severities from worst (0) to least."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect of the guide."""

    number: str
    severity: Severity
    says: str
    """What the guide leaves out or gets wrong."""
    corrected: str
    """What the corrected design does."""


@cache
def defects() -> Mapping[str, Defect]:
    """Return every defect by its number; raise EvidenceError, naming the entry, for one that is not explained."""
    found = {}
    for number, fields in yaml.safe_load(LIST.read_text(encoding="utf-8")).items():
        try:
            found[number] = Defect(number, Severity(fields["severity"]), fields["says"], fields["corrected"])
        except (KeyError, TypeError, ValueError) as error:
            raise EvidenceError(
                f"{LIST}: {number}: {error!r}",
                "a defect has `says`, `corrected` and `severity`",
                f"the severity is one of {', '.join(Severity)}",
            ) from error
    return found
