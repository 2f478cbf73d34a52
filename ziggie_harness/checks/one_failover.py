"""An outage makes one failover and not two, and a blip makes none: what moves the service is asked for once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.function_events import FunctionStarted
from ziggie_harness.model.history import CallMade, History
from ziggie_harness.model.timeline import MOVES, blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

UNHEARD: Final = frozenset({"Throttling", "ThrottlingException", "ServiceUnavailable", "InternalFailure"})
"""Errors by which AWS says that it did not look at a call, so that it has to be made again."""


@dataclass(frozen=True, slots=True)
class OneFailover:
    """After the fault a call that moves the service is made `failovers` times, and none is made more often.

    Calls that AWS did not hear do not count. A call that was refused does: somebody failed over again, and only AWS
    kept it from doing harm.
    """

    failovers: int = 1
    name: ClassVar[str] = "one-failover"

    def judge(self, history: History) -> Judgement:
        """Count what was asked for."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        asked = Counter(
            (call.service, call.operation)
            for at, call in history.of_kind(CallMade)
            if at >= fault.at_seconds
            and (call.service, call.operation) in MOVES
            and call.status
            and call.error not in UNHEARD
        )
        most = max(asked.values(), default=0)
        numbers = (Measurement("failovers", most, "failovers", self.failovers),)
        times = ", ".join(f"{service} {operation} {count} times" for (service, operation), count in asked.items())
        invoked = sum(at >= fault.at_seconds for at, _ in history.of_kind(FunctionStarted))
        sentence = f"{times or 'nothing that moves the service'} was asked for after the fault"
        sentence += f" in {invoked} invocations of functions" if invoked else ""
        verdict = Verdict.PASSED if most == self.failovers else Verdict.FAILED
        return Judgement(self.name, verdict, f"{sentence}, of {self.failovers} for one outage", numbers)
