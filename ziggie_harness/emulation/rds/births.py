"""What an instance is like when it comes to be: created, copied from a source, or restored from backups."""

from __future__ import annotations

from dataclasses import replace

from ziggie_harness.emulation.rds.instance import Instance, State
from ziggie_harness.emulation.rds.requests import CreateInstance, CreateReplica, RestoreSnapshot, RestoreToTime


def created(request: CreateInstance, engine_version: str, address: str) -> Instance:
    """Return a new instance."""
    return Instance(
        key=request.key,
        state=State.CREATING,
        instance_class=request.instance_class,
        engine_version=engine_version,
        master_username=request.master_username,
        database_name=request.database_name,
        allocated_storage_gib=request.allocated_storage_gib,
        multi_az=request.multi_az,
        backup_retention_days=request.backup_retention_days,
        address=address,
        key_arn=request.key_arn,
        password_managed=request.password_managed,
    )


def copied(request: CreateReplica, source: Instance, address: str) -> Instance:
    """Return a new read replica.

    "RDS creates read replicas with backups disabled" (botocore service model, CreateDBInstanceReadReplica).
    """
    key_arn = request.key_arn or source.key_arn
    return replace(_like(request, source, address), backup_retention_days=0, source=source.key, key_arn=key_arn)


def restored(request: RestoreToTime, source: Instance, address: str) -> Instance:
    """Return a restored instance.

    It "is created with most of the original configuration" (botocore service model, RestoreDBInstanceToPointInTime).
    """
    return replace(_like(request, source, address), source=None)


def from_snapshot(request: RestoreSnapshot, source: Instance, address: str) -> Instance:
    """Return an instance restored from a snapshot, on its own also when the snapshot was a replica's.

    It "is created from the source database with most of the original configuration" (botocore service model,
    RestoreDBInstanceFromDBSnapshot). A replica has no backups; how long the restored one keeps its own is our reading.
    """
    return replace(_like(request, source, address), source=None)


def _like(request: CreateReplica | RestoreToTime | RestoreSnapshot, source: Instance, address: str) -> Instance:
    """Return an instance that is like another, but for what was asked for; what is pending there is not here."""
    return replace(
        source,
        key=request.key,
        state=State.CREATING,
        instance_class=request.instance_class or source.instance_class,
        multi_az=request.multi_az,
        address=address,
        restorable_from_seconds=None,
        pending_retention_days=None,
        pending_multi_az=None,
    )
