"""The emulated requests to the control plane, with the defaults that AWS documents (botocore service model)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.rds.instance import Key

DEFAULT_RETENTION_DAYS: Final = 1
"""BackupRetentionPeriod of CreateDBInstance and of PromoteReadReplica: "Default: 1"."""


@dataclass(frozen=True, slots=True)
class CreateInstance:
    """CreateDBInstance."""

    key: Key
    instance_class: str
    master_username: str
    master_password: str
    engine: str = "postgres"
    allocated_storage_gib: int = 20
    database_name: str = ""
    multi_az: bool = False
    backup_retention_days: int = DEFAULT_RETENTION_DAYS
    key_arn: str = ""
    """Empty for storage that is not encrypted."""
    password_managed: bool = False


@dataclass(frozen=True, slots=True)
class CreateReplica:
    """CreateDBInstanceReadReplica. What is not given is inherited from the source, but for Multi-AZ and backups."""

    key: Key
    source: str
    """An identifier in the same region, or an ARN."""
    instance_class: str = ""
    multi_az: bool = False
    key_arn: str = ""


@dataclass(frozen=True, slots=True)
class RestoreToTime:
    """RestoreDBInstanceToPointInTime. What is not given is taken from the source, but for Multi-AZ."""

    key: Key
    source: str
    """An identifier in the same region, or an ARN."""
    to_seconds: float
    """The drill time that it is restored to."""
    asked_seconds: float
    instance_class: str = ""
    multi_az: bool = False


@dataclass(frozen=True, slots=True)
class Promote:
    """PromoteReadReplica."""

    key: Key
    backup_retention_days: int = DEFAULT_RETENTION_DAYS


@dataclass(frozen=True, slots=True)
class Reboot:
    """RebootDBInstance."""

    key: Key
    force_failover: bool = False


@dataclass(frozen=True, slots=True)
class Modify:
    """ModifyDBInstance, as far as it is emulated."""

    key: Key
    backup_retention_days: int | None = None
    multi_az: bool | None = None
    apply_immediately: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """DeleteDBInstance."""

    key: Key
    skip_final_snapshot: bool = False
    final_snapshot: str = ""


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """CreateDBSnapshot."""

    key: Key
    """Of the snapshot."""
    instance: Key


@dataclass(frozen=True, slots=True)
class RestoreSnapshot:
    """RestoreDBInstanceFromDBSnapshot. What is not given is taken from the snapshot, but for Multi-AZ."""

    key: Key
    snapshot: Key
    instance_class: str = ""
    multi_az: bool = False


@dataclass(frozen=True, slots=True)
class DeleteSnapshot:
    """DeleteDBSnapshot."""

    key: Key


SnapshotRequest = TakeSnapshot | RestoreSnapshot | DeleteSnapshot

Request = CreateInstance | CreateReplica | RestoreToTime | Promote | Reboot | Modify | Delete
