"""What RDS refuses of a replica and of a restore: rules about the instance that is copied, each with its source."""

from __future__ import annotations

from typing import Final

from ziggie_harness.emulation.rds.instance import Instance, Key, State
from ziggie_harness.emulation.rds.refusals import Instances, Refusal, replicas_of, unavailable, unknown
from ziggie_harness.emulation.rds.requests import CreateReplica, RestoreToTime

REPLICAS_OF_ONE_SOURCE: Final = 15
"""SourceDBInstanceIdentifier: "Each DB instance can have up to 15 read replicas" (botocore service model)."""


def source_known(request: CreateReplica | RestoreToTime, instances: Instances) -> Refusal | None:
    """Demand a source that exists: in the same region for an identifier, anywhere for an ARN.

    Source: botocore service model, CreateDBInstanceReadReplica, SourceDBInstanceIdentifier: "If the source DB
    instance is in a different Amazon Web Services Region from the read replica, specify a valid DB instance ARN."
    """
    key = Key.of(request.source, request.key.region)
    return None if key in instances else unknown(request.source)


def source_available(request: CreateReplica, instances: Instances) -> Refusal | None:
    """Demand that a replica's source is available.

    Source: botocore service model, CreateDBInstanceReadReplica, InvalidDBInstanceStateFault: "The DB instance isn't in
    a valid state"; that `available` is the valid one is our reading of reports.
    """
    source = _source(request, instances)
    return unavailable(source) if source and source.state is not State.AVAILABLE else None


def source_backed_up(request: CreateReplica, instances: Instances) -> Refusal | None:
    """Demand automated backups of a replica's source, a retention of at least one day.

    Source: botocore service model, CreateDBInstanceReadReplica: "Your source DB instance or cluster must have backup
    retention enabled". Text: reports of CreateDBInstanceReadReplica.
    """
    source = _source(request, instances)
    if source is None or source.backup_retention_days > 0:
        return None
    return Refusal(
        "InvalidDBInstanceState",
        "Automated backups are not enabled for this database instance. To enable automated backups, use "
        "ModifyDBInstance to set the backup retention period to a non-zero value.",
    )


def copy_has_a_key(request: CreateReplica, instances: Instances) -> Refusal | None:
    """Demand a KMS key for the copy of an encrypted source in another region.

    Source: botocore service model, CreateDBInstanceReadReplica, KmsKeyId: "you must specify a KMS key identifier
    for the destination Amazon Web Services Region". The error's code is our reading of reports.
    """
    source = _source(request, instances)
    if source is None or not source.key_arn or request.key_arn or source.key.region == request.key.region:
        return None
    text = f"The replica of the encrypted {source.key.identifier} needs a KmsKeyId of {request.key.region}."
    return Refusal("InvalidParameterCombination", text)


def copy_of_plain_is_plain(request: CreateReplica, instances: Instances) -> Refusal | None:
    """Demand an encrypted source for an encrypted replica.

    Source: botocore service model, CreateDBInstanceReadReplica, KmsKeyId: "You can't create an encrypted read replica
    from an unencrypted DB instance". The error's code is our reading of reports.
    """
    source = _source(request, instances)
    if source is None or source.key_arn or not request.key_arn:
        return None
    text = f"An encrypted read replica cannot be made of {source.key.identifier}, which is not encrypted."
    return Refusal("InvalidParameterCombination", text)


def source_password_unmanaged(request: CreateReplica, instances: Instances) -> Refusal | None:
    """Demand of a replica's source that its master user's password is not managed by Secrets Manager.

    Source: RDS user guide, "Limitations for Secrets Manager integration with Amazon RDS": no read replicas then, for
    every engine but SQL Server. The error's code is ours.
    """
    source = _source(request, instances)
    if source is None or not source.password_managed:
        return None
    text = f"A read replica cannot be made of {source.key.identifier}: Secrets Manager manages its password."
    return Refusal("InvalidParameterCombination", text)


def source_has_room(request: CreateReplica, instances: Instances) -> Refusal | None:
    """Demand that a source has at most 15 replicas.

    Source: botocore service model, CreateDBInstanceReadReplica, SourceDBInstanceIdentifier.
    """
    source = _source(request, instances)
    if source is None or len(replicas_of(source.key, instances)) < REPLICAS_OF_ONE_SOURCE:
        return None
    text = f"{source.key.identifier} already has {REPLICAS_OF_ONE_SOURCE} read replicas."
    return Refusal("InstanceQuotaExceeded", text)


def restores_from_backups(request: RestoreToTime, instances: Instances) -> Refusal | None:
    """Demand automated backups of the instance that is restored.

    Source: botocore service model, PointInTimeRestoreNotEnabledFault: "refers to a DB instance with
    BackupRetentionPeriod equal to 0".
    """
    source = _source(request, instances)
    if source is None or source.backup_retention_days > 0:
        return None
    text = f"{source.key.identifier} has a backup retention period of 0."
    return Refusal("PointInTimeRestoreNotEnabled", text)


def restores_what_was_uploaded(request: RestoreToTime, instances: Instances) -> Refusal | None:
    """Demand a time between the first backup and the latest restorable time.

    Source: botocore service model, RestoreDBInstanceToPointInTime, RestoreTime: "Must be before the latest restorable
    time for the DB instance". The error's code is our reading of reports.
    """
    source = _source(request, instances)
    if source is None or source.restorable_from_seconds is None:
        return None
    latest = source.latest_restorable_seconds(request.asked_seconds) or 0.0
    if source.restorable_from_seconds <= request.to_seconds <= latest:
        return None
    text = (
        f"The instance cannot be restored to a time before its first backup or later than {latest:.0f} s of the drill."
    )
    return Refusal("InvalidParameterValue", text)


def _source(request: CreateReplica | RestoreToTime, instances: Instances) -> Instance | None:
    """Return the source that a request names, if there is one."""
    key = Key.of(request.source, request.key.region)
    return instances.get(key) if key else None
