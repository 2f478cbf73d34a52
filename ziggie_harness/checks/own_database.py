"""The application of a region that takes over stands on the database that was promoted there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.history import History, StepTaken
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """After the promotion, the application of `region` writes to a database of its own region.

    Who moves the public name alone leaves the application with the host name or the secret of the lost database.
    Source: guide §6 Failover Patterns, which moves nothing else.
    """

    region: str
    name: ClassVar[str] = "own-database"

    def judge(self, history: History) -> Judgement:
        """Judge the last write that was tried within the region after its database was promoted."""
        objection = blow(history).objection
        promoted = next((at for at, event in history.of_kind(StepTaken) if event.step == "promoted"), None)
        tried = [
            event
            for at, event in history.of_kind(WriterObserved)
            if promoted is not None and event.region == self.region and at >= promoted
        ]
        if objection is not None or not tried:
            sentence = objection or (
                f"nobody wrote in {self.region} after a promotion" if promoted is not None else "nothing was promoted"
            )
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        last, home = tried[-1], tried[-1].writer or self.region
        if last.accepts and home == self.region:
            sentence = f"the application of {self.region} writes to the database that was promoted there"
            return Judgement(self.name, Verdict.PASSED, sentence)
        found = f"it writes to that of {home}" if last.accepts else f"its writes end with: {last.reason}"
        sentence = (
            f"the database of {self.region} was promoted, and the application there does not stand on it: {found}"
        )
        return Judgement(self.name, Verdict.FAILED, sentence)
