"""The failover function acts: after the fault it is reached, and what it begins it ends without an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.alert_events import EventHandedOver, RuleSeen
from ziggie_harness.model.function_events import FunctionDeployed, FunctionEnded, FunctionStarted
from ziggie_harness.model.history import CallMade, History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

UNANSWERED: Final = 0
"""The status of a call that no answer came to."""


@dataclass(frozen=True, slots=True)
class FunctionActs:
    """After the fault a function was invoked, and the last attempt of each invocation ended without an error."""

    name: ClassVar[str] = "function-acts"

    def judge(self, history: History) -> Judgement:
        """Judge every invocation after the fault; without any, tell where the way to the function breaks."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        if not any(True for _ in history.of_kind(FunctionDeployed)):
            return Judgement(self.name, Verdict.UNKNOWN, "no function was deployed")
        started = [event for at, event in history.of_kind(FunctionStarted) if at >= fault.at_seconds]
        if not started:
            why = "; ".join(dict.fromkeys(_breaks(history, fault.at_seconds))) or "no rule had an event for it"
            return Judgement(self.name, Verdict.FAILED, f"no function was invoked after the fault: {why}")
        requests = {event.request for event in started}
        last = {event.request: (at, event) for at, event in history.of_kind(FunctionEnded) if event.request in requests}
        failed = [(at, event) for at, event in last.values() if event.error_type]
        numbers = (Measurement("invocations that failed", len(failed), "invocations", 0),)
        if failed:
            return Judgement(self.name, Verdict.FAILED, _told(history, *failed[0]), numbers)
        if not last:
            return Judgement(self.name, Verdict.UNKNOWN, "the function was invoked and did not end", numbers)
        told = f"all {len(last)} invocations after the fault ended without an error"
        return Judgement(self.name, Verdict.PASSED, told, numbers)


def _told(history: History, ended_seconds: float, event: FunctionEnded) -> str:
    """Say what a function failed by, where in its code, and which calls it had no answer to."""
    told = f"{event.function} in {event.region} failed at attempt {event.attempt} by {event.error_type}: {event.error}"
    lines = [line.strip() for line in event.log_tail.splitlines() if ", line " in line and ".py" in line]
    where = f", at {lines[-1]}" if lines else ""
    waited = [
        f"{call.service} {call.operation} in {call.region} gave it no answer"
        for at, call in history.of_kind(CallMade)
        if call.role and call.status == UNANSWERED and event.started_seconds <= at <= ended_seconds
    ]
    return "; ".join([f"{told}{where}", *dict.fromkeys(waited)])


def _breaks(history: History, since_seconds: float) -> Iterator[str]:
    """Yield where the way of an event to a function breaks."""
    for _, rule in history.of_kind(RuleSeen):
        if rule.never_fires:
            yield f"the rule {rule.rule} in {rule.region} can never fire: {rule.never_fires}"
    for at, handed in history.of_kind(EventHandedOver):
        if at >= since_seconds and handed.refusal:
            yield f"the rule {handed.rule} in {handed.region} could not hand over: {handed.refusal}"
