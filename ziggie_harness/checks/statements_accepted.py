"""The owner's SQL does what it says: no statement of it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import StatementRun
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class StatementsAccepted:
    """The database accepted every statement of the owner's scripts that was run in the drill, also before the fault."""

    name: ClassVar[str] = "statements-accepted"

    def judge(self, history: History) -> Judgement:
        """Judge what the databases said to the scripts."""
        objection = blow(history).objection
        run = [event for _, event in history.of_kind(StatementRun)]
        refused = [event for event in run if event.refusal]
        numbers = (Measurement("statements refused", len(refused), "statements", 0),)
        if objection is not None or not run:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no statement of the owner's was run", numbers)
        if refused:
            first = refused[0]
            sentence = f"{len(refused)} of {len(run)} statements of the owner's scripts were refused, the first one of "
            sentence += f"{first.script} in {first.region}: {first.refusal}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"all {len(run)} statements were accepted", numbers)
