"""Nobody reads the past: a write that was acknowledged is there for every later read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.client_events import ABSENT, answered
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import acknowledged_writes, blow, serving_region, surviving
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class StaleReads:
    """No read misses a write that was acknowledged before the read began and that is there at the end.

    What is not there at the end either is lost, which is the recovery point's affair.
    """

    name: ClassVar[str] = "stale-reads"

    def judge(self, history: History) -> Judgement:
        """Judge every read that was answered."""
        objection, region = blow(history).objection, serving_region(history)
        survey = surviving(history, region)
        reads = [read for _, read in history.requests("read") if answered(read)]
        if objection is None and survey is None:
            objection = f"what survived in {region or 'the region that serves at the end'} was never read back"
        if objection is None and not reads:
            objection = "no read was answered"
        if objection is not None or survey is None:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "")
        writes = acknowledged_writes(history)
        stale = [
            read
            for read in reads
            if read.reason.startswith(ABSENT)
            and read.identity in survey[1]
            and read.identity in writes
            and writes[read.identity].acknowledged_seconds <= read.started_seconds
        ]
        numbers = (Measurement("reads", len(reads), "reads"), Measurement("stale reads", len(stale), "reads", 0))
        if stale:
            named = ", ".join(
                f"{read.identity} in {read.region} at {read.started_seconds:.1f} s" for read in stale[:LISTED]
            )
            sentence = (
                f"{len(stale)} of {len(reads)} reads missed what was acknowledged before and is there now: {named}"
            )
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"none of {len(reads)} reads missed what was acknowledged", numbers)
