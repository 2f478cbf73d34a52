"""S3 as boto3 sees it, through the gateways of two regions: what is copied, when, and what stops it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated import object_setup
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.moto_state import ACCOUNT, Moto
from ziggie_harness.backends.emulated.object_setup import Side
from ziggie_harness.backends.emulated.s3_jobs import S3Jobs
from ziggie_harness.backends.emulated.s3_overlay import S3Buckets
from ziggie_harness.backends.emulated.s3_replication import Replicator
from ziggie_harness.backends.emulated.s3_state import S3State, missing_internals
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.history import CallMade
from ziggie_harness.model.object_events import ObjectReplicated, ReplicationMeasured, ReplicationNotified
from ziggie_harness.model.topology import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.backends.emulated.calls import Overlay
    from ziggie_harness.lab.certificates import CertificateAuthority

NORTH, WEST = "eu-north-1", "eu-west-1"
LAG_SECONDS = 5.0
BOTH = (Side(Role.PRIMARY, NORTH, "prod"), Side(Role.SECONDARY, WEST, "spare"))
RULE: dict[str, Any] = {
    "ID": "everything",
    "Status": "Enabled",
    "Priority": 1,
    "Filter": {},
    "DeleteMarkerReplication": {"Status": "Enabled"},
    "Destination": {"Bucket": "arn:aws:s3:::spare"},
}
CONTROL = {
    "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
    "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
}


@dataclass(frozen=True, slots=True)
class Buckets:
    """Two versioned buckets, and what is around them."""

    clock: DrillClock
    network: Network
    journal: FileJournal
    cloud: Cloud
    north: Any
    west: Any

    def replicate(self, client: Any = None, bucket: str = "prod", **members: object) -> None:  # noqa: ANN401 - boto3's clients have no type
        """Have a bucket copied by the guide's rule, with other members."""
        role = f"arn:aws:iam::{ACCOUNT}:role/{object_setup.ROLE_NAME}"
        configuration = {"Role": role, "Rules": [{**RULE, **members}]}
        (client or self.north).put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration)

    def head(self, client: Any, bucket: str, key: str) -> tuple[str, str] | None:  # noqa: ANN401 - as above
        """Return version and replication status of an object, or None when there is none."""
        try:
            told = client.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return None
        return told["VersionId"], told.get("ReplicationStatus", "")

    def events(self, kind: type[Any]) -> list[Any]:
        """Return what was recorded of a kind."""
        return [event for _, event in self.journal.history().of_kind(kind)]


@pytest.fixture
def buckets(bench: Bench, certificates: CertificateAuthority) -> Iterator[Buckets]:
    """Make two buckets in the lab, and the role that copies."""
    network, clock, journal = bench.network, bench.clock, bench.journal
    with ExitStack() as stack:
        dates = DrillDates(clock)
        state, trust = S3State(dates), Trust(certificates.client_context())
        replicator = stack.enter_context(
            Replicator(clock, network, journal, state, trust=trust, lag_seconds=LAG_SECONDS)
        )
        overlays: list[Overlay] = [S3Buckets(state, replicator, dates), S3Jobs(replicator)]
        cloud = stack.enter_context(Cloud(clock, network, journal, certificates, network.site_of, overlays=overlays))
        replicator.endpoint_of = cloud.place_of
        north, west = (cloud.clients.client("s3", region, "internet") for region in (NORTH, WEST))
        for client, side in ((north, BOTH[0]), (west, BOTH[1])):
            where = {"LocationConstraint": side.region}
            client.create_bucket(Bucket=side.bucket, CreateBucketConfiguration=where)
            client.put_bucket_versioning(Bucket=side.bucket, VersioningConfiguration={"Status": "Enabled"})
        iam = cloud.clients.client("iam", "us-east-1", "internet")
        trusted = json.dumps(object_setup.TRUST)
        iam.create_role(RoleName=object_setup.ROLE_NAME, AssumeRolePolicyDocument=trusted)
        object_setup.permit(iam, BOTH)
        yield Buckets(clock, network, journal, cloud, north, west)


def test_what_is_used_of_moto_is_there() -> None:
    """The pinned version has everything that is used of its inside."""
    with Moto():
        assert missing_internals() == []


