"""How long the data had one home: until a replica follows again, the next disaster loses everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.database_events import ReplicaChanged
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class UnprotectedTime:
    """After the fault the data is without a replica for at most `at_most_seconds` in all, and has one at the end.

    It is unprotected from the fault until the database of a region follows another's and has everything, and again
    from every moment when one ceases to follow, as for the switch of a failback.
    """

    at_most_seconds: float
    name: ClassVar[str] = "unprotected-time"

    def judge(self, history: History) -> Judgement:
        """Judge the time without a replica."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        total, since, follower = 0.0, fault.at_seconds, ""
        for at, event in history.of_kind(ReplicaChanged):
            if at < fault.at_seconds or event.follows is bool(follower):
                continue
            total += at - since if event.follows else 0.0
            since, follower = at, event.region if event.follows else ""
        if not follower:
            total += max(0.0, history.end_seconds - since)
        numbers = (Measurement("time without a replica", total, "s", self.at_most_seconds),)
        sentence = f"without a replica for {total:.1f} s of {self.at_most_seconds:g} s after the fault"
        if not follower:
            sentence += ", and at the end no region's database follows another's: nobody rebuilt a replica"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        verdict = Verdict.PASSED if total <= self.at_most_seconds else Verdict.FAILED
        return Judgement(self.name, verdict, f"{sentence}; at the end the replica is in {follower}", numbers)
