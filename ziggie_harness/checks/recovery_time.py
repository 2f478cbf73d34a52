"""RTO: how long clients were without the service, by the public name, from the fault until success that stays."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.timeline import WRITE, blow, failed, failures_since, milestones, reasons
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ziggie_harness.model.client_events import RequestEnded
    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class _Recovery:
    """The first interval in which requests succeed and stay so."""

    starts_seconds: float
    observed: bool
    """Whether requests went on until the stability window was over."""
    failed_before_seconds: float
    """The start of the last request that failed before it."""
    failed_later: int


LAST: Final = 5
"""How many of the requests that failed are told of, from the last."""


@dataclass(frozen=True, slots=True)
class RecoveryTime:
    """Requests succeed again within `at_most_seconds` of the fault, and stay so for `stability_window_seconds`.

    RTO runs from the first moment the fault is in force to the first acknowledgement after which no request failed
    that started within the stability window. The acknowledgement counts and not the start of its request, which may
    have hung since before the recovery. RTO is known to the spacing of the requests: the uncertainty is the time since
    the start of the request that failed before.
    """

    at_most_seconds: float
    stability_window_seconds: float
    operation: str = WRITE
    name: ClassVar[str] = "recovery-time"

    def judge(self, history: History) -> Judgement:
        """Judge how long it took until clients were served again."""
        fault = blow(history, self.operation)
        if fault.objection is not None:
            return self._judgement(Verdict.UNKNOWN, fault.objection)
        failures = failures_since(history, self.operation, fault.at_seconds)
        if not failures:
            seen = sum(at >= fault.at_seconds for at, _ in history.requests(self.operation))
            return self._judgement(
                Verdict.UNKNOWN,
                f"no client noticed: of {seen} {self.operation}s that ended after the fault none was refused or left "
                "without an answer, so there is no outage to measure",
            )
        recovery = self._recovery(history, fault.at_seconds, failures[0][1].started_seconds)
        if recovery is None:
            return self._not_recovered(history, fault.at_seconds)
        return self._recovered(history, fault.at_seconds, recovery)

    def _recovery(self, history: History, fault_seconds: float, outage_seconds: float) -> _Recovery | None:
        """Find the first acknowledged request after the outage began that no failure follows within the window."""
        requests = self._by_start(history)
        failing = [request.started_seconds for request in requests if failed(request)]
        last_start = requests[-1].started_seconds
        acknowledged = sorted(
            (at, request.started_seconds) for at, request in history.requests(self.operation) if not failed(request)
        )
        for at, start in acknowledged:
            if start < fault_seconds or start <= outage_seconds:
                continue
            earlier = bisect_left(failing, at)
            stable_at = at + self.stability_window_seconds
            if earlier == len(failing) or failing[earlier] > stable_at:
                return _Recovery(at, last_start >= stable_at, failing[earlier - 1], len(failing) - earlier)
        return None

    def _by_start(self, history: History) -> Sequence[RequestEnded]:
        """Return the requests of the operation in the order in which they started."""
        return [request for _, request in history.requests(self.operation)]

    def _recovered(self, history: History, fault_seconds: float, recovery: _Recovery) -> Judgement:
        """Judge a recovery by the objective, and by whether it was watched for long enough."""
        rto = recovery.starts_seconds - fault_seconds
        sentence = f"RTO {rto:.1f} s of {self.at_most_seconds:g} s"
        parts = ", ".join(f"{part.name} after {part.value:.1f} s" for part in self._parts(history, fault_seconds))
        sentence += f": {parts}" if parts else ""
        if recovery.failed_later:
            sentence += f"; {recovery.failed_later} {self.operation}s failed again after it"
        numbers = (
            Measurement("RTO", rto, "s", self.at_most_seconds),
            Measurement("RTO uncertainty", recovery.starts_seconds - recovery.failed_before_seconds, "s"),
            *self._parts(history, fault_seconds),
        )
        if rto > self.at_most_seconds:
            last = [request for _, request in failures_since(history, self.operation, fault_seconds)][-LAST:]
            sentence += f"; {rto - self.at_most_seconds:.1f} s too late, and the last that failed said {reasons(last)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if not recovery.observed:
            sentence += (
                f"; it is not known to last: the stability window of {self.stability_window_seconds:g} s was not over "
                f"when the last {self.operation} started"
            )
            return Judgement(self.name, Verdict.UNKNOWN, sentence, numbers)
        stable = Measurement("stable", rto + self.stability_window_seconds, "s")
        return Judgement(self.name, Verdict.PASSED, sentence, (*numbers, stable))

    def _not_recovered(self, history: History, fault_seconds: float) -> Judgement:
        """Say for how long nothing lasted, and what clients were told."""
        requests = self._by_start(history)
        watched = history.end_seconds - fault_seconds
        last_success = max(
            (request.started_seconds for request in requests if not failed(request)), default=fault_seconds
        )
        last = [request for request in requests if failed(request) and request.started_seconds >= last_success]
        last = last or [request for request in requests if failed(request)][-1:]
        again = last_success > fault_seconds
        how = (
            f"none succeeded for the {self.stability_window_seconds:g} s of the stability window"
            if again
            else "none succeeded"
        )
        sentence = (
            f"not recovered {watched:.1f} s after the fault, of {self.at_most_seconds:g} s: {how}; "
            f"the last {len(last)} failed {self.operation}s said {reasons(last)}"
        )
        return Judgement(self.name, Verdict.FAILED, sentence, tuple(self._parts(history, fault_seconds)))

    def _parts(self, history: History, fault_seconds: float) -> Iterator[Measurement]:
        """Yield the parts of the recovery that the history shows."""
        for milestone in milestones(history, fault_seconds):
            yield Measurement(milestone.name, milestone.after_seconds, "s")

    def _judgement(self, verdict: Verdict, sentence: str) -> Judgement:
        """Return a judgement without numbers."""
        return Judgement(self.name, verdict, sentence)
