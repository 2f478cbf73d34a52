"""Every rule of Secrets Manager, as a literal request of boto3, against whatever claims to be Secrets Manager.

The table is about AWS and not about a backend: a backend joins by a fixture that makes clients for it, and waits. How
lax moto is alone is not asked: it is never asked for a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import Emulators, answer_to
from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.secrets_manager import EmulatedSecretsManager
from ziggie_harness.backends.emulated.secrets_overlay import SecretsApi
from ziggie_harness.emulation.secretsmanager.replication import REPLICATION_RULES
from ziggie_harness.emulation.secretsmanager.rules import RULES
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.network import Network
from ziggie_harness.model.errors import LabError

NORTH, WEST, SITE = "eu-north-1", "eu-west-1", "internet"

TO_WEST = {"AddReplicaRegions": [{"Region": WEST}]}

Client = Any
"""boto3 makes the classes of its clients when it runs."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a case finds: clients of two regions, a name that nobody has, and time."""

    north: Client
    west: Client
    keys: Mapping[str, Client]
    """KMS of each region."""
    name: str
    wait: Callable[[], None]
    """Wait until what is copied is copied."""

    @property
    def named(self) -> Mapping[str, str]:
        """The secret as a parameter."""
        return {"SecretId": self.name}

    def create(self, **settings: object) -> Any:  # noqa: ANN401 - what boto3 answers
        """Create the secret in the North."""
        return self.north.create_secret(**{"Name": self.name, "SecretString": "one", **settings})

    def replicated(self) -> None:
        """Create the secret with a copy in the West, and wait for it."""
        self.create(**TO_WEST)
        self.wait()

    def key(self, region: str) -> str:
        """Make a KMS key."""
        return str(self.keys[region].create_key()["KeyMetadata"]["Arn"])

    def disabled(self, region: str) -> str:
        """Make a KMS key that is disabled."""
        key = self.key(region)
        self.keys[region].disable_key(KeyId=key.rpartition("/")[2])
        return key

    def status(self) -> str:
        """Return how the copying stands in the end."""
        self.wait()
        return str(self.north.describe_secret(**self.named)["ReplicationStatus"][0]["Status"])


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule, what is there before, the request that breaks the rule, and the code of AWS's answer."""

    rule: str
    code: str
    request: Callable[[Given], object]
    before: Callable[[Given], object] = Given.create


def nothing(_: Given) -> None:
    """Have nothing there before."""


def marked(given: Given) -> None:
    """Have a secret that is marked for deletion."""
    given.create()
    given.north.delete_secret(**given.named)


def unreadable(given: Given) -> object:
    """Read a secret whose key was disabled."""
    key = given.key(NORTH)
    given.create(KmsKeyId=key)
    given.keys[NORTH].disable_key(KeyId=key.rpartition("/")[2])
    return given.north.get_secret_value(**given.named)


def another_value(given: Given) -> object:
    """Give a version another value."""
    given.north.put_secret_value(**given.named, SecretString="two", ClientRequestToken="t" * 32)
    return given.north.put_secret_value(**given.named, SecretString="three", ClientRequestToken="t" * 32)


def moved_silently(given: Given) -> object:
    """Move a label without the version that has it."""
    second = given.north.put_secret_value(**given.named, SecretString="two", VersionStages=["mine"])["VersionId"]
    stage = {"VersionStage": "AWSCURRENT", "MoveToVersionId": second}
    return given.north.update_secret_version_stage(**given.named, **stage)


def rotated_twice(given: Given) -> object:
    """Rotate while another rotation's version is still pending."""
    given.north.put_secret_value(**given.named, SecretString="two", VersionStages=["AWSPENDING"])
    function = f"arn:aws:lambda:{NORTH}:123456789012:function:rotation"
    return given.north.rotate_secret(**given.named, RotationLambdaARN=function)


INVALID, LOST = "InvalidParameterException", "ResourceNotFoundException"
STATE, EXISTS = "InvalidRequestException", "ResourceExistsException"

