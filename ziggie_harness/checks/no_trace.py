"""Clean-up leaves no trace: what there is after it is what there was before the test, no more and no less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.rehearsal_events import AFTER_CLEAN_UP, BEFORE_TEST, InventoryTaken, differing
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class NoTrace:
    """The inventory after the clean-up is that from before: databases, snapshots, records, secrets, servers."""

    name: ClassVar[str] = "no-trace"

    def judge(self, history: History) -> Judgement:
        """Compare the two inventories, thing by thing."""
        taken = {event.moment: event.states for _, event in history.of_kind(InventoryTaken)}
        before, after = taken.get(BEFORE_TEST), taken.get(AFTER_CLEAN_UP)
        if before is None or after is None:
            missing = BEFORE_TEST if before is None else AFTER_CLEAN_UP
            return Judgement(self.name, Verdict.UNKNOWN, f"nobody listed what there was {missing}")
        if not before:
            return Judgement(self.name, Verdict.UNKNOWN, "the inventory before the test is empty, so it was not seen")
        left = [f"{thing} is left ({state})" for thing, state in after.items() if thing not in before]
        gone = [f"{thing} is gone" for thing in before if thing not in after]
        other = [
            f"{thing} has {differing(state, after[thing])}"
            for thing, state in before.items()
            if thing in after and after[thing] != state
        ]
        traces = [*left, *gone, *other]
        numbers = (Measurement("traces of the test", len(traces), "things", 0),)
        if traces:
            sentence = f"after the clean-up {'; '.join(traces)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"after the clean-up all {len(before)} things are as before the test, and there are no others"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
