"""The states that an instance passes, in AWS's order, and what is done on the way."""

from __future__ import annotations

import pytest

from ziggie_harness.emulation.rds import journeys
from ziggie_harness.emulation.rds.journeys import Journey, RdsTimings, Work

TIMINGS = RdsTimings()


@pytest.mark.parametrize(
    ("journey", "states"),
    [
        # RDS user guide, "Viewing Amazon RDS DB instance status"
        (journeys.creation(TIMINGS, 7), "creating backing-up available"),
        (journeys.creation(TIMINGS, 0), "creating available"),
        # botocore service model, CreateDBInstanceReadReplica: "RDS creates read replicas with backups disabled"
        (journeys.replica_creation(TIMINGS), "creating available"),
        # RDS user guide, "Restoring a DB instance to a specified time"
        (journeys.restoration(TIMINGS), "creating backing-up available"),
        # RDS user guide, "Promoting a read replica to be a standalone DB instance"
        (journeys.promotion(TIMINGS), "modifying rebooting available"),
        # botocore service model, RebootDBInstance
        (journeys.reboot(TIMINGS), "rebooting available"),
        # botocore service model, ModifyDBInstance, BackupRetentionPeriod
        (journeys.modification(TIMINGS, 7, 3), "available"),
        (journeys.modification(TIMINGS, 7, 0), "modifying available"),
        (journeys.modification(TIMINGS, 0, 7), "modifying backing-up available"),
        (journeys.daily_backup(TIMINGS), "backing-up available"),
        # RDS user guide, "Failing over a Multi-AZ DB instance"
        (journeys.host_failover(TIMINGS), "available available"),
        # botocore service model, DeleteDBInstance
        (journeys.deletion(TIMINGS), "deleting"),
    ],
    ids=[
        "create",
        "create-without-backups",
        "copy",
        "restore",
        "promote",
        "reboot",
        "keep-backups",
        "disable-backups",
        "enable-backups",
        "back-up",
        "host-failover",
        "delete",
    ],
)
def test_states_come_in_the_documented_order(journey: Journey, states: str) -> None:
    """Each journey shows AWS's states, and rests in the last one."""
    assert " ".join(stage.state for stage in journey) == states


def test_a_promotion_takes_effect_at_the_end_of_modifying() -> None:
    """A replica stays read-only while it is modifying, and its server is down while it is rebooting."""
    modifying, rebooting, available = journeys.promotion(RdsTimings(promoting_seconds=90, rebooting_seconds=30))
    assert (modifying.seconds, modifying.on_entry, modifying.on_exit) == (90, None, Work.PROMOTE)
    assert (rebooting.seconds, rebooting.on_entry, rebooting.on_exit) == (30, Work.STOP, Work.START)
    assert (available.on_entry, available.on_exit) == (None, None)
