"""The API of RDS as boto3 sees it, through the gateway, with a real database behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.rds_overlay import RdsApi
from ziggie_harness.emulation.rds.instance import Key
from ziggie_harness.model.history import CallMade, Noted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.backends.emulated.databases.conftest import Account
    from ziggie_harness.lab.certificates import CertificateAuthority

NEW = {
    "DBInstanceIdentifier": "Ziggie-Primary",
    "DBInstanceClass": "db.t3.medium",
    "Engine": "postgres",
    "MasterUsername": "ziggie",
    "MasterUserPassword": "correct horse",
    "AllocatedStorage": 100,
    "MultiAZ": True,
    "BackupRetentionPeriod": 7,
}
PRIMARY, REPLICA = Key("eu-north-1", "ziggie-primary"), Key("eu-west-1", "ziggie-replica")


@pytest.fixture
def cloud(account: Account, certificates: CertificateAuthority) -> Iterator[Cloud]:
    """Put the control plane behind the gateway."""
    lab = account.lab
    with Cloud(
        lab.clock, lab.network, lab.journal, certificates, lab.network.site_of, overlays=[RdsApi(account.rds)]
    ) as made:
        yield made


def refused(client: Any, operation: str, **parameters: object) -> tuple[str, int]:  # noqa: ANN401 - boto3's clients have no type
    """Make a call that fails, and return the error's code and status."""
    with pytest.raises(ClientError) as error:
        getattr(client, operation)(**parameters)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_failover_by_boto3(account: Account, cloud: Cloud) -> None:
    """The guide's commands work: create, replicate across regions by ARN, promote; descriptions have AWS's shape."""
    north, west = (cloud.clients.client("rds", region, "internet") for region in ("eu-north-1", "eu-west-1"))
    assert "Endpoint" not in north.create_db_instance(**NEW)["DBInstance"]
    account.await_available(PRIMARY)
    source = north.describe_db_instances(DBInstanceIdentifier="ziggie-primary")["DBInstances"][0]
    assert (source["DBInstanceStatus"], source["MultiAZ"], source["AllocatedStorage"]) == ("available", True, 100)
    assert account.rds.address_of(source["Endpoint"]["Address"]) == "13.48.10.30"
    west.create_db_instance_read_replica(
        DBInstanceIdentifier="ziggie-replica", SourceDBInstanceIdentifier=source["DBInstanceArn"]
    )
    account.await_available(REPLICA)
    copy = west.describe_db_instances()["DBInstances"][0]
    assert copy["ReadReplicaSourceDBInstanceIdentifier"] == PRIMARY.arn
    assert copy["BackupRetentionPeriod"] == 0
    assert north.describe_db_instances()["DBInstances"][0]["ReadReplicaDBInstanceIdentifiers"] == [REPLICA.arn]
    promoting = west.promote_read_replica(DBInstanceIdentifier="ziggie-replica")["DBInstance"]
    assert promoting["DBInstanceStatus"] == "modifying"
    account.await_available(REPLICA)
    promoted = west.describe_db_instances(DBInstanceIdentifier=REPLICA.arn)["DBInstances"][0]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in promoted
    assert promoted["BackupRetentionPeriod"] == 1
    called = [event.operation for _, event in account.lab.journal.history().of_kind(CallMade)]
    assert called.count("PromoteReadReplica") == 1


def test_errors_have_awss_codes(account: Account, cloud: Cloud) -> None:
    """Codes and statuses are those of the botocore service model; a gap of the emulation says that it is one."""
    north, west = (cloud.clients.client("rds", region, "internet") for region in ("eu-north-1", "eu-west-1"))
    assert refused(north, "describe_db_instances", DBInstanceIdentifier="nobody") == ("DBInstanceNotFound", 404)
    assert refused(north, "promote_read_replica", DBInstanceIdentifier="nobody") == ("DBInstanceNotFound", 404)
    north.create_db_instance(**NEW)
    assert refused(north, "create_db_instance", **NEW) == ("DBInstanceAlreadyExists", 400)
    busy = ("InvalidDBInstanceState", 400)
    assert refused(north, "reboot_db_instance", DBInstanceIdentifier="ziggie-primary") == busy
    account.await_available(PRIMARY)
    replica = {"DBInstanceIdentifier": "r", "SourceDBInstanceIdentifier": "ziggie-primary"}
    assert refused(west, "create_db_instance_read_replica", **replica) == ("DBInstanceNotFound", 404)
    assert refused(north, "promote_read_replica", DBInstanceIdentifier="ziggie-primary") == busy
    assert refused(north, "start_db_instance", DBInstanceIdentifier="x") == ("NotImplemented", 501)
    changed = north.modify_db_instance(DBInstanceIdentifier="ziggie-primary", BackupRetentionPeriod=0)["DBInstance"]
    assert changed["PendingModifiedValues"] == {"BackupRetentionPeriod": 0}
    gone = north.delete_db_instance(DBInstanceIdentifier="ziggie-primary", SkipFinalSnapshot=True)["DBInstance"]
    assert gone["DBInstanceStatus"] == "deleting"


