"""The application gets its secrets in time, from whichever region can give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.secret_events import SecretAsked
from ziggie_harness.model.secret_reading import calls_of
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class SecretAvailability:
    """Every time that an application asked for a secret it got one, and waited no longer than was promised."""

    at_most_seconds: float

    name: ClassVar[str] = "secret-availability"

    def judge(self, history: History) -> Judgement:
        """Judge every question of an application."""
        asked = list(history.of_kind(SecretAsked))
        longest = max((at - event.started_seconds for at, event in asked), default=0.0)
        numbers = (Measurement("longest wait for a secret", longest, "s", self.at_most_seconds),)
        if reason := blow(history).objection or ("" if asked else "no application asked for a secret"):
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        failed = [(at, event) for at, event in asked if not event.answered]
        if failed:
            at, first = failed[0]
            said = [
                f", after {call.region} answered {call.error}" for call in calls_of(history, at, first) if call.error
            ]
            sentence = f"{len(failed)} of {len(asked)} times an application got no secret: the one in {first.region} "
            sentence += f"asked for {first.secret}: {first.reason}{''.join(said[:1])}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if longest > self.at_most_seconds:
            sentence = f"an application waited {longest:.1f} s of {self.at_most_seconds:g} s for a secret"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"{len(asked)} times an application got its secret, after {longest:.1f} s at the latest"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
