"""The database that serves is as well protected as the one that was lost: a promoted replica need not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.database_events import InstanceDescribed
from ziggie_harness.model.timeline import blow, serving_region
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class DatabaseProtection:
    """The instance that serves at the end has a standby in another zone, backups for so many days, and is encrypted."""

    retention_days_at_least: float
    name: ClassVar[str] = "database-protection"

    def judge(self, history: History) -> Judgement:
        """Judge what the control plane told of the instance in the region that serves at the end."""
        region = serving_region(history)
        told = [event for _, event in history.of_kind(InstanceDescribed) if event.region == region]
        objection = blow(history).objection
        if objection is not None or not told:
            sentence = objection or f"nobody described a database of {region or 'the region that serves at the end'}"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        instance = told[-1]
        lacks = []
        if not instance.multi_az:
            lacks.append("has no standby in another zone")
        if instance.backup_retention_days < self.retention_days_at_least:
            lacks.append(
                f"keeps backups for {instance.backup_retention_days:g} days of {self.retention_days_at_least:g}"
            )
        if not instance.encrypted:
            lacks.append("is not encrypted")
        numbers = (Measurement("backup retention", instance.backup_retention_days, "days"),)
        if lacks:
            sentence = f"{instance.instance}, which serves in {region}, {', '.join(lacks)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"{instance.instance} in {region} has a standby in another zone, backups and encryption"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
