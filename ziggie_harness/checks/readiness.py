"""A region is ready to take over: nothing that was looked at beforehand would stop the recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class Readiness:
    """Every thing that was last looked at for a region was as wanted. It is judged before anything is broken."""

    region: str
    name: ClassVar[str] = "region-readiness"

    def judge(self, history: History) -> Judgement:
        """Judge what was found; every obstacle is told, because each may stop the recovery alone."""
        seen = [event for _, event in history.of_kind(ReadinessExamined) if event.region == self.region]
        last = {event.thing: event for event in seen}
        obstacles = [event.obstacle for event in last.values() if event.obstacle]
        numbers = (
            Measurement("things examined", len(last), "things"),
            Measurement("obstacles to a recovery", len(obstacles), "things", 0),
        )
        if not last:
            return Judgement(self.name, Verdict.UNKNOWN, f"nobody looked whether {self.region} is ready", numbers)
        if obstacles:
            sentence = f"{self.region} is not ready to take over: {'; '.join(obstacles)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"{self.region} is ready to take over: {', '.join(last)} are as wanted"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
