"""What is listed before and after a failover is tested: every thing, and no value of a secret."""

from __future__ import annotations

from typing import Any

from ziggie_harness.backends.emulated.inventory import entries
from ziggie_harness.drill.stage import ACTIVE_PASSIVE, designs
from ziggie_harness.drill.topology_file import read_topology

ANSWERS = {
    ("rds", "describe_db_instances"): {
        "DBInstances": [{"DBInstanceIdentifier": "a", "DBInstanceStatus": "available", "MultiAZ": True, "Other": 1}]
    },
    ("rds", "describe_db_snapshots"): {
        "DBSnapshots": [{"DBSnapshotIdentifier": "s", "Status": "available", "DBInstanceIdentifier": "a"}]
    },
    ("autoscaling", "describe_auto_scaling_groups"): {
        "AutoScalingGroups": [{"AutoScalingGroupName": "g", "Instances": [{}, {}], "DesiredCapacity": 4}]
    },
    ("secretsmanager", "list_secrets"): {
        "SecretList": [{"Name": "k", "SecretVersionsToStages": {"v1": ["AWSCURRENT", "A"]}}, {"Name": "empty"}]
    },
    ("route53", "list_resource_record_sets"): {
        "ResourceRecordSets": [
            {
                "Name": "api.ziggie.ai.",
                "Type": "A",
                "SetIdentifier": "primary",
                "TTL": 60,
                "Failover": "PRIMARY",
                "ResourceRecords": [{"Value": "1.1.1.1"}],
            },
        ]
    },
}


class Asked:
    """Any client: it answers from the table."""

    def __init__(self, service: str) -> None:
        """Answer for a service."""
        self._service = service

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401 - as boto3
        """Return what answers an operation."""
        return lambda **_: ANSWERS[self._service, operation]


def listed(design: str) -> list[str]:
    """List what the table has of a design."""
    topology = read_topology(designs()[design])
    return list(entries(topology, "Z1", lambda service, _, question: question(Asked(service))))


def test_both_regions_and_the_zone_are_listed() -> None:
    """A thing is the text up to the first colon and space."""
    assert read_topology(ACTIVE_PASSIVE) == read_topology(designs()["active-passive"])
    assert listed("active-passive") == [
        *(
            line
            for region in ("eu-north-1", "eu-west-1")
            for line in (
                f"instance a in {region}: DBInstanceStatus available, MultiAZ True",
                f"snapshot s in {region}: available of a",
                f"group g in {region}: 2 servers of 4",
            )
        ),
        "record api.ziggie.ai. A primary: 1.1.1.1 - TTL 60 - Failover PRIMARY",
    ]


def test_a_secret_is_known_by_its_versions() -> None:
    """Where secrets are declared; their values are nobody's business here."""
    found = [line for line in listed("secrets") if line.startswith("secret ")]
    assert found[:2] == ["secret k in eu-north-1: v1 A/AWSCURRENT", "secret empty in eu-north-1: no version"]


def test_what_is_not_declared_is_not_asked_for() -> None:
    """A replica set of MongoDB has no instances."""
    assert not any(line.startswith("instance") for line in listed("replica-set"))
