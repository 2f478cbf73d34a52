"""The owner's secret client, as printed in the guide and corrected, in a process of its own against each trouble."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.backends.emulated.conftest import site_resolver
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.secret_reader import CLIENTS, SecretReader
from ziggie_harness.backends.emulated.secrets_manager import EmulatedSecretsManager
from ziggie_harness.backends.emulated.secrets_overlay import SecretsApi
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import DNS_HOST, site_named
from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import CallMade
from ziggie_harness.model.secret_events import SecretAsked
from ziggie_harness.service.secret_application import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ziggie_harness.lab.certificates import CertificateAuthority

NORTH, WEST, NAME = "eu-north-1", "eu-west-1", "ziggie/api-keys"
VALUE = {"anthropic": "xxx", "openai": "yyy"}
KEY = bytes(32)

GUIDE_5_SHA256 = "cdc4589a1e99d77c8511d1de4041456605f778e2fbf661f52863ddf85caf0647"
"""The digest of the Python code of guide §5, Application Configuration."""

PATIENCE_SECONDS = 20.0
"""For a client that comes back; the machine may be busy."""

SHORT_SECONDS = 6.0
"""For a client that does not come back for minutes: longer than the budget of the corrected one."""


@dataclass(frozen=True, slots=True)
class Lab:
    """Two regions with a secret, and an application in the North."""

    network: Network
    clock: DrillClock
    journal: FileJournal
    cloud: Cloud
    readers: dict[str, SecretReader]

    def trouble(self, trouble: Trouble) -> AbstractContextManager[None]:
        """Trouble Secrets Manager in the North."""
        return self.cloud.troubles.between(NORTH, "secretsmanager", trouble)

    def ask(self, client: str, patience_seconds: float, name: str = NAME) -> SecretAsked:
        """Have the application ask for the secret."""
        return self.readers[client].ask(name, client, patience_seconds)

    def asked_regions(self) -> list[str]:
        """Return which regions were asked for a value so far, in their order."""
        calls = [event for _, event in self.journal.history().of_kind(CallMade)]
        return [call.region for call in calls if call.operation == "GetSecretValue"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, certificates: CertificateAuthority) -> Iterator[Lab]:
    """Build it once; each test leaves it as it was."""
    directory = tmp_path_factory.mktemp("client")
    with ExitStack() as stack:
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(directory / "journal", clock))
        try:
            network = stack.enter_context(Network([clock.stir]))
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        supervisor = stack.enter_context(Supervisor(stack.enter_context(Run(directory / "state"))))
        stack.enter_context(clock.actor("the test"))
        permissions = Permissions("kms")
        manager = stack.enter_context(EmulatedSecretsManager(clock, network, journal, permissions.key_obstacle, {}))
        overlay = SecretsApi(manager, permissions)
        cloud = stack.enter_context(Cloud(clock, network, journal, certificates, network.site_of, overlays=[overlay]))
        client = cloud.clients.client("secretsmanager", NORTH, "internet")
        client.create_secret(Name=NAME, SecretString=json.dumps(VALUE), AddReplicaRegions=[{"Region": WEST}])
        clock.sleep(60)
        stack.enter_context(site_resolver(clock, network, NORTH))
        (directory / "resolv.conf").write_text(f"nameserver {site_named(NORTH).host(DNS_HOST)}\n", encoding="utf-8")
        readers = {
            path.stem.replace("_", "-"): reader(clock, network, supervisor, directory, certificates)
            for path in CLIENTS.glob("*.py")
        }
        for each in readers.values():
            stack.callback(each.close)
        yield Lab(network, clock, journal, cloud, readers)


def reader(
    clock: DrillClock, network: Network, supervisor: Supervisor, directory: Path, certificates: CertificateAuthority
) -> SecretReader:
    """Prepare an application in the North."""
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIAZIGGIEHARNESS000",
        "AWS_SECRET_ACCESS_KEY": "no-secret",
        "AWS_REGION": NORTH,
        "AWS_DEFAULT_REGION": NORTH,
        "AWS_RETRY_MODE": "standard",
        "AWS_CA_BUNDLE": str(certificates.certificate_path),
        "ZIGGIE_DIGEST_KEY": KEY.hex(),
    }
    files = (directory / "application.log", directory / "resolv.conf")
    return SecretReader(
        clock, supervisor, NORTH, lambda: network.descriptor(NORTH), files=files, environment=environment
    )


def well(_: Lab) -> AbstractContextManager[None]:
    """Trouble nobody."""
    return nullcontext()


def refused(lab: Lab) -> AbstractContextManager[None]:
    """Refuse connections in the North."""
    return lab.cloud.gateway.refusing(NORTH)


def silent(lab: Lab) -> AbstractContextManager[None]:
    """Answer nothing in the North."""
    return lab.trouble(Trouble(silent=True))


def slow(lab: Lab) -> AbstractContextManager[None]:
    """Answer late in the North."""
    return lab.trouble(Trouble(delay_seconds=20.0))


def throttled(lab: Lab) -> AbstractContextManager[None]:
    """Throttle in the North."""
    return lab.trouble(Trouble(code="ThrottlingException", message="Rate exceeded"))


def failing(lab: Lab) -> AbstractContextManager[None]:
    """Answer with an error of the service in the North."""
    return lab.trouble(Trouble(code="InternalServiceError", message="An error occurred", status=500))


def denied(lab: Lab) -> AbstractContextManager[None]:
    """Deny in the North."""
    return lab.trouble(Trouble(code="AccessDeniedException", message="not authorized"))


TROUBLES: tuple[tuple[Callable[[Lab], AbstractContextManager[None]], str, str], ...] = (
    (well, "", ""),
    (refused, "", "EndpointConnectionError: Could not connect to the endpoint URL"),
    (silent, "", "it had not come back after 6 s"),
    (slow, "", "it had not come back after 6 s"),
    (throttled, "", ""),
    (failing, "", ""),
    (denied, "SecretDenied", ""),
)
"""Each trouble of the North with what comes of it: by the corrected client, and by the printed one with its import.
Empty: the secret. The printed one hides what is denied, and waits for what is silent for minutes."""


@pytest.mark.parametrize(
    ("trouble", "corrected", "printed"), TROUBLES, ids=lambda value: getattr(value, "__name__", "")
)
def test_each_client_meets_each_trouble(
    lab: Lab, trouble: Callable[[Lab], AbstractContextManager[None]], corrected: str, printed: str
) -> None:
    """Both run unmodified, with real boto3, names and TLS; the right value, or the error that is expected."""
    for client, expected in (("corrected", corrected), ("as-printed-with-import", printed)):
        late = "come back" in expected
        with trouble(lab):
            asked = lab.ask(client, SHORT_SECONDS if late else PATIENCE_SECONDS)
        assert asked.answered is (not expected), asked.reason
        assert asked.reason.startswith(expected)
        assert asked.digest == ("" if expected else digest(VALUE, KEY))


def test_the_client_as_printed_lacks_an_import(lab: Lab) -> None:
    """Word by word the guide's client reads nothing, ever (defect G57)."""
    assert lab.ask("as-printed", PATIENCE_SECONDS).reason == "NameError: name 'json' is not defined"


