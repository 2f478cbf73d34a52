"""Secrets Manager as boto3 sees it, through the gateway: copying takes time and a way, promotion, roles, troubles."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ziggie_harness.backends.emulated.calls import Call, HttpRequest
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.secrets_manager import RETRY_SECONDS, EmulatedSecretsManager
from ziggie_harness.backends.emulated.secrets_overlay import SecretsApi
from ziggie_harness.backends.emulated.troubles import NoAnswer, Troubles
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.network import Network
from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.history import CallMade
from ziggie_harness.model.secret_events import SecretCopied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

NORTH, WEST, NAME = "eu-north-1", "eu-west-1", "ziggie/api-keys"
LAG_SECONDS = 4.0
VALUE = '{"anthropic":"xxx","openai":"yyy"}'
ROLE_ARN = "arn:aws:iam::123456789012:role/reader"

Client = Any
"""boto3 makes the classes of its clients when it runs."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A network with a Secrets Manager on it."""

    network: Network
    clock: DrillClock
    journal: FileJournal
    cloud: Cloud

    def client(self, region: str, service: str = "secretsmanager", caller: str = "internet") -> Client:
        """Return a client of a region."""
        return self.cloud.clients.client(service, region, caller)

    def status(self) -> tuple[str, str]:
        """Return how the copying stands, and why."""
        row = self.client(NORTH).describe_secret(SecretId=NAME)["ReplicationStatus"][0]
        return row["Status"], row.get("StatusMessage", "")


@pytest.fixture
def lab(bench: Bench, certificates: CertificateAuthority) -> Iterator[Lab]:
    """Build Secrets Manager on the lab's network."""
    network, clock, journal = bench.network, bench.clock, bench.journal
    with ExitStack() as stack:
        permissions = Permissions("kms")
        manager = EmulatedSecretsManager(clock, network, journal, permissions.key_obstacle, {NAME: LAG_SECONDS})
        overlay = SecretsApi(stack.enter_context(manager), permissions)
        cloud = stack.enter_context(Cloud(clock, network, journal, certificates, network.site_of, overlays=[overlay]))
        yield Lab(network, clock, journal, cloud)


def create(lab: Lab, **settings: object) -> dict[str, Any]:
    """Create the guide's secret in the North with a replica in the West (guide §5)."""
    regions = [{"Region": WEST}]
    made: dict[str, Any] = lab.client(NORTH).create_secret(
        Name=NAME, SecretString=VALUE, AddReplicaRegions=regions, **settings
    )
    return made


def value(lab: Lab, region: str, **parameters: object) -> str:
    """Read the secret in a region."""
    return str(lab.client(region).get_secret_value(SecretId=NAME, **parameters)["SecretString"])


def code(call: Any) -> str:  # noqa: ANN401 - a call of a client
    """Make a call that AWS refuses, and return the error's code."""
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_a_secret_reaches_its_replica_after_the_stated_time(lab: Lab) -> None:
    """Source: Secrets Manager user guide, "Replicate": asynchronous; the ARN is the same but for the region."""
    made = create(lab)
    assert made["ReplicationStatus"][0]["Status"] == "InProgress"
    assert code(lambda: value(lab, WEST)) == "ResourceNotFoundException"
    started = lab.clock.now()
    lab.clock.sleep(LAG_SECONDS + 0.5)
    assert value(lab, WEST) == VALUE
    assert lab.status() == ("InSync", "Replication succeeded")
    copied = [at for at, _ in lab.journal.history().of_kind(SecretCopied)]
    assert copied[0] - started == pytest.approx(LAG_SECONDS, abs=0.3)
    described = lab.client(WEST).describe_secret(SecretId=NAME)
    assert described["ARN"] == made["ARN"].replace(NORTH, WEST)
    assert described["PrimaryRegion"] == NORTH
    listed = lab.client(WEST).list_secrets(Filters=[{"Key": "primary-region", "Values": [NORTH]}])["SecretList"]
    assert [row["Name"] for row in listed] == [NAME]


@pytest.mark.parametrize("cut", [(NORTH, WEST), (WEST, NORTH)], ids=["there", "back"])
def test_a_cut_stops_the_copying_and_its_end_lets_it_go_on(lab: Lab, cut: tuple[str, str]) -> None:
    """In either direction: what is sent does not arrive, or its answer does not come back."""
    create(lab)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    with lab.network.severed(*cut):
        lab.client(NORTH).put_secret_value(SecretId=NAME, SecretString="second")
        lab.client(NORTH).put_secret_value(SecretId=NAME, SecretString="third")
        lab.clock.sleep(300)
        assert value(lab, WEST) == VALUE
        assert lab.status()[0] == "InProgress"
    lab.clock.sleep(2 * RETRY_SECONDS + LAG_SECONDS)
    assert value(lab, WEST) == "third"
    assert value(lab, WEST, VersionStage="AWSPREVIOUS") == "second"
    assert lab.status()[0] == "InSync"


