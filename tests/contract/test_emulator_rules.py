"""Every rule of Route 53, as a literal request of boto3, against whatever claims to be Route 53.

The table is about AWS and not about a backend: a backend joins by a fixture that makes a client for it.
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

from tests.contract.conftest import TAKEN, Emulators, answer_to
from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.emulation.route53.rules import RULES
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.loopback import Loopback

ADDRESS = "13.48.10.10"
"""An address that looks public, as Route 53 asks for; nothing is sent to it."""

LONG = "x" * 256

Client = Any
"""boto3 makes the classes of its clients when it runs."""

Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What a case finds: a client, a zone `ziggie.example` and two health checks, which check nothing."""

    route53: Client
    reference: str
    """The caller reference of the zone and the first check."""
    zone_id: str
    check_id: str
    other_check_id: str

    def change(self, *changes: tuple[str, Members]) -> None:
        """Make a change batch."""
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": dict(record)} for action, record in changes]}
        self.route53.change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch=batch)

    def create(self, **settings: object) -> None:
        """Create a health check with these settings."""
        config = {"Type": "HTTP", "IPAddress": ADDRESS, "Disabled": True, **settings}
        left = {name: value for name, value in config.items() if value is not None}
        self.route53.create_health_check(CallerReference=f"{self.reference} wanted", HealthCheckConfig=left)

    def primary(self, identifier: str, check_id: str) -> Members:
        """Describe a primary record set with a health check."""
        return record(SetIdentifier=identifier, Failover="PRIMARY", HealthCheckId=check_id)


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, what is there before, the request that breaks the rule, and the code of AWS's answer."""

    rule: str
    code: str
    request: Callable[[Given], None]
    before: Callable[[Given], None] = lambda _: None
    moto_refuses: bool = False
    """Whether moto alone enforces it, too: then our rule may go."""


def record(name: str = "a.ziggie.example", /, **members: object) -> Members:
    """Describe a record set, a simple one unless told otherwise; a member that is None is left out."""
    described = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": ADDRESS}], **members}
    return {member: value for member, value in described.items() if value is not None}


def weighted(identifier: str, weight: int = 1, **members: object) -> Members:
    """Describe a weighted record set."""
    return record(SetIdentifier=identifier, Weight=weight, **members)


def regional(identifier: str) -> Members:
    """Describe a record set for the callers that are nearest to Stockholm."""
    return record(SetIdentifier=identifier, Region="eu-north-1")


def cname(name: str) -> Members:
    """Describe a CNAME."""
    return record(name, Type="CNAME", ResourceRecords=[{"Value": "b.ziggie.example"}])


def delete_name_servers(given: Given) -> None:
    """Delete the zone's own NS record set, just as it is listed."""
    listed = given.route53.list_resource_record_sets(HostedZoneId=given.zone_id)["ResourceRecordSets"]
    given.change(*(("DELETE", record_set) for record_set in listed if record_set["Type"] == "NS"))


def repeat_zone(given: Given) -> None:
    """Ask for another zone with the same caller reference."""
    given.route53.create_hosted_zone(Name="other.example", CallerReference=given.reference)


def repeat_check(given: Given) -> None:
    """Ask for another health check with the same caller reference."""
    config = {"Type": "HTTP", "IPAddress": ADDRESS, "Port": 81, "Disabled": True}
    given.route53.create_health_check(CallerReference=given.reference, HealthCheckConfig=config)


BATCH = "InvalidChangeBatch"
INPUT = "InvalidInput"