def test_a_missing_secret_is_told_at_once(lab: Lab) -> None:
    """The corrected client says what is wrong and asks nobody else; the printed one asks both regions."""
    before = len(lab.asked_regions())
    assert lab.ask("corrected", PATIENCE_SECONDS, "nobody").reason == "SecretMissing"
    assert lab.asked_regions()[before:] == [NORTH]
    reason = lab.ask("as-printed-with-import", PATIENCE_SECONDS, "nobody").reason
    assert reason.startswith("ResourceNotFoundException: An error occurred (ResourceNotFoundException)")
    assert lab.asked_regions()[before:] == [NORTH, NORTH, WEST]


def test_the_corrected_client_keeps_its_budget_and_comes_home(lab: Lab) -> None:
    """A dark region costs it a second, with both regions gone it gives out what it knew, and it returns home."""
    lab.ask("corrected", PATIENCE_SECONDS)
    before = len(lab.asked_regions())
    with silent(lab):
        started = lab.clock.now()
        assert lab.ask("corrected", PATIENCE_SECONDS).answered
        assert lab.clock.now() - started < 5.0
        assert lab.asked_regions()[before:] == [NORTH, WEST]
        with lab.cloud.troubles.between(WEST, "secretsmanager", Trouble(silent=True)):
            started = lab.clock.now()
            known = lab.ask("corrected", PATIENCE_SECONDS)
            assert known.digest == digest(VALUE, KEY)
            assert lab.clock.now() - started < 7.0
    before = len(lab.asked_regions())
    assert lab.ask("corrected", PATIENCE_SECONDS).answered
    assert lab.asked_regions()[before:] == [NORTH]


def test_the_printed_client_is_the_guides() -> None:
    """Guide §5 byte for byte, and the second artefact is the same with one line in front."""
    printed = (CLIENTS / "as_printed.py").read_bytes()
    assert hashlib.sha256(printed).hexdigest() == GUIDE_5_SHA256
    assert (CLIENTS / "as_printed_with_import.py").read_bytes() == b"import json\n" + printed
