"""No client falls back behind itself: what it was told is written is there when the same client reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.client_events import ABSENT, Outcome, answered
from ziggie_harness.model.timeline import WRITE, blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from ziggie_harness.model.history import History

LISTED: Final = 3


@dataclass(frozen=True, slots=True)
class OwnWrites:
    """No answered read of a client misses a write that the same client had been told was done before it asked.

    In the manner of Jepsen's registers: each client's own order holds, over the failover, too. Unlike the recovery
    point it excuses no loss, so only a design that promises to lose nothing can keep it.
    """

    name: ClassVar[str] = "own-writes"

    def judge(self, history: History) -> Judgement:
        """Judge every read of a client's own write."""
        fault = blow(history)
        told: dict[tuple[str, str], float] = {}
        for at, write in history.requests(WRITE):
            if write.outcome is Outcome.ACKNOWLEDGED:
                told.setdefault((write.probe, write.identity), at)
        reads = [
            read
            for _, read in history.requests("read")
            if answered(read) and told.get((read.probe, read.identity), float("inf")) <= read.started_seconds
        ]
        objection = fault.objection
        if objection is None and not any(read.started_seconds >= fault.at_seconds for read in reads):
            objection = "no client was told after the fault what became of a write of its own"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        missed = [read for read in reads if read.reason.startswith(ABSENT)]
        numbers = (
            Measurement("reads of own writes", len(reads), "reads"),
            Measurement("own writes not found", len(missed), "reads", 0),
        )
        if not missed:
            sentence = f"each of {len(reads)} reads found what the same client had written"
            return Judgement(self.name, Verdict.PASSED, sentence, numbers)
        named = ", ".join(
            f"{read.identity} (acknowledged at {told[read.probe, read.identity]:.1f} s, not found in {read.region} at "
            f"{read.started_seconds:.1f} s)"
            for read in missed[:LISTED]
        )
        sentence = f"{len(missed)} of {len(reads)} reads missed what the same client had been told was written: {named}"
        return Judgement(self.name, Verdict.FAILED, sentence, numbers)
