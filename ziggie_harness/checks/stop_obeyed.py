"""The big red button works: while its owner wants a stop, nothing that moves the service is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.function_events import FunctionStarted, StopAsked
from ziggie_harness.model.history import CallMade, History
from ziggie_harness.model.timeline import MOVES, blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

NOTICE_SECONDS: Final = 30.0
"""How long whatever is at work may take to notice the stop: twice the pause of the corrected function."""


@dataclass(frozen=True, slots=True)
class StopObeyed:
    """From `NOTICE_SECONDS` after a stop was asked for until it lapses no call moves the service.

    Source: AWS Well-Architected REL13-BP05, the "big red stop button". Without a run at work before the stop it is not
    known whether one would have obeyed.
    """

    name: ClassVar[str] = "stop-obeyed"

    def judge(self, history: History) -> Judgement:
        """Judge what was asked for under the first stop."""
        objection = blow(history).objection
        stop = next(history.of_kind(StopAsked), None)
        if objection is None and stop is None:
            objection = "nobody asked for a stop"
        begun = [at for at, _ in history.of_kind(FunctionStarted)]
        if objection is None and stop is not None and not any(at < stop[0] for at in begun):
            objection = "nothing was at work when the stop was asked for"
        if objection is not None or stop is None:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "")
        asked, by, lasting = stop[0], stop[1].by, stop[1].for_seconds
        moved = [
            (at, call)
            for at, call in history.of_kind(CallMade)
            if asked + NOTICE_SECONDS <= at < asked + lasting and (call.service, call.operation) in MOVES
        ]
        numbers = (Measurement("calls in spite of the stop", len(moved), "calls", 0),)
        if moved:
            at, call = moved[0]
            who = call.role.rpartition("/")[2] or call.caller
            sentence = (
                f"{by} asked for a stop at {asked:.1f} s, and {at - asked:.1f} s later {who} in {call.caller} called "
                f"{call.service} {call.operation} all the same"
            )
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"{by} asked for a stop at {asked:.1f} s, and nothing that moves the service was asked for after it"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