def test_a_replica_is_read_only_until_it_is_promoted(lab: Lab) -> None:
    """Source: botocore service model, StopReplicationToReplica; user guide, "Promote a replica secret"."""
    create(lab)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    north, west = lab.client(NORTH), lab.client(WEST)
    assert code(lambda: west.put_secret_value(SecretId=NAME, SecretString="x")) == "InvalidParameterException"
    assert code(lambda: west.rotate_secret(SecretId=NAME)) == "InvalidParameterException"
    assert code(lambda: north.stop_replication_to_replica(SecretId=NAME)) == "InvalidParameterException"
    promoted = west.stop_replication_to_replica(SecretId=NAME)
    assert promoted["ARN"] == west.describe_secret(SecretId=NAME)["ARN"]
    west.put_secret_value(SecretId=NAME, SecretString="rotated in the West")
    north.put_secret_value(SecretId=NAME, SecretString="rotated in the North")
    lab.clock.sleep(10 * LAG_SECONDS)
    assert (value(lab, NORTH), value(lab, WEST)) == ("rotated in the North", "rotated in the West")
    assert "ReplicationStatus" not in north.describe_secret(SecretId=NAME)


def test_a_promoted_secret_is_replicated_the_other_way(lab: Lab) -> None:
    """The name is taken by the old primary, so AWS fails the copying unless it is told to overwrite (defect G63)."""
    create(lab)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    west = lab.client(WEST)
    west.stop_replication_to_replica(SecretId=NAME)
    west.put_secret_value(SecretId=NAME, SecretString="new")
    west.replicate_secret_to_regions(SecretId=NAME, AddReplicaRegions=[{"Region": NORTH}])
    lab.clock.sleep(LAG_SECONDS + 0.5)
    row = west.describe_secret(SecretId=NAME)["ReplicationStatus"][0]
    assert row["Status"] == "Failed"
    assert "already exists in region eu-north-1" in row["StatusMessage"]
    assert value(lab, NORTH) == VALUE
    west.replicate_secret_to_regions(
        SecretId=NAME, AddReplicaRegions=[{"Region": NORTH}], ForceOverwriteReplicaSecret=True
    )
    lab.clock.sleep(LAG_SECONDS + 0.5)
    assert value(lab, NORTH) == "new"
    assert lab.client(NORTH).describe_secret(SecretId=NAME)["PrimaryRegion"] == WEST


