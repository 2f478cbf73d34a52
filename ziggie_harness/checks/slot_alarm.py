"""Nobody finds out after the disaster that the standby was given up before it: somebody was told in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.database_events import SlotAlarmed, SlotSeen
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from ziggie_harness.model.history import History

LOST = "lost"
"""PostgreSQL's wal_status of a slot whose standby can never catch up again."""


@dataclass(frozen=True, slots=True)
class SlotAlarm:
    """Of each replication slot that is lost somebody was told while it still had what its standby needs."""

    name: ClassVar[str] = "slot-alarm"

    def judge(self, history: History) -> Judgement:
        """Judge whether an alarm came before each loss."""
        objection = blow(history).objection
        lost = {(event.region, event.slot) for _, event in history.of_kind(SlotSeen) if event.status == LOST}
        if objection is not None or not lost:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no slot was lost, so nobody had to be told")
        alarms = [(at, event) for at, event in history.of_kind(SlotAlarmed) if event.status != LOST]
        told = {(event.region, event.slot): (at, event.left_bytes) for at, event in reversed(alarms)}
        numbers = (
            Measurement("slots lost", len(lost), "slots"),
            Measurement("slots lost without a word", len(lost - told.keys()), "slots", 0),
        )
        if unheard := sorted(lost - told.keys()):
            region, slot = unheard[0]
            sentence = f"{region} gave up {slot} and nobody was told before: its standby can never catch up again"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        first = min(lost, key=lambda slot: told[slot][0])
        at, left = told[first]
        sentence = f"somebody was told of {first[1]} in {first[0]} at {at:.1f} s, when {left:,} bytes were left"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
