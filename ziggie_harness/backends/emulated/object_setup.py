"""How a declared pair of buckets is made, through the API alone, as its owner would make it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.buckets import BucketPair, ReplicationRule
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import CLIENTS, Clock

OPERATOR: Final = CLIENTS
"""Where whoever provisions sits."""

ROLE_NAME: Final = "ziggie-s3-replication-role"
POLICY_NAME: Final = "ReplicationPolicy"
"""As the guide names them (§3)."""

OLDER_OBJECTS: Final = 5
"""How many objects are there before anybody replicates, as in every bucket that is older than its rules."""

CEILING_SECONDS: Final = 3600.0

TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
"""The trust policy of the guide (§3)."""


@dataclass(frozen=True, slots=True)
class Side:
    """The bucket of one region."""

    role: Role
    region: str
    bucket: str

    @property
    def key_arn(self) -> str:
        """The KMS key for its objects."""
        return f"arn:aws:kms:{self.region}:{ACCOUNT}:key/objects"


def sides(topology: Topology, pair: BucketPair) -> tuple[Side, Side]:
    """Return the bucket of the primary and that of the secondary region."""
    return (
        Side(Role.PRIMARY, topology.region(Role.PRIMARY), pair.primary_bucket),
        Side(Role.SECONDARY, topology.region(Role.SECONDARY), pair.secondary_bucket),
    )


def set_up(clients: Clients, clock: Clock, topology: Topology, pair: BucketPair) -> None:
    """Make both buckets, what is in them already, and the replication between them."""
    primary, secondary = sides(topology, pair)
    for side in (primary, secondary):
        s3 = clients.client("s3", side.region, OPERATOR)
        make_bucket(s3, side, encryption=pair.encryption, lock_days=pair.lock_days)
        if side is primary or pair.settings_on_both_sides:
            make_settings(s3, side)
    client = clients.client("s3", primary.region, OPERATOR)
    for number in range(OLDER_OBJECTS):
        client.put_object(Bucket=primary.bucket, Key=f"older/{number:04d}", Body=f"older {number}".encode())
    iam = clients.client("iam", topology.region(Role.CONTROL_PLANE), OPERATOR)
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
    permit(iam, (primary, secondary))
    ways = [(primary, secondary), *([(secondary, primary)] if pair.two_way else [])]
    for source, destination in ways:
        _replicate(clients, pair, source, destination)
    if pair.older_objects_copied:
        copy_older(clients, clock, primary)


def permit(iam: Any, both: tuple[Side, Side]) -> None:  # noqa: ANN401 - boto3 makes its classes late
    """Let the role copy, both ways."""
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName=POLICY_NAME, PolicyDocument=json.dumps(permissions(both)))


def permissions(both: tuple[Side, Side]) -> Mapping[str, Any]:
    """Return the guide's policy (§3), for both directions, with the keys and the tags that it leaves out."""
    buckets = [bucket_of(side) for side in both]
    objects = [f"{bucket}/*" for bucket in buckets]
    read = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    write = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    statements = [
        (["s3:GetReplicationConfiguration", "s3:ListBucket"], buckets),
        ([*read, *write, "s3:InitiateReplication"], objects),
        (["kms:Decrypt", "kms:Encrypt"], ["*"]),
    ]
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": things} for actions, things in statements]
    return {"Version": "2012-10-17", "Statement": allowed}


def bucket_of(side: Side) -> str:
    """Return the ARN of a bucket."""
    return f"arn:aws:s3:::{side.bucket}"


def make_settings(s3: Any, side: Side) -> None:  # noqa: ANN401 - boto3 makes its classes late
    """Make the settings that an application relies on: lifecycle, CORS, policy and tags."""
    s3.put_bucket_lifecycle_configuration(
        Bucket=side.bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old-versions",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 365},
                }
            ]
        },
    )
    origin = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://ziggie.ai"]}
    s3.put_bucket_cors(Bucket=side.bucket, CORSConfiguration={"CORSRules": [origin]})
    arn = bucket_of(side)
    keep = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [keep]})
    s3.put_bucket_policy(Bucket=side.bucket, Policy=policy)
    s3.put_bucket_tagging(Bucket=side.bucket, Tagging={"TagSet": [{"Key": "service", "Value": "ziggie"}]})