REFUSED = (
    Refused("name_form", "ValidationException", lambda given: given.create(Name="a b"), nothing),
    Refused("name_unused", EXISTS, Given.create),
    Refused("one_value", INVALID, lambda given: given.create(SecretBinary=b"two"), nothing),
    Refused("token_form", INVALID, lambda given: given.create(ClientRequestToken="short"), nothing),
    Refused("versions_do_not_change", EXISTS, another_value),
    Refused("secret_known", LOST, lambda given: given.north.get_secret_value(**given.named), nothing),
    Refused(
        "replicas_are_read_only", INVALID,
        lambda given: given.west.put_secret_value(**given.named, SecretString="two"), Given.replicated,
    ),
    Refused("promotes_a_replica", INVALID, lambda given: given.north.stop_replication_to_replica(**given.named)),
    Refused("not_marked_for_deletion", STATE, lambda given: given.north.get_secret_value(**given.named), marked),
    Refused(
        "copied_into_another_region", INVALID,
        lambda given: given.create(AddReplicaRegions=[{"Region": NORTH}]), nothing,
    ),
    Refused(
        "removes_a_replica", INVALID,
        lambda given: given.north.remove_regions_from_replication(**given.named, RemoveReplicaRegions=[WEST]),
    ),
    Refused(
        "deleted_without_replicas", INVALID, lambda given: given.north.delete_secret(**given.named), Given.replicated
    ),
    Refused(
        "recovery_window", INVALID, lambda given: given.north.delete_secret(**given.named, RecoveryWindowInDays=6)
    ),
    Refused(
        "value_there", LOST, lambda given: given.north.get_secret_value(**given.named, VersionStage="AWSPREVIOUS")
    ),
    Refused("label_moves_openly", INVALID, moved_silently),
    Refused("rotation_has_a_function", STATE, lambda given: given.north.rotate_secret(**given.named)),
    Refused("no_rotation_under_way", STATE, rotated_twice),
    Refused(
        "policy_is_an_object", "MalformedPolicyDocumentException",
        lambda given: given.north.put_resource_policy(**given.named, ResourcePolicy="{"),
    ),
    Refused(
        "filter_keys", "ValidationException",
        lambda given: given.north.list_secrets(Filters=[{"Key": "replication-status", "Values": ["Replicated"]}]),
    ),
    Refused("key_usable", "EncryptionFailure", lambda given: given.create(KmsKeyId=given.disabled(NORTH)), nothing),
    Refused("key_decrypts", "DecryptionFailure", unreadable, nothing),
)  # fmt: skip


def taken(given: Given) -> None:
    """Copy a secret to where another one has its name."""
    given.west.create_secret(Name=given.name, SecretString="another")
    given.create(**TO_WEST)


def locked(given: Given) -> None:
    """Copy a secret to where its key is disabled."""
    given.create(AddReplicaRegions=[{"Region": WEST, "KmsKeyId": given.disabled(WEST)}])


NOT_COPIED: Mapping[str, Callable[[Given], None]] = {"name_free": taken, "keys_usable": locked}
"""What keeps a secret from being copied."""


@dataclass(frozen=True, slots=True)
class Lab:
    """The embedded AWS, and the clock on which it copies."""

    cloud: Cloud
    clock: DrillClock


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Open the embedded AWS once, on the lab's network: every case has a name of its own."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(directory / "journal", clock))
        try:
            network = stack.enter_context(Network([clock.stir]))
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        stack.enter_context(clock.actor("the test"))
        authority, permissions = CertificateAuthority(directory), Permissions()
        manager = stack.enter_context(EmulatedSecretsManager(clock, network, journal, permissions.key_obstacle, {}))
        overlays = [SecretsApi(manager, permissions)]
        cloud = stack.enter_context(Cloud(clock, network, journal, authority, network.site_of, overlays=overlays))
        cloud.clients = Clients(clock, network, authority.client_context(), cloud.place_of, validates=False)
        yield Lab(cloud, clock)