def test_a_disabled_key_keeps_a_secret_from_being_copied(lab: Lab) -> None:
    """Source: Secrets Manager user guide, "Troubleshoot replication": the KMS key is disabled or not found."""
    kms = lab.client(WEST, "kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    regions = [{"Region": WEST, "KmsKeyId": key}]
    lab.client(NORTH).create_secret(Name=NAME, SecretString=VALUE, AddReplicaRegions=regions)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    status, why = lab.status()
    assert status == "Failed"
    assert f"the KMS key {key} in eu-west-1 is Disabled" in why
    kms.enable_key(KeyId=key)
    lab.client(NORTH).replicate_secret_to_regions(SecretId=NAME, AddReplicaRegions=regions)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    assert lab.status()[0] == "InSync"


def test_removal_deletion_and_restore(lab: Lab) -> None:
    """A region that is removed loses its copy; what is deleted can be had back, and forced deletion is final."""
    create(lab, Description="keys", Tags=[{"Key": "owner", "Value": "dr"}])
    lab.clock.sleep(LAG_SECONDS + 0.5)
    north = lab.client(NORTH)
    assert code(lambda: north.delete_secret(SecretId=NAME)) == "InvalidParameterException"
    north.remove_regions_from_replication(SecretId=NAME, RemoveReplicaRegions=[WEST])
    assert code(lambda: value(lab, WEST)) == "ResourceNotFoundException"
    deleted = north.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
    assert (deleted["DeletionDate"] - north.describe_secret(SecretId=NAME)["CreatedDate"]).days == 7
    assert code(lambda: value(lab, NORTH)) == "InvalidRequestException"
    north.restore_secret(SecretId=NAME)
    assert value(lab, NORTH) == VALUE
    north.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert code(lambda: value(lab, NORTH)) == "ResourceNotFoundException"


def test_versions_and_labels(lab: Lab) -> None:
    """A rotation's steps: a pending version, then the label moves; the old value stays the previous one."""
    north = lab.client(NORTH)
    first = north.create_secret(Name=NAME, SecretString="one")["VersionId"]
    second = north.put_secret_value(SecretId=NAME, SecretString="two", VersionStages=["AWSPENDING"])["VersionId"]
    assert value(lab, NORTH) == "one"
    north.update_secret_version_stage(
        SecretId=NAME, VersionStage="AWSCURRENT", MoveToVersionId=second, RemoveFromVersionId=first
    )
    assert (value(lab, NORTH), value(lab, NORTH, VersionStage="AWSPREVIOUS")) == ("two", "one")
    north.update_secret(SecretId=NAME, SecretString="three", Description="changed")
    listed = north.list_secret_version_ids(SecretId=NAME)["Versions"]
    assert {row["VersionId"]: sorted(row["VersionStages"]) for row in listed}[second] == ["AWSPENDING", "AWSPREVIOUS"]
    assert first not in {row["VersionId"] for row in listed}


def reader(lab: Lab, *statements: dict[str, str]) -> Client:
    """Return a client of the West's secrets with the rights of a role that has these statements."""
    iam = lab.client("us-east-1", "iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_role_policy(RoleName="reader", PolicyName="secrets", PolicyDocument=document)
    given = lab.client(WEST, "sts").assume_role(RoleArn=ROLE_ARN, RoleSessionName="test")["Credentials"]
    client = lab.client(WEST)

    def sign(request: Any, **_: object) -> None:  # noqa: ANN401 - a request of botocore
        """Put the role's temporary credentials in the place of the administrator's."""
        header = request.headers["Authorization"]
        request.headers["Authorization"] = header.replace(b"AKIAZIGGIEHARNESS000", given["AccessKeyId"].encode())
        request.headers["X-Amz-Security-Token"] = given["SessionToken"]

    client.meta.events.register_first("before-send", sign)
    return client


READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue"}
EVERYWHERE = f"arn:aws:secretsmanager:*:123456789012:secret:{NAME}-*"


@pytest.mark.parametrize(
    ("statements", "fragment"),
    [
        (({**READ, "Resource": EVERYWHERE},), ""),
        (({**READ, "Action": "secretsmanager:Get*", "Resource": "*"},), ""),
        (
            ({**READ, "Resource": EVERYWHERE.replace(":*:1", f":{NORTH}:1")},),
            "no identity-based policy allows the secretsmanager:GetSecretValue action",
        ),
        (({**READ, "Action": "secretsmanager:DescribeSecret", "Resource": "*"},), "no identity-based policy allows"),
        (
            ({**READ, "Resource": "*"}, {**READ, "Effect": "Deny", "Resource": EVERYWHERE}),
            "with an explicit deny in an identity-based policy",
        ),
    ],
    ids=["allowed", "wildcard", "the other region", "another action", "denied"],
)
def test_a_role_may_read_where_its_policy_says_so(
    lab: Lab, statements: tuple[dict[str, str], ...], fragment: str
) -> None:
    """Source: IAM user guide, "Policy evaluation logic" and "Troubleshoot access denied error messages"."""
    create(lab)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    client = reader(lab, *statements)
    if not fragment:
        assert client.get_secret_value(SecretId=NAME)["SecretString"] == VALUE
        return
    with pytest.raises(ClientError) as error:
        client.get_secret_value(SecretId=NAME)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    message = error.value.response["Error"]["Message"]
    assert fragment in message
    assert message.startswith("User: arn:aws:sts::123456789012:assumed-role/reader/test is not authorized to perform")
    assert lab.client(NORTH).get_secret_value(SecretId=NAME), "an administrator may"


def test_a_policy_that_moto_would_misread_is_a_gap(lab: Lab) -> None:
    """Moto's engine ignores NotResource and reads a question mark as a regular expression does."""
    create(lab)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    client = reader(lab, {**READ, "Resource": EVERYWHERE.replace("-*", "-??????")})
    assert code(lambda: client.get_secret_value(SecretId=NAME)) == "NotImplemented"


def test_a_role_needs_the_key_too(lab: Lab) -> None:
    """Source: Secrets Manager user guide, "Secret encryption and decryption": kms:Decrypt for a key of one's own."""
    key = lab.client(WEST, "kms").create_key()["KeyMetadata"]["Arn"]
    lab.client(WEST).create_secret(Name=NAME, SecretString=VALUE, KmsKeyId=key)
    client = reader(lab, {**READ, "Resource": EVERYWHERE})
    with pytest.raises(ClientError, match="Access to KMS is not allowed"):
        client.get_secret_value(SecretId=NAME)


def test_bytes_tags_and_policy_are_kept_and_copied(lab: Lab) -> None:
    """What is copied is the value and what belongs to it; a replica is changed with its primary alone.

    Source: Secrets Manager user guide, "Replicate": "metadata such as tags and resource policies".
    """
    north, west = lab.client(NORTH), lab.client(WEST)
    north.create_secret(Name=NAME, SecretBinary=b"\x00\xff", AddReplicaRegions=[{"Region": WEST}])
    north.tag_resource(SecretId=NAME, Tags=[{"Key": "service", "Value": "ziggie"}, {"Key": "gone", "Value": ""}])
    north.untag_resource(SecretId=NAME, TagKeys=["gone"])
    north.put_resource_policy(SecretId=NAME, ResourcePolicy='{"Version": "2012-10-17", "Statement": []}')
    lab.clock.sleep(LAG_SECONDS + 0.5)
    told = west.get_secret_value(SecretId=NAME)
    assert told["SecretBinary"] == b"\x00\xff"
    assert "SecretString" not in told
    assert west.describe_secret(SecretId=NAME)["Tags"] == [{"Key": "service", "Value": "ziggie"}]
    assert json.loads(west.get_resource_policy(SecretId=NAME)["ResourcePolicy"])["Statement"] == []
    assert code(lambda: west.tag_resource(SecretId=NAME, Tags=[])) == "InvalidParameterException"
    north.delete_resource_policy(SecretId=NAME)
    lab.clock.sleep(LAG_SECONDS + 0.5)
    assert "ResourcePolicy" not in west.get_resource_policy(SecretId=NAME)


def test_a_rotation_needs_a_function(lab: Lab) -> None:
    """Without one AWS refuses; to rotate where no functions run is a gap, and none of AWS's answers."""
    create(lab)
    with pytest.raises(ClientError, match="No Lambda rotation function ARN is associated with this secret"):
        lab.client(NORTH).rotate_secret(SecretId=NAME)
    function = f"arn:aws:lambda:{NORTH}:123456789012:function:rotation"
    assert code(lambda: lab.client(NORTH).rotate_secret(SecretId=NAME, RotationLambdaARN=function)) == "NotImplemented"


def test_what_is_not_emulated_is_told(lab: Lab) -> None:
    """A gap of the harness is no answer of AWS."""
    assert code(lambda: lab.client(NORTH).get_random_password()) == "NotImplemented"
    assert code(lambda: lab.client(NORTH).create_secret(Name=NAME, Type="x")) == "NotImplemented"


def test_troubles_meet_one_service_of_one_region(lab: Lab) -> None:
    """Throttled in the North, well in the West and for other services, and well again afterwards; all is recorded."""
    trouble = Trouble(code="ThrottlingException", message="Rate exceeded")
    with lab.cloud.troubles.between(NORTH, "secretsmanager", trouble):
        assert code(lambda: lab.client(NORTH).list_secrets()) == "ThrottlingException"
        assert lab.client(WEST).list_secrets()["SecretList"] == []
        assert lab.client(NORTH, "sts").get_caller_identity()["Account"]
    assert lab.client(NORTH).list_secrets()["SecretList"] == []
    calls = [event for _, event in lab.journal.history().of_kind(CallMade) if event.service == "secretsmanager"]
    assert [(call.region, call.status, call.error) for call in calls] == [
        (NORTH, 400, "ThrottlingException"),
        (WEST, 200, ""),
        (NORTH, 200, ""),
    ]


def test_a_slow_answer_costs_drill_time_and_holds_up_no_other_region(lab: Lab) -> None:
    """Calls of one service take turns, but not while one of them is delayed."""
    with lab.cloud.troubles.between(NORTH, "secretsmanager", Trouble(delay_seconds=3.0)):
        started = lab.clock.now()
        slow = threading.Thread(target=lab.client(NORTH).list_secrets)
        slow.start()
        while not any(thread.name.startswith("AWS endpoints of eu-north-1 for") for thread in threading.enumerate()):
            pass
        lab.client(WEST).list_secrets()
        assert slow.is_alive()
        assert lab.clock.now() - started < 2.0
        slow.join()
        assert lab.clock.now() - started >= 3.0


def test_silence_is_recorded_at_once_and_ends_with_the_trouble() -> None:
    """A call that gets no answer is told of, and the thread that serves it goes when the trouble is over."""
    with DrillClock() as clock:
        troubles = Troubles(clock)
        call = Call("secretsmanager", "ListSecrets", NORTH, "internet", {}, HttpRequest("POST", "/", ""))
        with troubles.between(NORTH, "secretsmanager", Trouble(silent=True)), pytest.raises(NoAnswer) as silence:
            troubles.meet(call)
        assert silence.value.over.is_set()
        troubles.meet(call)


def test_refusing_endpoints_reset_what_is_open_and_come_back(lab: Lab) -> None:
    """Every service of the region refuses for the block, others do not."""
    north = lab.client(NORTH)
    assert north.list_secrets()
    with lab.cloud.gateway.refusing(NORTH):
        with pytest.raises(EndpointConnectionError):
            north.list_secrets()
        with pytest.raises(EndpointConnectionError):
            lab.client(NORTH, "sts").get_caller_identity()
        assert lab.client(WEST).list_secrets()
    assert north.list_secrets()
    assert threading.active_count() < 100