def make_bucket(s3: Any, side: Side, *, encryption: str, lock_days: int | None) -> None:  # noqa: ANN401 - boto3 makes its classes late
    """Make a bucket with versions, its default encryption and, where it is declared, Object Lock."""
    locked = {"ObjectLockEnabledForBucket": True} if lock_days else {}
    s3.create_bucket(Bucket=side.bucket, CreateBucketConfiguration={"LocationConstraint": side.region}, **locked)
    s3.put_bucket_versioning(Bucket=side.bucket, VersioningConfiguration={"Status": "Enabled"})
    default: dict[str, str] = {"SSEAlgorithm": encryption}
    if encryption == "aws:kms":
        default["KMSMasterKeyID"] = side.key_arn
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=side.bucket, ServerSideEncryptionConfiguration=rules)
    if lock_days:
        retention = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": lock_days}}
        configuration = {"ObjectLockEnabled": "Enabled", "Rule": retention}
        s3.put_object_lock_configuration(Bucket=side.bucket, ObjectLockConfiguration=configuration)


def _replicate(clients: Clients, pair: BucketPair, source: Side, destination: Side) -> None:
    """Have one bucket copied to the other by the declared rules, and somebody told of what goes wrong."""
    s3 = clients.client("s3", source.region, OPERATOR)
    rules = [
        {"ID": name, "Status": "Enabled", **_members(rule, pair, destination)} for name, rule in pair.rules.items()
    ]
    role = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
    s3.put_bucket_replication(Bucket=source.bucket, ReplicationConfiguration={"Role": role, "Rules": rules})
    if any(rule.time_control for rule in pair.rules.values()):
        topic = clients.client("sns", source.region, OPERATOR).create_topic(Name="ziggie-replication")["TopicArn"]
        told = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:Replication:*"]}]}
        s3.put_bucket_notification_configuration(Bucket=source.bucket, NotificationConfiguration=told)


def _members(rule: ReplicationRule, pair: BucketPair, destination: Side) -> Mapping[str, Any]:
    """Return a rule as the API takes it."""
    to: dict[str, Any] = {"Bucket": f"arn:aws:s3:::{destination.bucket}"}
    if rule.storage_class:
        to["StorageClass"] = rule.storage_class
    if rule.time_control:
        to["ReplicationTime"] = {"Status": "Enabled", "Time": {"Minutes": 15}}
        to["Metrics"] = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    selection: dict[str, Any] = {}
    if rule.kms_objects:
        to["EncryptionConfiguration"] = {"ReplicaKmsKeyID": destination.key_arn}
        selection["SseKmsEncryptedObjects"] = {"Status": "Enabled"}
    if pair.two_way:
        selection["ReplicaModifications"] = {"Status": "Enabled"}
    members: dict[str, Any] = {
        "Priority": rule.priority,
        "Filter": _filter(rule),
        "Destination": to,
        "DeleteMarkerReplication": {"Status": "Enabled" if rule.delete_markers else "Disabled"},
    }
    if selection:
        members["SourceSelectionCriteria"] = selection
    return members


def _filter(rule: ReplicationRule) -> Mapping[str, Any]:
    """Return a rule's filter: "exactly one Prefix, Tag, or an And child element" (S3 API, ReplicationRuleFilter)."""
    tags = [{"Key": key, "Value": value} for key, value in rule.tags.items()]
    if not tags:
        return {"Prefix": rule.prefix}
    if len(tags) == 1 and not rule.prefix:
        return {"Tag": tags[0]}
    return {"And": {"Prefix": rule.prefix, "Tags": tags}}


def copy_older(clients: Clients, clock: Clock, side: Side) -> None:
    """Have S3 Batch Replication copy what the rules leave out, and wait until it is done."""
    control = clients.client("s3control", side.region, OPERATOR)
    generator = {
        "SourceBucket": f"arn:aws:s3:::{side.bucket}",
        "EnableManifestOutput": False,
        "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": ["NONE", "FAILED"]},
    }
    job = control.create_job(
        AccountId=ACCOUNT,
        ConfirmationRequired=False,
        Operation={"S3ReplicateObject": {}},
        Report={"Enabled": False},
        ClientRequestToken="older-objects",
        Priority=1,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}",
        ManifestGenerator={"S3JobManifestGenerator": generator},
    )["JobId"]

    def obstacle() -> str | None:
        """Say how far the job is, or return None when it is complete."""
        status = control.describe_job(AccountId=ACCOUNT, JobId=job)["Job"]["Status"]
        return None if status == "Complete" else f"the job is {status}"

    wait_until(clock, "S3 Batch Replication", obstacle, at_most_seconds=CEILING_SECONDS, every_seconds=5.0)
