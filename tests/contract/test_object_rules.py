"""Every rule of S3 and its replication, as literal requests of boto3, against whatever claims to be S3.

The table is about AWS and not about a backend: a backend joins by a fixture that makes clients for it, and waits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import TAKEN, Emulators, answer_to
from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.host_machinery import InMoto
from ziggie_harness.backends.emulated.machinery import ObjectsKept
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.backends.emulated.s3_overlay import S3Buckets
from ziggie_harness.backends.emulated.s3_replication import Replicator
from ziggie_harness.backends.emulated.s3_state import S3State
from ziggie_harness.emulation.s3 import bucket_rules, eligibility, failures
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.errors import LabError

NORTH, WEST, SITE = "eu-north-1", "eu-west-1", "internet"

KEY = f"arn:aws:kms:{WEST}:{ACCOUNT}:key/objects"

ENABLED, DISABLED = {"Status": "Enabled"}, {"Status": "Disabled"}

Client = Any
"""boto3 makes the classes of its clients when it runs."""

Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What a case finds: a bucket with versions in each of two regions, and a role that may copy."""

    north: Client
    west: Client
    iam: Client
    name: str
    wait: Callable[[], None]
    """Wait until what is copied is copied: seconds in most cases, 15 minutes at most, says AWS."""

    @property
    def source(self) -> str:
        """The bucket in the North."""
        return f"{self.name}-prod"

    @property
    def destination(self) -> str:
        """The bucket in the West."""
        return f"{self.name}-dr"

    def bucket(self, client: Client, name: str, region: str, **settings: object) -> None:
        """Make a bucket with versions."""
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region}, **settings)
        self.version(client, name, "Enabled")

    def version(self, client: Client, bucket: str, status: str) -> None:
        """Set a bucket's versioning."""
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})

    def role(self, *refused: str, service: str = "s3.amazonaws.com") -> None:
        """Make the role, which may do everything that copying needs but some actions."""
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=document)
        statements = [{"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}]
        if refused:
            statements.append({"Effect": "Deny", "Action": list(refused), "Resource": "*"})
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam.put_role_policy(RoleName=self.name, PolicyName="copy", PolicyDocument=policy)

    def rule(self, **members: object) -> Members:
        """Return the guide's rule (§3), with other members; one that is None is left out."""
        rule = {
            "ID": "everything", **ENABLED, "Priority": 1, "Filter": {}, "DeleteMarkerReplication": ENABLED,
            "Destination": self.to(), **members,
        }  # fmt: skip
        return {name: value for name, value in rule.items() if value is not None}

    def to(self, **members: object) -> Members:
        """Return a destination."""
        return {"Bucket": f"arn:aws:s3:::{self.destination}", **members}

    def replicate(self, *rules: Members, client: Client = None, bucket: str = "") -> None:
        """Have a bucket copied, the one in the North unless told otherwise."""
        configuration = {"Role": f"arn:aws:iam::{ACCOUNT}:role/{self.name}", "Rules": list(rules)}
        (client or self.north).put_bucket_replication(
            Bucket=bucket or self.source, ReplicationConfiguration=configuration
        )

    def put(self, **settings: object) -> None:
        """Store an object in the North."""
        self.north.put_object(Bucket=self.source, Key="a", Body=b"1", **settings)

    def put_after(self, *rules: Members, **settings: object) -> None:
        """Store an object once there are rules."""
        self.replicate(*rules)
        self.put(**settings)

    def arrived(self, *, bucket: str = "", client: Client = None) -> list[str]:
        """Return what is in a bucket in the end, that in the West unless told otherwise: versions and markers."""
        self.wait()
        listed = (client or self.west).list_object_versions(Bucket=bucket or self.destination)
        return [kind for kind in ("Versions", "DeleteMarkers") for _ in listed.get(kind, ())]

    def status(self) -> str:
        """Return the replication status of the object in the North in the end."""
        self.wait()
        return str(self.north.head_object(Bucket=self.source, Key="a").get("ReplicationStatus", ""))


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule, the request that breaks it, and the code of AWS's answer."""

    rule: str
    code: str
    request: Callable[[Given], object]
    moto_refuses: bool = False
    """Whether moto alone enforces it, too: then our rule may go."""


def unversioned_source(given: Given) -> None:
    """Ask for the replication of a bucket without versions."""
    given.version(given.north, given.source, "Suspended")
    given.replicate(given.rule())


def unversioned_destination(given: Given) -> None:
    """Ask for replication to a bucket without versions."""
    given.version(given.west, given.destination, "Suspended")
    given.replicate(given.rule())


def suspended_under_a_rule(given: Given) -> None:
    """Suspend versioning under a replication configuration."""
    given.replicate(given.rule())
    given.version(given.north, given.source, "Suspended")


def suspended_under_a_lock(given: Given) -> None:
    """Suspend versioning of a bucket with Object Lock."""
    given.bucket(given.north, f"{given.name}-locked", NORTH, ObjectLockEnabledForBucket=True)
    given.version(given.north, f"{given.name}-locked", "Suspended")


def elsewhere(given: Given) -> None:
    """Ask another region's endpoint; boto3 would follow the answer, so the first one is what counts."""

    def stop(response_dict: Members, **_: object) -> None:
        """Take the answer before boto3 does."""
        found = re.search(r"<Code>(\w+)</Code>", response_dict["body"].decode())
        if found:
            raise ClientError({"Error": {"Code": found[1]}}, "ListObjectsV2")

    given.west.meta.events.register("before-parse.s3.ListObjectsV2", stop, "stop")
    try:
        given.west.list_objects_v2(Bucket=given.source)
    finally:
        given.west.meta.events.unregister("before-parse.s3.ListObjectsV2", stop, "stop")


TIMED = {"ReplicationTime": {**ENABLED, "Time": {"Minutes": 15}}}
METERED = {"Metrics": {**ENABLED, "EventThreshold": {"Minutes": 15}}}
OWNED = {"AccessControlTranslation": {"Owner": "Destination"}}
FIVE = {"ReplicationTime": {**ENABLED, "Time": {"Minutes": 5}}}
INVALID = "InvalidRequest"

REFUSED = (
    Refused("rules_counted", "MalformedXML", lambda given: given.replicate()),
    Refused("source_versioned", INVALID, unversioned_source, moto_refuses=True),
    Refused(
        "destination_exists", INVALID,
        lambda given: given.replicate(given.rule(Destination={"Bucket": "arn:aws:s3:::of-nobody"})),
    ),
    Refused("destination_versioned", INVALID, unversioned_destination),
    Refused(
        "filter_settles_delete_markers", INVALID,
        lambda given: given.replicate(given.rule(DeleteMarkerReplication=None)),
    ),
    Refused("filter_has_priority", INVALID, lambda given: given.replicate(given.rule(Priority=None))),
    Refused(
        "tags_exclude_delete_markers", INVALID,
        lambda given: given.replicate(given.rule(Filter={"Tag": {"Key": "a", "Value": "b"}})),
    ),
    Refused("priorities_differ", INVALID, lambda given: given.replicate(given.rule(), given.rule(ID="another"))),
    Refused(
        "time_control_is_measured", INVALID,
        lambda given: given.replicate(given.rule(Destination=given.to(**TIMED))),
    ),
    Refused(
        "time_control_has_its_threshold", INVALID,
        lambda given: given.replicate(given.rule(Destination=given.to(**FIVE, **METERED))),
    ),
    Refused(
        "kms_copies_have_a_key", INVALID,
        lambda given: given.replicate(given.rule(SourceSelectionCriteria={"SseKmsEncryptedObjects": ENABLED})),
    ),
    Refused("new_owner_is_named", INVALID, lambda given: given.replicate(given.rule(Destination=given.to(**OWNED)))),
    Refused(
        "existing_objects_unsupported", INVALID,
        lambda given: given.replicate(given.rule(ExistingObjectReplication=ENABLED)),
    ),
    Refused("versioning_carries_replication", "InvalidBucketState", suspended_under_a_rule),
    Refused("versioning_carries_object_lock", "InvalidBucketState", suspended_under_a_lock),
    Refused("asked_in_its_region", "PermanentRedirect", elsewhere),
)  # fmt: skip


def older(given: Given) -> list[str]:
    """Store an object before there are rules."""
    given.put()
    given.replicate(given.rule())
    return given.arrived()


def replica(given: Given) -> list[str]:
    """Have the bucket in the West copied on to a third one."""
    third = f"{given.name}-third"
    given.bucket(given.north, third, NORTH)
    onwards = given.rule(Destination={"Bucket": f"arn:aws:s3:::{third}"})
    given.replicate(onwards, client=given.west, bucket=given.destination)
    given.put_after(given.rule())
    assert given.arrived() == ["Versions"]
    return given.arrived(bucket=third, client=given.north)


def marker(given: Given) -> list[str]:
    """Delete an object under a rule that copies no delete markers; what was copied before is left aside."""
    given.replicate(given.rule(DeleteMarkerReplication=DISABLED))
    given.north.delete_object(Bucket=given.source, Key="a")
    return given.arrived()


def left_out(rule: Mapping[str, object], **settings: object) -> Callable[[Given], list[str]]:
    """Return a case in which a rule with other members leaves out an object with these settings."""

    def arrived(given: Given) -> list[str]:
        """Store the object, and return what arrived."""
        given.put_after(given.rule(**rule), **settings)
        return given.arrived()

    return arrived


LEFT_OUT: Mapping[str, Callable[[Given], list[str]]] = {
    "rule_enabled": left_out(DISABLED),
    "key_has_prefix": left_out({"Filter": {"Prefix": "logs/"}}),
    "tags_fit": left_out({"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "DeleteMarkerReplication": DISABLED}),
    "stored_after_the_rule": older,
    "not_a_replica": replica,
    "kms_selected": left_out({}, ServerSideEncryption="aws:kms"),
    "not_archived": left_out({}, StorageClass="GLACIER"),
    "marker_wanted": marker,
}
"""What S3 leaves out without a word, by the condition that does it."""


def no_destination(given: Given) -> None:
    """Remove the destination under a rule."""
    given.role()
    given.replicate(given.rule())
    given.west.delete_bucket(Bucket=given.destination)
    given.put()


def unversioned(given: Given) -> None:
    """Suspend versioning of the destination under a rule."""
    given.role()
    given.replicate(given.rule())
    given.version(given.west, given.destination, "Suspended")
    given.put()


def locked_source(given: Given) -> None:
    """Copy from a bucket with Object Lock to one without."""
    given.role()
    given.north.delete_bucket(Bucket=given.source)
    given.bucket(given.north, given.source, NORTH, ObjectLockEnabledForBucket=True)
    given.put_after(given.rule(), ChecksumAlgorithm="CRC32")


def not_assumable(given: Given) -> None:
    """Have another service's role copy."""
    given.role(service="lambda.amazonaws.com")
    given.put_after(given.rule())


def without(action: str, **settings: object) -> Callable[[Given], None]:
    """Return a case in which the role may not do something."""

    def put(given: Given) -> None:
        """Store an object under that role."""
        given.role(action)
        given.put_after(given.rule(), **settings)

    return put


def undeletable(given: Given) -> None:
    """Delete an object under a role that may not copy that; the marker has a status, and nothing tells it here."""
    given.role("s3:ReplicateDelete")
    given.replicate(given.rule())
    given.north.delete_object(Bucket=given.source, Key="a")


GIVEN_UP: Mapping[str, Callable[[Given], None]] = {
    "DstBucketNotFound": no_destination,
    "DstBucketUnversioned": unversioned,
    "DstBucketObjectLockConfigMissing": locked_source,
    "AssumeRoleNotPermitted": not_assumable,
    "SrcGetObjectNotPermitted": without("s3:GetObjectVersionForReplication"),
    "SrcGetTaggingNotPermitted": without("s3:GetObjectVersionTagging", Tagging="a=b"),
    "DstPutObjectNotPermitted": without("s3:ReplicateObject"),
    "DstPutTaggingNotPermitted": without("s3:ReplicateTags", Tagging="a=b"),
    "DstDelObjNotPermitted": undeletable,
}
"""What S3 gives up, by the reason."""


@dataclass(frozen=True, slots=True)
class Lab:
    """The embedded AWS, and the clock on which it copies."""

    cloud: Cloud
    clock: DrillClock


def in_moto(_request: pytest.FixtureRequest, dates: DrillDates) -> ObjectsKept:
    """Let moto keep the objects, as the embedded backend does."""
    return InMoto(S3State(dates))


def in_localstack(request: pytest.FixtureRequest, dates: DrillDates) -> ObjectsKept:
    """Let LocalStack keep them, as the backend `containers` does."""
    localstack = request.getfixturevalue("localstack")
    from ziggie_harness.backends.containers.localstack_objects import InLocalStack  # noqa: PLC0415 - slow to import

    return InLocalStack(localstack, dates)


BACKENDS = {"embedded": in_moto, "containers": in_localstack}
"""What keeps the objects on each backend; the rules before them are the same."""


@pytest.fixture(scope="module", params=BACKENDS)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Open the AWS of a backend once, on the lab's network: every case has names of its own."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(directory / "journal", clock))
        try:
            network = stack.enter_context(Network([clock.stir]))
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        stack.enter_context(clock.actor("the test"))
        authority, dates = CertificateAuthority(directory), DrillDates(clock)
        kept, trust = BACKENDS[request.param](request, dates), Trust(authority.client_context())
        replicator = stack.enter_context(Replicator(clock, network, journal, kept.state, trust=trust, lag_seconds=1.0))
        cloud = Cloud(
            clock, network, journal, authority, network.site_of,
            overlays=[S3Buckets(kept.state, replicator, dates)], elsewhere={"s3": kept.answers} if kept.answers else {},
        )  # fmt: skip
        stack.enter_context(cloud)
        replicator.endpoint_of = cloud.place_of
        cloud.clients = Clients(clock, network, authority.client_context(), cloud.place_of, validates=False)
        yield Lab(cloud, clock)


def found(lab: Lab, name: str) -> Given:
    """Return what a case finds."""
    clients = lab.cloud.clients
    north, west = (clients.client("s3", region, SITE) for region in (NORTH, WEST))
    iam = clients.client("iam", "us-east-1", SITE)
    return Given(north, west, iam, name.lower().replace("_", "-"), lambda: lab.clock.sleep(30.0))


@pytest.fixture
def make(lab: Lab) -> Callable[[str], Given]:
    """Return what makes the two buckets of a case, by its name."""

    def given(name: str) -> Given:
        """Make them."""
        made = found(lab, name)
        made.bucket(made.north, made.source, NORTH)
        made.bucket(made.west, made.destination, WEST)
        return made

    return given


def code_of(case: Refused, given: Given) -> str:
    """Return the code by which a request is refused; empty when it is taken."""
    try:
        case.request(given)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.rule)
def test_s3_refuses_what_breaks_a_rule(make: Callable[[str], Given], case: Refused) -> None:
    """Each request is refused with AWS's code; the source stands with the rule in emulation.s3."""
    assert code_of(case, make(case.rule)) == case.code


@pytest.mark.parametrize("lab", ["embedded"], indirect=True)
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.rule)
def test_moto_alone_is_lax(
    lab: Lab, make: Callable[[str], Given], monkeypatch: pytest.MonkeyPatch, emulators: Emulators, case: Refused
) -> None:
    """This is why there is a rule of ours; where moto became strict, ours may be dropped."""
    monkeypatch.setattr(lab.cloud.control_plane, "_overlays", ())
    given = make(f"moto-{case.rule}")
    answer = answer_to(lambda: case.request(given))
    assert (answer not in {TAKEN, "NotImplemented"}) == case.moto_refuses, f"moto answers {answer!r}"
    emulators.hold("moto", "s3", case.rule, answer)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.rule)
def test_localstack_alone(unvalidated: Callable[[str, str], Client], emulators: Emulators, case: Refused) -> None:
    """What LocalStack refuses by itself is what the published table says."""
    north, west = (unvalidated("s3", region) for region in (NORTH, WEST))
    name = f"localstack-{case.rule.lower().replace('_', '-')}"[:50]
    given = Given(north, west, unvalidated("iam", "us-east-1"), name, lambda: None)
    given.bucket(given.north, given.source, NORTH)
    given.bucket(given.west, given.destination, WEST)
    emulators.hold("LocalStack", "s3", case.rule, answer_to(lambda: case.request(given)))


@pytest.mark.parametrize("condition", LEFT_OUT)
def test_s3_leaves_out_what_a_condition_says(make: Callable[[str], Given], condition: str) -> None:
    """Nothing arrives, and nobody is told; the source stands with the condition in emulation.s3."""
    given = make(condition)
    given.role()
    assert LEFT_OUT[condition](given) == []


@pytest.mark.parametrize("reason", GIVEN_UP)
def test_s3_gives_up_for_a_reason(make: Callable[[str], Given], reason: str) -> None:
    """The status is FAILED, or the delete marker never arrives; the source stands with the reason in emulation.s3."""
    given = make(reason)
    GIVEN_UP[reason](given)
    if reason == "DstDelObjNotPermitted":
        assert given.arrived() == []
    else:
        assert given.status() == "FAILED"


def test_s3_copies_everything_else(make: Callable[[str], Given]) -> None:
    """Without what breaks a rule, every kind of version arrives; so the cases above fail for their own reason."""
    given = make("copied")
    given.role()
    selected = {"SseKmsEncryptedObjects": ENABLED}
    own = {"Account": ACCOUNT, **OWNED}
    keyed = given.to(EncryptionConfiguration={"ReplicaKmsKeyID": KEY}, **TIMED, **METERED, **own)
    given.put_after(given.rule(Destination=keyed, SourceSelectionCriteria=selected), Tagging="a=b")
    given.put(ServerSideEncryption="aws:kms")
    assert given.status() == "COMPLETED"
    given.north.delete_object(Bucket=given.source, Key="a")
    assert given.arrived() == ["Versions", "Versions", "DeleteMarkers"]


def test_every_rule_has_a_request() -> None:
    """A rule without a request here could be broken unseen."""
    judged = {rule.__name__ for rules in bucket_rules.RULES.values() for rule in rules}
    assert {case.rule for case in REFUSED} == judged
    assert set(LEFT_OUT) == {condition.__name__ for condition in eligibility.CONDITIONS}
    assert set(GIVEN_UP) == {reason.__name__ for reason in failures.REASONS}
