"""The application comes home: when its own region gives secrets again, it reads them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import FaultHealed, History
from ziggie_harness.model.secret_events import SecretAsked
from ziggie_harness.model.secret_reading import calls_of
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class SecretHome:
    """The last question of every application after the last fault was healed was answered by its own region."""

    name: ClassVar[str] = "secret-home"

    def judge(self, history: History) -> Judgement:
        """Judge the last question of each application."""
        healed = max((at for at, _ in history.of_kind(FaultHealed)), default=None)
        last = {
            event.region: (at, event)
            for at, event in history.of_kind(SecretAsked)
            if healed is not None and event.started_seconds >= healed
        }
        astray = [
            asked
            for at, asked in last.values()
            if not asked.answered or [call.region for call in calls_of(history, at, asked)] != [asked.region]
        ]
        numbers = (Measurement("applications that read elsewhere", len(astray), "applications", 0),)
        if reason := blow(history).objection or ("" if last else "no application asked after a fault was healed"):
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        if astray:
            sentence = (
                f"after the fault was healed the application in {astray[0].region} did not read in its own region"
            )
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"{len(last)} applications read in their own region again", numbers)
