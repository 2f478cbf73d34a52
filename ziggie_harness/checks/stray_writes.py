"""A write past the service, in a region that is not the writer's, changes nothing that anybody relies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import StrayWriteTried
from ziggie_harness.model.history import History, StepTaken
from ziggie_harness.model.timeline import acknowledged_writes, blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class StrayWrites:
    """A standby refuses what is written in its region, and what is written where the writer was no longer reaches it.

    The writer is the region that acknowledged the last client's write before the attempt.
    """

    name: ClassVar[str] = "stray-writes"

    def judge(self, history: History) -> Judgement:
        """Judge each attempt."""
        objection = blow(history).objection
        promoted = any(step.step == "promoted" for _, step in history.of_kind(StepTaken))
        elsewhere = [
            (event, writer)
            for at, event in history.of_kind(StrayWriteTried)
            if (writer := _writer(history, at)) not in {"", event.region}
        ]
        told = [sentence for event, writer in elsewhere if (sentence := _harm(event, writer, promoted=promoted))]
        numbers = (Measurement("stray writes that do harm", len(told), "writes", 0),)
        if objection is None and not elsewhere:
            objection = "nobody tried to write past the service in a region that is not the writer's"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection, numbers)
        if told:
            return Judgement(self.name, Verdict.FAILED, "; ".join(told), numbers)
        regions = ", ".join(sorted({event.region for event, _ in elsewhere}))
        return Judgement(self.name, Verdict.PASSED, f"a stray write in {regions} harms nobody", numbers)


def _writer(history: History, before_seconds: float) -> str:
    """Return the region that acknowledged the last client's write before a moment, or an empty name."""
    known = [each for each in acknowledged_writes(history).values() if each.acknowledged_seconds <= before_seconds]
    return max(known, key=lambda each: each.acknowledged_seconds).region if known else ""


def _harm(event: StrayWriteTried, writer: str, *, promoted: bool) -> str:
    """Return what harm an attempt does, or nothing; a region that was the writer may keep a row to itself."""
    if writer in event.arrived_in:
        return f"{writer} took over and still applies what is written in {event.region}, as by a stray write there"
    if event.accepted and not promoted:
        return f"the standby in {event.region} accepted a stray write, which {writer} never sees"
    return ""
