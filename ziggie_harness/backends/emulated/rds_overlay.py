"""The API of RDS, answered by the control plane over real PostgreSQL. moto's own RDS is never asked.

Its promotion keeps the link to the source and its instances are available at once (moto 5.2.5), and two states of one
service would contradict each other: so every call of the service ends here, an operation that is not emulated too.
"""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.rds import RdsRefused
from ziggie_harness.emulation.rds.instance import PORT, Instance, Key, Snapshot, State
from ziggie_harness.emulation.rds.refusals import unknown
from ziggie_harness.emulation.rds.requests import (
    DEFAULT_RETENTION_DAYS,
    CreateInstance,
    CreateReplica,
    Delete,
    DeleteSnapshot,
    Modify,
    Promote,
    Reboot,
    RestoreSnapshot,
    RestoreToTime,
    TakeSnapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.rds import EmulatedRds

SERVICE: Final = "rds"


class RdsApi:
    """An overlay of the gateway for the operations that a failover needs."""

    def __init__(self, rds: EmulatedRds) -> None:
        """Answer for a control plane."""
        self._rds = rds
        self._operations: Mapping[str, Callable[[Call], Instance]] = {
            "CreateDBInstance": self._create,
            "CreateDBInstanceReadReplica": self._create_replica,
            "RestoreDBInstanceToPointInTime": self._restore,
            "PromoteReadReplica": self._promote,
            "RebootDBInstance": self._reboot,
            "ModifyDBInstance": self._modify,
            "DeleteDBInstance": self._delete,
            "RestoreDBInstanceFromDBSnapshot": self._restore_snapshot,
        }
        self._snapshot_operations: Mapping[str, Callable[[Call], Snapshot]] = {
            "CreateDBSnapshot": self._take_snapshot,
            "DeleteDBSnapshot": lambda call: self._rds.delete_snapshot(DeleteSnapshot(snapshot_of(call))),
        }

    def handle(self, call: Call) -> Answer | None:
        """Answer every call of RDS; AwsError for what AWS refuses and for what is not emulated."""
        if call.service != SERVICE:
            return None
        try:
            if call.operation == "DescribeDBInstances":
                return Answer({"DBInstances": [self._described(instance) for instance in self._found(call)]})
            if call.operation == "DescribeDBSnapshots":
                return Answer({"DBSnapshots": [snapshot_described(each) for each in self._found_snapshots(call)]})
            if snapshot_operation := self._snapshot_operations.get(call.operation):
                return Answer({"DBSnapshot": snapshot_described(snapshot_operation(call))})
            operation = self._operations.get(call.operation)
            if operation is None:
                raise gap(f"rds {call.operation}")
            return Answer({"DBInstance": self._described(operation(call))})
        except RdsRefused as refused:
            refusal = refused.refusal
            raise AwsError(refusal.code, refusal.message, refusal.status) from refused

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave other services' answers alone."""
        return answer

    def _create(self, call: Call) -> Instance:
        """Carry out CreateDBInstance."""
        given = call.parameters
        if (engine := demanded(call, "Engine")) != "postgres":
            raise gap(f"the engine {engine!r}")
        if given.get("Port", PORT) != PORT:
            raise gap(f"port {given['Port']}")
        return self._rds.create_instance(
            CreateInstance(
                key=key_of(call),
                instance_class=demanded(call, "DBInstanceClass"),
                master_username=demanded(call, "MasterUsername"),
                master_password=given.get("MasterUserPassword", ""),
                allocated_storage_gib=given.get("AllocatedStorage", 20),
                database_name=given.get("DBName", ""),
                multi_az=given.get("MultiAZ", False),
                backup_retention_days=given.get("BackupRetentionPeriod", DEFAULT_RETENTION_DAYS),
                key_arn=given.get("KmsKeyId")
                or (key_of(call).default_encryption_key if given.get("StorageEncrypted") else ""),
                password_managed=given.get("ManageMasterUserPassword", False),
            )
        )

    def _create_replica(self, call: Call) -> Instance:
        """Carry out CreateDBInstanceReadReplica."""
        given = call.parameters
        return self._rds.create_read_replica(
            CreateReplica(
                key=key_of(call),
                source=demanded(call, "SourceDBInstanceIdentifier"),
                instance_class=given.get("DBInstanceClass", ""),
                multi_az=given.get("MultiAZ", False),
                key_arn=given.get("KmsKeyId", ""),
            )
        )

    def _restore(self, call: Call) -> Instance:
        """Carry out RestoreDBInstanceToPointInTime; of instances that were created, not copied or restored."""
        given = call.parameters
        if (date := given.get("RestoreTime")) is None:
            raise gap("RestoreDBInstanceToPointInTime without RestoreTime")
        source = Key.of(name := demanded(call, "SourceDBInstanceIdentifier"), call.region)
        if source and (found := self._rds.describe(source)).backup_retention_days and not found.restorable_from_seconds:
            raise gap("the restore of an instance that was copied or restored itself")
        return self._rds.restore(
            RestoreToTime(
                key=Key(call.region, demanded(call, "TargetDBInstanceIdentifier").lower()),
                source=name,
                # moto reads dates as UTC and leaves that unsaid.
                to_seconds=self._rds.dates.seconds(date.replace(tzinfo=dt.UTC)),
                asked_seconds=self._rds.dates.seconds(self._rds.dates.now()),
                instance_class=given.get("DBInstanceClass", ""),
                multi_az=given.get("MultiAZ", False),
            )
        )

    def _take_snapshot(self, call: Call) -> Snapshot:
        """Carry out CreateDBSnapshot."""
        return self._rds.take_snapshot(TakeSnapshot(snapshot_of(call), key_of(call)))

    def _restore_snapshot(self, call: Call) -> Instance:
        """Carry out RestoreDBInstanceFromDBSnapshot; of snapshots that were taken, not left by a deletion."""
        snapshot, given = snapshot_of(call), call.parameters
        if any(each.key == snapshot and not each.kept for each in self._rds.snapshots(call.region)):
            raise gap("the restore from the final snapshot of a deleted instance")
        wanted = RestoreSnapshot(
            key_of(call), snapshot, given.get("DBInstanceClass", ""), multi_az=given.get("MultiAZ", False)
        )
        return self._rds.restore_snapshot(wanted)

    def _found_snapshots(self, call: Call) -> tuple[Snapshot, ...]:
        """Return what DescribeDBSnapshots asks for: one snapshot, those of an instance, or all of the region."""
        given, found = call.parameters, self._rds.snapshots(call.region)
        if others := sorted(given.keys() - {"DBSnapshotIdentifier", "DBInstanceIdentifier"}):
            raise gap(f"DescribeDBSnapshots with {', '.join(others)}")
        if name := given.get("DBSnapshotIdentifier"):
            found = tuple(each for each in found if each.key.identifier == name.lower())
            if not found:
                raise AwsError("DBSnapshotNotFound", f"DBSnapshot {name} not found.", HTTPStatus.NOT_FOUND)
        if name := given.get("DBInstanceIdentifier"):
            found = tuple(each for each in found if each.taken_of.key.identifier == name.lower())
        return found

    def _promote(self, call: Call) -> Instance:
        """Carry out PromoteReadReplica."""
        days = call.parameters.get("BackupRetentionPeriod", DEFAULT_RETENTION_DAYS)
        return self._rds.promote(Promote(key_of(call), days))

    def _reboot(self, call: Call) -> Instance:
        """Carry out RebootDBInstance."""
        return self._rds.reboot(Reboot(key_of(call), call.parameters.get("ForceFailover", False)))

    def _modify(self, call: Call) -> Instance:
        """Carry out ModifyDBInstance, as far as it is emulated; a gap is told rather than passed over."""
        given = call.parameters
        emulated = {"DBInstanceIdentifier", "BackupRetentionPeriod", "MultiAZ", "ApplyImmediately"}
        if others := sorted(given.keys() - emulated):
            raise gap(f"ModifyDBInstance with {', '.join(others)}")
        return self._rds.modify(
            Modify(
                key=key_of(call),
                backup_retention_days=given.get("BackupRetentionPeriod"),
                multi_az=given.get("MultiAZ"),
                apply_immediately=given.get("ApplyImmediately", False),
            )
        )

    def _delete(self, call: Call) -> Instance:
        """Carry out DeleteDBInstance."""
        given = call.parameters
        return self._rds.delete(
            Delete(key_of(call), given.get("SkipFinalSnapshot", False), given.get("FinalDBSnapshotIdentifier", ""))
        )

    def _found(self, call: Call) -> tuple[Instance, ...]:
        """Return what DescribeDBInstances asks for: one instance, by identifier or ARN, or all of the region."""
        if call.parameters.get("Filters"):
            raise gap("DescribeDBInstances with Filters")
        name = call.parameters.get("DBInstanceIdentifier")
        if not name:
            return self._rds.instances(call.region)
        key = Key.of(name, call.region)
        if key is None or key.region != call.region:
            raise RdsRefused(unknown(name))
        return (self._rds.describe(key),)

    def _described(self, instance: Instance) -> dict[str, Any]:
        """Write an instance as AWS does (botocore service model, shape DBInstance)."""
        key, source = instance.key, instance.source
        described: dict[str, Any] = {
            "DBInstanceIdentifier": key.identifier,
            "DBInstanceArn": key.arn,
            "DBInstanceClass": instance.instance_class,
            "DBInstanceStatus": instance.state.value,
            "Engine": "postgres",
            "EngineVersion": instance.engine_version,
            "MasterUsername": instance.master_username,
            "AllocatedStorage": instance.allocated_storage_gib,
            "MultiAZ": instance.multi_az,
            "StorageEncrypted": bool(instance.key_arn),
            "BackupRetentionPeriod": instance.backup_retention_days,
            "ReadReplicaDBInstanceIdentifiers": [each.seen_from(key.region) for each in self._rds.replicas(key)],
            "PendingModifiedValues": pending(instance),
        }
        if instance.key_arn:
            described["KmsKeyId"] = instance.key_arn
        if instance.database_name:
            described["DBName"] = instance.database_name
        latest = instance.latest_restorable_seconds(self._rds.dates.seconds(self._rds.dates.now()))
        if latest is not None:
            described["LatestRestorableTime"] = self._rds.dates.at(latest)
        if instance.state is not State.CREATING:
            described["Endpoint"] = {"Address": instance.endpoint, "Port": PORT}
        if source is not None:
            described["ReadReplicaSourceDBInstanceIdentifier"] = source.seen_from(key.region)
        return described


def key_of(call: Call) -> Key:
    """Return the instance that a call is about; identifiers are stored in lower case (botocore service model)."""
    return Key(call.region, demanded(call, "DBInstanceIdentifier").lower())


def snapshot_of(call: Call) -> Key:
    """Return the snapshot that a call is about; identifiers are stored in lower case (botocore service model)."""
    return Key(call.region, demanded(call, "DBSnapshotIdentifier").lower())


def snapshot_described(snapshot: Snapshot) -> dict[str, Any]:
    """Write a snapshot as AWS does (botocore service model, shape DBSnapshot)."""
    instance = snapshot.taken_of
    return {
        "DBSnapshotIdentifier": snapshot.key.identifier,
        "DBSnapshotArn": snapshot.arn,
        "DBInstanceIdentifier": instance.key.identifier,
        "Status": snapshot.state,
        "SnapshotType": "manual",
        "Engine": "postgres",
        "EngineVersion": instance.engine_version,
        "AllocatedStorage": instance.allocated_storage_gib,
        "Encrypted": bool(instance.key_arn),
    }


def demanded(call: Call, name: str) -> str:
    """Return a parameter that has to be there; AwsError otherwise."""
    value = call.parameters.get(name)
    if not value:
        raise AwsError("MissingParameter", f"The request must contain the parameter {name}")
    return str(value)


def pending(instance: Instance) -> dict[str, Any]:
    """Return the changes that wait for the maintenance window."""
    waiting = {"BackupRetentionPeriod": instance.pending_retention_days, "MultiAZ": instance.pending_multi_az}
    return {name: value for name, value in waiting.items() if value is not None}


def gap(what: str) -> AwsError:
    """Return the error for what AWS has and this emulation lacks, so that nobody takes it for an outage."""
    text = f"{what} is not emulated: this is a gap of the harness"
    return AwsError("NotImplemented", text, HTTPStatus.NOT_IMPLEMENTED)
