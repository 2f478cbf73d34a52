"""What AWS has of a design, as its owners list it: to see afterwards that a test left and changed nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.topology import Role, Topology

SETTINGS: Final = (
    "DBInstanceStatus",
    "DBInstanceClass",
    "ReadReplicaSourceDBInstanceIdentifier",
    "MultiAZ",
    "BackupRetentionPeriod",
    "StorageEncrypted",
)
"""What is told of an instance. Source: botocore service model, rds, shape DBInstance."""

SERVING: Final = (Role.PRIMARY, Role.SECONDARY)

Ask = Callable[[str, str, Callable[[Any], Any]], Any]
"""Asks a service in a region by a boto3 client. Raises ApiRefused."""


def entries(topology: Topology, zone_id: str, ask: Ask) -> Iterator[str]:
    """Yield each thing with its state, as `thing: state`."""
    for region in (topology.region(role) for role in SERVING):
        if isinstance(topology.database, RdsPostgres):
            yield from _databases(region, ask)
        if topology.secrets:
            yield from _secrets(region, ask)
        if topology.capacity is not None:
            yield from _groups(region, ask)
    yield from _records(zone_id, topology.region(Role.CONTROL_PLANE), ask)


def _databases(region: str, ask: Ask) -> Iterator[str]:
    """Yield the instances of a region, and its snapshots."""
    for each in ask("rds", region, lambda rds: rds.describe_db_instances())["DBInstances"]:
        told = ", ".join(f"{name} {each[name]}" for name in SETTINGS if name in each)
        yield f"instance {each['DBInstanceIdentifier']} in {region}: {told}"
    for each in ask("rds", region, lambda rds: rds.describe_db_snapshots())["DBSnapshots"]:
        yield f"snapshot {each['DBSnapshotIdentifier']} in {region}: {each['Status']} of {each['DBInstanceIdentifier']}"


def _secrets(region: str, ask: Ask) -> Iterator[str]:
    """Yield the secrets of a region, by the versions that they have; no value is asked for."""
    for each in ask("secretsmanager", region, lambda manager: manager.list_secrets())["SecretList"]:
        versions = each.get("SecretVersionsToStages", {})
        told = ", ".join(f"{version} {'/'.join(sorted(stages))}" for version, stages in sorted(versions.items()))
        yield f"secret {each['Name']} in {region}: {told or 'no version'}"


def _groups(region: str, ask: Ask) -> Iterator[str]:
    """Yield the groups of servers of a region."""
    for each in ask("autoscaling", region, lambda scaling: scaling.describe_auto_scaling_groups())["AutoScalingGroups"]:
        told = f"{len(each['Instances'])} servers of {each['DesiredCapacity']}"
        yield f"group {each['AutoScalingGroupName']} in {region}: {told}"


def _records(zone_id: str, control_plane: str, ask: Ask) -> Iterator[str]:
    """Yield the record sets of the zone."""
    listed = ask("route53", control_plane, lambda route53: route53.list_resource_record_sets(HostedZoneId=zone_id))
    for each in listed["ResourceRecordSets"]:
        name = " ".join([each["Name"], each["Type"], each.get("SetIdentifier", "")]).strip()
        yield f"record {name}: {_record(each)}"


def _record(record: Mapping[str, Any]) -> str:
    """Return what a record set answers, and when."""
    values = ", ".join(each["Value"] for each in record.get("ResourceRecords", ()))
    told = [f"{key} {record[key]}" for key in ("TTL", "Failover", "HealthCheckId") if key in record]
    return " - ".join([values, *told])
