"""The databases admit nobody from a place that has no business there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import AdmissionTried
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class Admission:
    """Whoever tried to enter a database from where the clients are was turned away, with a password or without."""

    name: ClassVar[str] = "admission"

    def judge(self, history: History) -> Judgement:
        """Judge who came in."""
        objection = blow(history).objection
        tried = [event for _, event in history.of_kind(AdmissionTried)]
        admitted = [event for event in tried if event.admitted]
        numbers = (Measurement("strangers admitted", len(admitted), "strangers", 0),)
        if objection is not None or not tried:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "nobody tried to enter a database", numbers)
        if admitted:
            told = ", ".join(sorted({f"{each.region} as {each.user} from {each.source}" for each in admitted}))
            return Judgement(self.name, Verdict.FAILED, f"a stranger entered the database of {told}", numbers)
        regions = ", ".join(sorted({event.region for event in tried}))
        return Judgement(self.name, Verdict.PASSED, f"no stranger entered the database of {regions}", numbers)
