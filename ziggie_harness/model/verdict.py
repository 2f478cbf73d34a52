"""Verdicts with three values, and the judgement that carries one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check says; the worst of several counts, and UNKNOWN fails a build."""

    PASSED = "PASSED"
    UNKNOWN = "UNKNOWN"
    FAILED = "FAILED"

    @property
    def severity(self) -> int:
        """Order verdicts from best (0) to worst (2)."""
        return list(Verdict).index(self)

    @staticmethod
    def worst(verdicts: Iterable[Verdict]) -> Verdict:
        """Merge verdicts; no verdict at all is UNKNOWN, for no evidence is no proof."""
        return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured number beside what was promised for it."""

    name: str
    value: float
    unit: str
    objective: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one check says of one history: the verdict, the sentence that explains it, and its numbers."""

    check: str
    verdict: Verdict
    sentence: str
    measurements: tuple[Measurement, ...] = ()

    def measured(self, name: str) -> float | None:
        """Return the measurement of that name, or None when the check could not take it."""
        return next((measurement.value for measurement in self.measurements if measurement.name == name), None)