def test_a_restore_by_boto3(account: Account, cloud: Cloud) -> None:
    """A new instance has what was written before the time and nothing later; a time not uploaded yet is refused.

    Source: RDS user guide, "Restoring a DB instance to a specified time".
    """
    north = cloud.clients.client("rds", "eu-north-1", "internet")
    north.create_db_instance(**NEW)
    account.await_available(PRIMARY)
    server, clock = account.rds.server(PRIMARY), account.lab.clock
    server.ask("CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)")
    server.ask("SELECT pg_sleep(1)")  # a restore is early, rather than late, by what it takes to read two clocks
    clock.sleep(60)
    before = account.rds.dates.now()
    account.lab.journal.record(Noted("a moment to go back to"))
    clock.sleep(60)
    server.ask("INSERT INTO orders VALUES (2)")
    wanted = {
        "SourceDBInstanceIdentifier": "ziggie-primary",
        "TargetDBInstanceIdentifier": "restored",
        "RestoreTime": before,
    }
    assert refused(north, "restore_db_instance_to_point_in_time", **wanted) == ("InvalidParameterValue", 400)
    clock.sleep(300)
    told = north.describe_db_instances(DBInstanceIdentifier="ziggie-primary")["DBInstances"][0]
    assert told["LatestRestorableTime"] > before
    north.restore_db_instance_to_point_in_time(**wanted)
    account.await_available(Key("eu-north-1", "restored"))
    restored = account.rds.server(Key("eu-north-1", "restored"))
    assert restored.ask("SELECT id FROM orders") == (("1",),)
    restored.ask("INSERT INTO orders VALUES (3)")
    again = {**wanted, "SourceDBInstanceIdentifier": "restored", "TargetDBInstanceIdentifier": "twice"}
    assert refused(north, "restore_db_instance_to_point_in_time", **again) == ("NotImplemented", 501)


def test_a_snapshot_of_a_replica_by_boto3(account: Account, cloud: Cloud) -> None:
    """What is restored from it has what the replica had, takes writes, and follows nobody; the replica goes on.

    Source: RDS user guide, "Restoring to a DB instance".
    """
    north, west = (cloud.clients.client("rds", region, "internet") for region in ("eu-north-1", "eu-west-1"))
    north.create_db_instance(**NEW)
    account.await_available(PRIMARY)
    account.rds.server(PRIMARY).ask("CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)")
    west.create_db_instance_read_replica(
        DBInstanceIdentifier=REPLICA.identifier, SourceDBInstanceIdentifier=PRIMARY.arn
    )
    account.await_available(REPLICA)
    asked = {"DBInstanceIdentifier": REPLICA.identifier, "DBSnapshotIdentifier": "Test"}
    assert west.create_db_snapshot(**asked)["DBSnapshot"]["Status"] == "creating"
    assert refused(west, "delete_db_snapshot", DBSnapshotIdentifier="test") == ("InvalidDBSnapshotState", 400)
    assert refused(west, "promote_read_replica", DBInstanceIdentifier=REPLICA.identifier)[0] == "InvalidDBInstanceState"
    account.await_available(REPLICA)
    assert refused(west, "create_db_snapshot", **asked) == ("DBSnapshotAlreadyExists", 400)
    account.rds.server(PRIMARY).ask("INSERT INTO orders VALUES (2)")
    told = west.describe_db_snapshots(DBSnapshotIdentifier="test")["DBSnapshots"][0]
    assert (told["Status"], told["DBInstanceIdentifier"]) == ("available", REPLICA.identifier)
    copy = {"DBInstanceIdentifier": "copy", "DBSnapshotIdentifier": "test"}
    assert (
        "ReadReplicaSourceDBInstanceIdentifier" not in west.restore_db_instance_from_db_snapshot(**copy)["DBInstance"]
    )
    account.await_available(Key("eu-west-1", "copy"))
    server = account.rds.server(Key("eu-west-1", "copy"))
    assert server.ask("SELECT id FROM orders") == (("1",),)
    server.ask("INSERT INTO orders VALUES (3)")
    assert account.rds.describe(REPLICA).source == PRIMARY
    assert account.rds.replication_lag(REPLICA) is None
    west.delete_db_instance(DBInstanceIdentifier="copy", SkipFinalSnapshot=True)
    west.delete_db_snapshot(DBSnapshotIdentifier="test")
    assert west.describe_db_snapshots()["DBSnapshots"] == []
    assert refused(west, "describe_db_snapshots", DBSnapshotIdentifier="test") == ("DBSnapshotNotFound", 404)


def test_a_deletion_leaves_its_last_snapshot(account: Account, cloud: Cloud) -> None:
    """It is listed, and that nothing is restored from it here is told as a gap."""
    north = cloud.clients.client("rds", "eu-north-1", "internet")
    north.create_db_instance(**NEW)
    account.await_available(PRIMARY)
    north.delete_db_instance(DBInstanceIdentifier=PRIMARY.identifier, FinalDBSnapshotIdentifier="last")
    told = north.describe_db_snapshots(DBInstanceIdentifier=PRIMARY.identifier)["DBSnapshots"]
    assert [each["DBSnapshotIdentifier"] for each in told] == ["last"]
    copy = {"DBInstanceIdentifier": "copy", "DBSnapshotIdentifier": "last"}
    assert refused(north, "restore_db_instance_from_db_snapshot", **copy) == ("NotImplemented", 501)
