"""What clients stored can be read again, as it was, in the region that serves at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ObjectAsked, ObjectsSurviving
from ziggie_harness.model.timeline import blow, serving_region
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

LISTED: Final = 3


@dataclass(frozen=True, slots=True)
class ObjectRecoveryPoint:
    """No acknowledged object is lost but those acknowledged within `at_most_seconds` before the fault.

    Lost is what cannot be read in the region that serves at the end, or is not what was stored. An object that was
    stored after the fault, was acknowledged and is lost fails the check at any objective.
    """

    at_most_seconds: float
    name: ClassVar[str] = "object-recovery-point"

    def judge(self, history: History) -> Judgement:
        """Judge what became of every acknowledged object."""
        fault, region = blow(history), serving_region(history)
        surveys = [(at, event) for at, event in history.of_kind(ObjectsSurviving) if event.region == region]
        stored = {
            event.key: (at, event)
            for at, event in history.of_kind(ObjectAsked)
            if event.operation == "put" and event.outcome is Outcome.ACKNOWLEDGED
        }
        objection = fault.objection
        if objection is None and not any(at <= fault.at_seconds for at, _ in stored.values()):
            objection = "no object was acknowledged before the fault, so none could be lost"
        if objection is None and not surveys:
            objection = f"nobody read the objects of {region or 'the region that serves at the end'}"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        read_at, survey = surveys[-1]
        there = frozenset(survey.objects)
        lost = sorted(
            (at, event) for at, event in stored.values() if at <= read_at and f"{event.key} {event.digest}" not in there
        )
        before = [at for at, event in lost if event.started_seconds <= fault.at_seconds]
        age = max([0.0, *(fault.at_seconds - at for at in before)])
        numbers = (
            Measurement("object RPO", age, "s", self.at_most_seconds),
            Measurement("acknowledged objects", len(stored), "objects"),
            Measurement("lost objects", len(lost), "objects"),
        )
        told = f"object RPO {age:.1f} s of {self.at_most_seconds:g} s: "
        if not lost:
            told += f"all {len(stored)} acknowledged objects are in {survey.bucket}"
            return Judgement(self.name, Verdict.PASSED, told, numbers)
        keys = {line.partition(" ")[0] for line in there}
        named = ", ".join(
            f"{event.key} ({'not what was stored' if event.key in keys else 'gone'})" for _, event in lost[:LISTED]
        )
        told += f"{len(lost)} of {len(stored)} acknowledged objects cannot be read in {survey.bucket}: {named}"
        late = len(lost) > len(before)
        if late:
            told += ", some from after the fault, which no objective excuses"
        verdict = Verdict.FAILED if late or age > self.at_most_seconds else Verdict.PASSED
        return Judgement(self.name, verdict, told, numbers)
