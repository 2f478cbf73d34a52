"""A standby that is away does not fill the disk of the database that it reads from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import SlotSeen
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class SlotRetention:
    """No replication slot keeps more than `at_most_megabytes` on the disk of its database, and each has a bound."""

    at_most_megabytes: float
    name: ClassVar[str] = "slot-retention"

    def judge(self, history: History) -> Judgement:
        """Judge what the slots keep."""
        objection = blow(history).objection
        seen = [event for _, event in history.of_kind(SlotSeen)]
        most = max((event.retained_bytes for event in seen), default=0) / MEGABYTE
        numbers = (Measurement("kept for a standby", most, "MB", self.at_most_megabytes),)
        if objection is not None or not seen:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no replication slot was seen", numbers)
        worst = max(seen, key=lambda event: event.retained_bytes)
        kept = f"{worst.region} keeps {most:.1f} MB for the standby behind {worst.slot}"
        unbounded = [event for event in seen if not event.bounded]
        if most > self.at_most_megabytes:
            bound = "nothing bounds it" if worst in unbounded else "its bound is too high"
            sentence = f"{kept}, more than {self.at_most_megabytes:g} MB, and {bound}: the disk of the primary fills"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if unbounded:
            region = unbounded[0].region
            return Judgement(self.name, Verdict.FAILED, f"nothing bounds what {region} keeps for a standby", numbers)
        return Judgement(self.name, Verdict.PASSED, f"{kept}, and every slot has a bound", numbers)
