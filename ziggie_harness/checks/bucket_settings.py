"""The buckets of both regions have the same settings: no replication carries them, so they are made twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import BucketSettingsCompared
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """After the fault the settings of both buckets were compared and are the same, but for names and regions."""

    name: ClassVar[str] = "bucket-settings"

    def judge(self, history: History) -> Judgement:
        """Judge the last comparison."""
        fault = blow(history)
        last = [event for at, event in history.of_kind(BucketSettingsCompared) if at >= fault.at_seconds][-1:]
        objection = fault.objection or (None if last else "the settings of the buckets were not compared")
        if objection is None and not last[0].compared:
            objection = "no setting of the buckets was compared"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        [found] = last
        numbers = (Measurement("settings that differ", len(found.differing), "settings", 0),)
        sides = f"{found.left} and {found.right}"
        if found.differing:
            return Judgement(self.name, Verdict.FAILED, f"{sides} differ in {'; '.join(found.differing)}", numbers)
        told = f"{sides} have the same {', '.join(found.compared)}"
        return Judgement(self.name, Verdict.PASSED, told, numbers)
