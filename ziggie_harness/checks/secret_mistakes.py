"""A mistake in permissions or names is told to the application, and not taken for an outage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.secret_events import SecretAsked
from ziggie_harness.model.secret_reading import OWNERS_MISTAKES, calls_of
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class SecretMistakes:
    """No secret client answered from one region after another one had said that it is denied or missing there."""

    name: ClassVar[str] = "secret-mistakes"

    def judge(self, history: History) -> Judgement:
        """Judge what the client made of each refusal."""
        told = hidden = 0
        sentence = ""
        for at, asked in history.of_kind(SecretAsked):
            refused = [call for call in calls_of(history, at, asked) if call.error in OWNERS_MISTAKES]
            if not refused:
                continue
            told += not asked.answered
            hidden += asked.answered
            if asked.answered and not sentence:
                where, why = refused[0].region, refused[0].error
                sentence = f"the application in {asked.region} was answered {why} by {where} for {asked.secret}, and "
                sentence += "its client hid that: it gave out another region's copy as if nothing were wrong"
        numbers = (Measurement("refusals hidden", hidden, "refusals", 0),)
        unseen = "" if told or hidden else "no application was denied a secret, so none could hide it"
        if reason := blow(history).objection or unseen:
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        if hidden:
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"{told} times a refusal was told to the application", numbers)