CASES = (
    Case("batch_not_empty", INPUT, lambda given: given.change()),
    Case("set_identifier_with_policy", INPUT, lambda given: given.change(("CREATE", record(Weight=1)))),
    Case(
        "one_policy_with_set_identifier",
        INPUT,
        lambda given: given.change(("CREATE", weighted("first", Region="eu-north-1"))),
    ),
    Case("values_or_alias", INPUT, lambda given: given.change(("CREATE", record(ResourceRecords=None)))),
    Case("ttl_in_range", INPUT, lambda given: given.change(("CREATE", record(TTL=2_147_483_648)))),
    Case("weight_in_range", INPUT, lambda given: given.change(("CREATE", weighted("first", 256)))),
    Case("set_identifier_length", INPUT, lambda given: given.change(("CREATE", weighted("x" * 129)))),
    Case(
        "created_is_new",
        BATCH,
        lambda given: given.change(("CREATE", record(TTL=61))),
        lambda given: given.change(("CREATE", record())),
    ),
    Case("deleted_exists", BATCH, lambda given: given.change(("DELETE", record())), moto_refuses=True),
    Case(
        "deleted_is_the_same",
        BATCH,
        lambda given: given.change(("DELETE", record(TTL=61))),
        lambda given: given.change(("CREATE", record())),
        moto_refuses=True,
    ),
    Case("name_in_zone", BATCH, lambda given: given.change(("CREATE", record("a.example.org"))), moto_refuses=True),
    Case(
        "simple_stands_alone",
        BATCH,
        lambda given: given.change(("CREATE", record())),
        lambda given: given.change(("CREATE", weighted("first"))),
    ),
    Case(
        "policies_do_not_mix",
        BATCH,
        lambda given: given.change(("CREATE", regional("second"))),
        lambda given: given.change(("CREATE", weighted("first"))),
    ),
    Case(
        "primary_has_health_check",
        BATCH,
        lambda given: given.change(("CREATE", record(SetIdentifier="first", Failover="PRIMARY"))),
    ),
    Case(
        "one_primary_one_secondary",
        BATCH,
        lambda given: given.change(("CREATE", given.primary("second", given.other_check_id))),
        lambda given: given.change(("CREATE", given.primary("first", given.check_id))),
    ),
    Case(
        "health_check_exists",
        BATCH,
        lambda given: given.change(("CREATE", weighted("first", HealthCheckId="00000000-0000-0000-0000-000000000000"))),
    ),
    Case(
        "addresses_are_addresses",
        BATCH,
        lambda given: given.change(("CREATE", record(ResourceRecords=[{"Value": "api.ziggie.example"}]))),
    ),
    Case("no_cname_at_apex", BATCH, lambda given: given.change(("CREATE", cname("ziggie.example")))),
    Case(
        "cname_stands_alone",
        BATCH,
        lambda given: given.change(("CREATE", cname("a.ziggie.example"))),
        lambda given: given.change(("CREATE", record())),
    ),
    Case(
        "one_value_by_policy",
        BATCH,
        lambda given: given.change(
            ("CREATE", weighted("first", ResourceRecords=[{"Value": ADDRESS}, {"Value": "13.48.10.11"}]))
        ),
    ),
    Case("apex_keeps_its_servers", BATCH, delete_name_servers, moto_refuses=True),
    Case(
        "one_latency_set_per_region",
        BATCH,
        lambda given: given.change(("CREATE", regional("second"))),
        lambda given: given.change(("CREATE", regional("first"))),
    ),
    Case("address_can_be_checked", INPUT, lambda given: given.create(IPAddress="10.0.0.1")),
    Case("endpoint_is_named", INPUT, lambda given: given.create(IPAddress=None)),
    Case("interval_is_offered", INPUT, lambda given: given.create(RequestInterval=20)),
    Case("threshold_in_range", INPUT, lambda given: given.create(FailureThreshold=11)),
    Case("search_string_given", INPUT, lambda given: given.create(Type="HTTP_STR_MATCH")),
    Case("texts_are_short", INPUT, lambda given: given.create(ResourcePath=f"/{LONG}")),
    Case("port_in_range", INPUT, lambda given: given.create(Port=65536)),
    Case("tcp_has_port", INPUT, lambda given: given.create(Type="TCP")),
    Case("enough_regions", INPUT, lambda given: given.create(Regions=["us-east-1", "eu-west-1"])),
    Case("regions_are_known", INPUT, lambda given: given.create(Regions=["us-east-1", "eu-west-1", "eu-north-1"])),
    Case("zone_reference_error", "HostedZoneAlreadyExists", repeat_zone),
    Case("health_check_reference_error", "HealthCheckAlreadyExists", repeat_check),
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Open the embedded AWS once, on the loopback that every machine has: each case has a zone of its own."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        clock = stack.enter_context(DrillClock())
        stack.enter_context(clock.actor("the test"))
        journal = stack.enter_context(FileJournal(directory / "journal", clock))
        authority = CertificateAuthority(directory)
        network = stack.enter_context(Loopback())
        made = stack.enter_context(Cloud(clock, network, journal, authority, network.site_of))
        made.clients = Clients(clock, network, authority.client_context(), made.place_of, validates=False)
        yield made


def embedded(request: pytest.FixtureRequest) -> Client:
    """Return a client of the embedded Route 53 that sends what boto3 would not send by itself."""
    return request.getfixturevalue("cloud").clients.client("route53", "us-east-1", "internet")


BACKENDS: Mapping[str, Callable[[pytest.FixtureRequest], Client]] = {"embedded": embedded}
"""What claims to be Route 53, and how to get a client for it."""


@pytest.fixture(params=BACKENDS)
def route53(request: pytest.FixtureRequest) -> Client:
    """Return a client for each of them."""
    return BACKENDS[request.param](request)


@pytest.fixture
def moto_alone(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Client:
    """Return a client for moto without our rules before it."""
    monkeypatch.setattr(cloud.control_plane, "_overlays", ())
    return embedded(request)


def given_by(route53: Client, reference: str) -> Given:
    """Make what every case finds."""
    zone = route53.create_hosted_zone(Name="ziggie.example", CallerReference=reference)["HostedZone"]
    config = {"Type": "HTTP", "IPAddress": ADDRESS, "Disabled": True}
    checks = [
        route53.create_health_check(CallerReference=known, HealthCheckConfig=config)["HealthCheck"]["Id"]
        for known in (reference, f"{reference} other")
    ]
    return Given(route53, reference, zone["Id"].rpartition("/")[2], *checks)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_route_53_refuses_what_breaks_a_rule(route53: Client, case: Case) -> None:
    """Each request is refused with AWS's code; the source stands with the rule in emulation.route53."""
    given = given_by(route53, case.rule)
    case.before(given)
    with pytest.raises(ClientError) as error:
        case.request(given)
    assert error.value.response["Error"]["Code"] == case.code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_moto_alone_is_lax(moto_alone: Client, emulators: Emulators, case: Case) -> None:
    """This is why there is a rule of ours; where moto became strict, ours may be dropped."""
    given = given_by(moto_alone, f"{case.rule} with moto alone")
    answer = answer_to(lambda: case.request(given), lambda: case.before(given))
    assert (answer != TAKEN) == case.moto_refuses, f"moto changed: consider dropping our rule {case.rule} ({answer})"
    emulators.hold("moto", "route53", case.rule, answer)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_localstack_alone(unvalidated: Callable[[str, str], Client], emulators: Emulators, case: Case) -> None:
    """What LocalStack refuses by itself is what the published table says."""
    given = given_by(unvalidated("route53", "us-east-1"), f"{case.rule} with LocalStack alone")
    answer = answer_to(lambda: case.request(given), lambda: case.before(given))
    emulators.hold("LocalStack", "route53", case.rule, answer)


def test_every_rule_has_a_request() -> None:
    """A rule without a request here could be broken unseen."""
    assert {case.rule for case in CASES} == {rule.__name__ for rule in RULES}
