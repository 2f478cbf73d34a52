"""The states that an instance passes after each request, for how long, and what really happens on the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from ziggie_harness.emulation.rds.instance import State


@dataclass(frozen=True, slots=True)
class RdsTimings:
    """For how many drill seconds each state lasts at least; real work that takes longer lasts as long as it takes.

    All of these are assumptions, to be replaced by what the owner measured: AWS documents the order of the states and,
    for most, no more than "minutes" (RDS user guide, "Promoting a read replica": "can take several minutes or longer").
    """

    creating_seconds: float = 300.0
    first_backup_seconds: float = 60.0
    creating_replica_seconds: float = 600.0
    restoring_seconds: float = 600.0
    promoting_seconds: float = 60.0
    """How long a promoted replica stays `modifying`; it accepts writes at the end of it at the earliest."""
    rebooting_seconds: float = 60.0
    """How long the server is down for a reboot."""
    modifying_seconds: float = 60.0
    failing_over_seconds: float = 90.0
    """RDS user guide, "Failing over a Multi-AZ DB instance": "Failover times are typically 60-120 seconds"."""
    daily_backup_seconds: float = 300.0
    deleting_seconds: float = 120.0
    snapshot_seconds: float = 60.0


class Work(Enum):
    """What really happens to the PostgreSQL behind an instance."""

    CREATE = auto()
    COPY = auto()
    """A base backup of the source, over the network, then streaming replication."""
    RESTORE = auto()
    """The source's first backup and its archived log, up to a time."""
    SNAPSHOT = auto()
    """A copy of the data as it is, beside the server."""
    RESTORE_SNAPSHOT = auto()
    PROMOTE = auto()
    STOP = auto()
    START = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class Stage:
    """A state, how long it lasts at least, and the work at its two ends."""

    state: State
    seconds: float = 0.0
    on_entry: Work | None = None
    on_exit: Work | None = None


Journey = tuple[Stage, ...]
"""Stages in order; the state of the last one stays."""

_READY = Stage(State.AVAILABLE)


def creation(timings: RdsTimings, backup_retention_days: int) -> Journey:
    """Return a new instance's stages: creating, backing-up, available.

    Source: RDS user guide, "Viewing Amazon RDS DB instance status"; a retention of 0 days disables automated backups
    (botocore service model, CreateDBInstance, BackupRetentionPeriod), so there is no first one then.
    """
    created = Stage(State.CREATING, timings.creating_seconds, on_entry=Work.CREATE)
    return (created, *_backup(timings.first_backup_seconds if backup_retention_days else None), _READY)


def replica_creation(timings: RdsTimings) -> Journey:
    """Return a new read replica's stages: creating, available.

    Source: botocore service model, CreateDBInstanceReadReplica: "RDS creates read replicas with backups disabled".
    """
    return (Stage(State.CREATING, timings.creating_replica_seconds, on_entry=Work.COPY), _READY)


def restoration(timings: RdsTimings) -> Journey:
    """Return a restored instance's stages: creating, backing-up, available.

    Source: RDS user guide, "Restoring a DB instance to a specified time": it is a new instance.
    """
    restored = Stage(State.CREATING, timings.restoring_seconds, on_entry=Work.RESTORE)
    return (restored, *_backup(timings.first_backup_seconds), _READY)


def snapshot(timings: RdsTimings) -> Journey:
    """Return the stages of an instance of which a snapshot is taken: backing-up, available. It serves meanwhile.

    Source: RDS user guide, "Viewing Amazon RDS DB instance status", backing-up.
    """
    return (Stage(State.BACKING_UP, timings.snapshot_seconds, on_entry=Work.SNAPSHOT), _READY)


def snapshot_restoration(timings: RdsTimings) -> Journey:
    """Return the stages of an instance restored from a snapshot: creating, available.

    Source: RDS user guide, "Restoring to a DB instance". Of a replica's snapshot it keeps no backups, so there is no
    first one.
    """
    return (Stage(State.CREATING, timings.restoring_seconds, on_entry=Work.RESTORE_SNAPSHOT), _READY)


def promotion(timings: RdsTimings) -> Journey:
    """Return a promoted replica's stages: modifying, rebooting, available.

    Source: RDS user guide, "Promoting a read replica to be a standalone DB instance": replication is stopped, the
    instance is rebooted, and it is available then.
    """
    return (Stage(State.MODIFYING, timings.promoting_seconds, on_exit=Work.PROMOTE), *reboot(timings))


def reboot(timings: RdsTimings) -> Journey:
    """Return a rebooted instance's stages: rebooting, available.

    Source: botocore service model, RebootDBInstance: "a momentary outage, during which the DB instance status is set to
    rebooting".
    """
    return (Stage(State.REBOOTING, timings.rebooting_seconds, on_entry=Work.STOP, on_exit=Work.START), _READY)


def host_failover(timings: RdsTimings) -> Journey:
    """Return the stages after a Multi-AZ instance lost its host: the standby takes over with the same data.

    Source: RDS user guide, "Failing over a Multi-AZ DB instance". No state of its own is documented, so none is shown.
    """
    return (Stage(State.AVAILABLE, timings.failing_over_seconds, on_exit=Work.START), _READY)


def modification(timings: RdsTimings, retention_before: int, retention_after: int) -> Journey:
    """Return the stages of a changed backup retention: modifying where it enables or disables backups.

    Source: botocore service model, ModifyDBInstance, BackupRetentionPeriod: enabling and disabling backups suspends I/O
    briefly; a change between two values that are not zero is applied without that.
    """
    if bool(retention_before) == bool(retention_after):
        return (_READY,)
    first_backup = _backup(timings.first_backup_seconds if retention_after else None)
    return (Stage(State.MODIFYING, timings.modifying_seconds), *first_backup, _READY)


def daily_backup(timings: RdsTimings) -> Journey:
    """Return the stages of the backup window: backing-up, available. The database serves meanwhile.

    Source: RDS user guide, "Introduction to backups": automated backups occur daily during the backup window.
    """
    return (*_backup(timings.daily_backup_seconds), _READY)


def deletion(timings: RdsTimings) -> Journey:
    """Return a deleted instance's stages: deleting, then nothing describes it any more.

    Source: botocore service model, DeleteDBInstance.
    """
    return (Stage(State.DELETING, timings.deleting_seconds, on_entry=Work.REMOVE),)


def _backup(seconds: float | None) -> Journey:
    """Return the stage of a backup, or none."""
    return () if seconds is None else (Stage(State.BACKING_UP, seconds),)