def test_an_object_is_copied_after_the_lag_with_everything_that_describes_it(buckets: Buckets) -> None:
    """Version id, body, metadata, tags and time are those of the source; PENDING becomes COMPLETED and REPLICA.

    Source: S3 user guide, "What does Amazon S3 replicate?" and "Getting replication status information".
    """
    buckets.replicate()
    put = buckets.north.put_object(
        Bucket="prod", Key="a/b c", Body=b"hello", Metadata={"colour": "blue"}, Tagging="k=v", ContentType="text/plain"
    )
    assert buckets.head(buckets.north, "prod", "a/b c") == (put["VersionId"], "PENDING")
    buckets.clock.sleep(LAG_SECONDS - 1)
    assert buckets.head(buckets.west, "spare", "a/b c") is None
    buckets.clock.sleep(2)
    assert buckets.head(buckets.north, "prod", "a/b c") == (put["VersionId"], "COMPLETED")
    copy = buckets.west.get_object(Bucket="spare", Key="a/b c")
    assert (copy["VersionId"], copy["ReplicationStatus"]) == (put["VersionId"], "REPLICA")
    assert (copy["Body"].read(), copy["Metadata"], copy["ContentType"]) == (b"hello", {"colour": "blue"}, "text/plain")
    assert copy["LastModified"] == buckets.north.head_object(Bucket="prod", Key="a/b c")["LastModified"]
    assert buckets.west.get_object_tagging(Bucket="spare", Key="a/b c")["TagSet"] == [{"Key": "k", "Value": "v"}]
    [event] = buckets.events(ObjectReplicated)
    assert (event.status, event.destination) == ("COMPLETED", "spare")
    assert LAG_SECONDS <= event.waited_seconds < LAG_SECONDS + 1