def embedded(request: pytest.FixtureRequest, name: str) -> Given:
    """Return what a case finds in the embedded Secrets Manager."""
    lab: Lab = request.getfixturevalue("lab")
    clients = lab.cloud.clients
    north, west = (clients.client("secretsmanager", region, SITE) for region in (NORTH, WEST))
    keys = {region: clients.client("kms", region, SITE) for region in (NORTH, WEST)}
    return Given(north, west, keys, name, lambda: lab.clock.sleep(30.0))


BACKENDS: Mapping[str, Callable[[pytest.FixtureRequest, str], Given]] = {"embedded": embedded}
"""What claims to be Secrets Manager, and how to get clients for it."""


@pytest.fixture(params=BACKENDS)
def make(request: pytest.FixtureRequest) -> Callable[[str], Given]:
    """Return what gives a case what it finds, by the case's name."""
    return lambda name: BACKENDS[request.param](request, name)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.rule)
def test_secrets_manager_refuses_what_breaks_a_rule(make: Callable[[str], Given], case: Refused) -> None:
    """Each request is refused with AWS's code; the source stands with the rule in emulation.secretsmanager."""
    given = make(case.rule)
    case.before(given)
    with pytest.raises(ClientError) as error:
        case.request(given)
    assert error.value.response["Error"]["Code"] == case.code


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.rule)
def test_moto_alone(
    lab: Lab,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    emulators: Emulators,
    case: Refused,
) -> None:
    """What moto refuses by itself is what the published table says."""
    monkeypatch.setattr(lab.cloud.control_plane, "_overlays", ())
    given = embedded(request, f"moto-{case.rule}")
    answer = answer_to(lambda: case.request(given), lambda: case.before(given))
    emulators.hold("moto", "secretsmanager", case.rule, answer)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.rule)
def test_localstack_alone(unvalidated: Callable[[str, str], Client], emulators: Emulators, case: Refused) -> None:
    """What LocalStack refuses by itself is what the published table says."""
    north, west = (unvalidated("secretsmanager", region) for region in (NORTH, WEST))
    keys = {region: unvalidated("kms", region) for region in (NORTH, WEST)}
    given = Given(north, west, keys, f"localstack-{case.rule}", lambda: None)
    answer = answer_to(lambda: case.request(given), lambda: case.before(given))
    emulators.hold("LocalStack", "secretsmanager", case.rule, answer)


@pytest.mark.parametrize("rule", NOT_COPIED)
def test_a_secret_is_not_copied_for_a_reason(make: Callable[[str], Given], rule: str) -> None:
    """The status is Failed; the source stands with the rule in emulation.secretsmanager.replication."""
    given = make(rule)
    NOT_COPIED[rule](given)
    assert given.status() == "Failed"


def test_everything_else_is_copied(make: Callable[[str], Given]) -> None:
    """Value, tags and resource policy arrive, and a promoted copy takes a value of its own."""
    given = make("copied")
    given.create(**TO_WEST, Tags=[{"Key": "service", "Value": "ziggie"}], KmsKeyId=given.key(NORTH))
    given.north.put_resource_policy(**given.named, ResourcePolicy="{}")
    assert given.status() == "InSync"
    assert given.west.get_secret_value(**given.named)["SecretString"] == "one"
    assert given.west.describe_secret(**given.named)["Tags"] == [{"Key": "service", "Value": "ziggie"}]
    assert given.west.get_resource_policy(**given.named)["ResourcePolicy"] == "{}"
    given.west.stop_replication_to_replica(**given.named)
    assert given.west.put_secret_value(**given.named, SecretString="two")["VersionStages"] == ["AWSCURRENT"]


def test_every_rule_has_a_request() -> None:
    """A rule without a request here could be broken unseen."""
    assert {case.rule for case in REFUSED} == {rule.__name__ for rules in RULES.values() for rule in rules}
    assert set(NOT_COPIED) == {rule.__name__ for rule in REPLICATION_RULES}