def test_a_configuration_comes_back_as_it_was_given(buckets: Buckets) -> None:
    """Moto alone would tell DeleteMarkerReplication as Disabled and forget the filter."""
    rule = {**RULE, "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}}
    rule["DeleteMarkerReplication"] = {"Status": "Disabled"}
    buckets.replicate(**rule)
    told = buckets.north.get_bucket_replication(Bucket="prod")["ReplicationConfiguration"]["Rules"]
    assert told == [rule]
    buckets.north.delete_bucket_replication(Bucket="prod")
    with pytest.raises(ClientError, match="ReplicationConfigurationNotFoundError"):
        buckets.north.get_bucket_replication(Bucket="prod")


def test_deletions(buckets: Buckets) -> None:
    """A delete marker is copied by setting, also that of a mass deletion; the deletion of a version never is.

    Source: S3 user guide, "How delete operations affect replication".
    """
    buckets.replicate()
    version = buckets.north.put_object(Bucket="prod", Key="a", Body=b"1")["VersionId"]
    buckets.north.put_object(Bucket="prod", Key="b", Body=b"1")
    buckets.clock.sleep(LAG_SECONDS + 1)
    buckets.north.delete_object(Bucket="prod", Key="a", VersionId=version)
    buckets.north.delete_objects(Bucket="prod", Delete={"Objects": [{"Key": "b"}]})
    buckets.clock.sleep(LAG_SECONDS + 1)
    assert buckets.head(buckets.west, "spare", "a") == (version, "REPLICA")
    assert buckets.head(buckets.west, "spare", "b") is None
    left, right = (
        client.list_object_versions(Bucket=bucket)["DeleteMarkers"][0]["VersionId"]
        for client, bucket in ((buckets.north, "prod"), (buckets.west, "spare"))
    )
    assert left == right


def test_a_cut_stops_the_copying_and_it_catches_up(buckets: Buckets) -> None:
    """Nothing arrives over a cut link, the status stays PENDING, and after the healing everything arrives."""
    buckets.replicate(Destination={**RULE["Destination"], **CONTROL})
    with buckets.network.severed(NORTH, WEST):
        for key in "abc":
            buckets.north.put_object(Bucket="prod", Key=key, Body=key.encode())
        buckets.clock.sleep(130)
        assert [buckets.head(buckets.north, "prod", key)[1] for key in "abc"] == ["PENDING"] * 3  # type: ignore[index]
        assert buckets.head(buckets.west, "spare", "a") is None
    buckets.clock.sleep(20)
    assert [buckets.head(buckets.west, "spare", key)[1] for key in "abc"] == ["REPLICA"] * 3  # type: ignore[index]
    buckets.clock.sleep(60)
    pending = [event.pending_operations for event in buckets.events(ReplicationMeasured)]
    assert pending == [3, 3, 0]


def test_somebody_is_told_of_what_takes_too_long(buckets: Buckets) -> None:
    """Replication time control sends an event after 15 minutes, and another one when the version came all the same."""
    buckets.replicate(Destination={**RULE["Destination"], **CONTROL})
    topic = buckets.cloud.clients.client("sns", NORTH, "internet").create_topic(Name="told")["TopicArn"]
    told = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:Replication:*"]}]}
    buckets.north.put_bucket_notification_configuration(Bucket="prod", NotificationConfiguration=told)
    with buckets.network.isolated(WEST):
        buckets.north.put_object(Bucket="prod", Key="a", Body=b"1")
        buckets.clock.sleep(890)
        assert buckets.events(ReplicationNotified) == []
        buckets.clock.sleep(30)
    buckets.clock.sleep(20)
    names = [event.event.rpartition(":")[2] for event in buckets.events(ReplicationNotified)]
    assert names == ["OperationMissedThreshold", "OperationReplicatedAfterThreshold"]


def test_the_role_is_evaluated(buckets: Buckets) -> None:
    """Without a permission a version fails, and fails for good; S3 Batch Replication copies it later.

    Source: S3 user guide, "Amazon S3 replication failure reasons" and "Replicating existing objects".
    """
    buckets.north.put_object(Bucket="prod", Key="older", Body=b"1")
    buckets.replicate()
    iam = buckets.cloud.clients.client("iam", "us-east-1", "internet")
    iam.delete_role_policy(RoleName=object_setup.ROLE_NAME, PolicyName=object_setup.POLICY_NAME)
    buckets.north.put_object(Bucket="prod", Key="a", Body=b"1")
    buckets.clock.sleep(LAG_SECONDS + 1)
    assert buckets.head(buckets.north, "prod", "a")[1] == "FAILED"  # type: ignore[index]
    assert [event.reason for event in buckets.events(ObjectReplicated)] == ["SrcGetObjectNotPermitted"]
    object_setup.permit(iam, BOTH)
    buckets.clock.sleep(60)
    assert buckets.head(buckets.west, "spare", "a") is None
    object_setup.copy_older(buckets.cloud.clients, buckets.clock, BOTH[0])
    assert buckets.head(buckets.west, "spare", "a")[1] == "REPLICA"  # type: ignore[index]
    assert buckets.head(buckets.west, "spare", "older")[1] == "REPLICA"  # type: ignore[index]


def test_two_ways_do_not_make_a_circle(buckets: Buckets) -> None:
    """What is written on either side arrives on the other once, tags of a replica are carried back.

    Source: S3 user guide, "What does Amazon S3 replicate?"; botocore service model, ReplicaModifications.
    """
    selection = {"ReplicaModifications": {"Status": "Enabled"}}
    buckets.replicate(SourceSelectionCriteria=selection)
    destination = {"Bucket": "arn:aws:s3:::prod"}
    buckets.replicate(buckets.west, "spare", SourceSelectionCriteria=selection, Destination=destination)
    buckets.north.put_object(Bucket="prod", Key="a", Body=b"1")
    buckets.west.put_object(Bucket="spare", Key="b", Body=b"2")
    buckets.clock.sleep(60)
    assert buckets.head(buckets.north, "prod", "b")[1] == "REPLICA"  # type: ignore[index]
    assert len(buckets.events(ObjectReplicated)) == 2
    tags = {"TagSet": [{"Key": "k", "Value": "v"}]}
    buckets.west.put_object_tagging(Bucket="spare", Key="a", Tagging=tags)
    buckets.clock.sleep(60)
    assert buckets.north.get_object_tagging(Bucket="prod", Key="a")["TagSet"] == tags["TagSet"]
    assert len(buckets.events(ObjectReplicated)) == 3


def test_a_late_copy_does_not_hide_what_is_newer(buckets: Buckets) -> None:
    """Versions of a key are ordered by when they were stored, not by when they arrived."""
    buckets.replicate()
    buckets.north.put_object(Bucket="prod", Key="a", Body=b"old")
    buckets.clock.sleep(2)
    buckets.west.put_object(Bucket="spare", Key="a", Body=b"new")
    buckets.clock.sleep(LAG_SECONDS)
    assert buckets.west.get_object(Bucket="spare", Key="a")["Body"].read() == b"new"
    assert len(buckets.west.list_object_versions(Bucket="spare")["Versions"]) == 2


def test_the_wrong_region_answers_301(buckets: Buckets) -> None:
    """A bucket is asked for in its own region; boto3 follows the header that names it.

    Source: S3 user guide, "Making requests"; S3 API, HeadBucket.
    """
    strange = buckets.cloud.clients.client("s3", WEST, "edge")
    assert strange.list_objects_v2(Bucket="prod")["KeyCount"] == 0
    calls = [(call.region, call.status, call.error) for call in buckets.events(CallMade) if call.caller == "edge"]
    assert calls[0] == (WEST, 301, "PermanentRedirect")
    assert calls[-1] == (NORTH, 200, "")


def test_what_aws_refuses(buckets: Buckets) -> None:
    """Codes are AWS's; the rules and their sources stand in emulation.s3."""
    with pytest.raises(ClientError, match="Destination bucket must exist"):
        buckets.replicate(Destination={"Bucket": "arn:aws:s3:::nobody"})
    with pytest.raises(ClientError, match="there is one account, and Destination names another"):
        buckets.replicate(Destination={"Bucket": "arn:aws:s3:::spare", "Account": "999999999999"})
    with pytest.raises(ClientError, match="NoSuchBucket"):
        buckets.replicate(bucket="nobody")
    with pytest.raises(ClientError, match="404"):
        buckets.north.head_bucket(Bucket="nobody")
    buckets.replicate()
    with pytest.raises(ClientError, match="InvalidBucketState"):
        buckets.north.put_bucket_versioning(Bucket="prod", VersioningConfiguration={"Status": "Suspended"})


def test_nobody_else_can_send_a_replica(buckets: Buckets) -> None:
    """A request with a token that the replicator did not give is refused."""

    def forge(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's requests have no type
        """Add the header of a replica."""
        request.headers["x-ziggie-replication"] = "guessed"

    client = buckets.cloud.clients.client("s3", WEST, "edge")
    client.meta.events.register("before-sign.s3.PutObject", forge)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_object(Bucket="spare", Key="a", Body=b"1")
