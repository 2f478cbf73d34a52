"""Route 53's control plane before its data plane: changes take their time, health is what the checkers see."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated import route53_state
from ziggie_harness.backends.emulated.route53_state import missing_internals
from ziggie_harness.lab.sites import SERVICE_HOST, site_named
from ziggie_harness.lab.wire import ask
from ziggie_harness.model.history import HealthChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.backends.emulated.conftest import Surroundings

Client = Any
"""boto3 makes the classes of its clients when it runs."""

SERVICE = site_named("eu-north-1").host(SERVICE_HOST)
STANDBY = site_named("eu-west-1").host(SERVICE_HOST)


class Healthy(http.server.BaseHTTPRequestHandler):
    """A service that is well."""

    def do_GET(self) -> None:
        """Say so."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing more."""


@pytest.fixture
def route53(surroundings: Surroundings) -> Client:
    """Return a client of Route 53 that calls from the internet."""
    return surroundings.cloud.clients.client("route53", "us-east-1", "internet")


def zone_of(route53: Client, reference: str = "zone") -> str:
    """Make a zone; return its id."""
    return str(route53.create_hosted_zone(Name="ziggie.example", CallerReference=reference)["HostedZone"]["Id"])


def check_of(route53: Client, reference: str = "check", **settings: object) -> str:
    """Make a health check of the primary's service; return its id."""
    config = {"Type": "HTTP", "IPAddress": SERVICE, "ResourcePath": "/health", **settings}
    return str(route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]["Id"])


def failover_record(which: str, address: str, **more: object) -> dict[str, Any]:
    """Describe one half of a failover pair."""
    return {
        "Name": "api.ziggie.example",
        "Type": "A",
        "TTL": 60,
        "SetIdentifier": which.lower(),
        "Failover": which,
        "ResourceRecords": [{"Value": address}],
        **more,
    }


def change(route53: Client, zone_id: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Make a change batch; return its ChangeInfo."""
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
    answer = route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
    return dict(answer["ChangeInfo"])


def error_of(call: Callable[..., object], **parameters: object) -> str:
    """Return the code of the error that a call is answered with."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return str(error.value.response["Error"]["Code"])


def test_a_change_takes_its_time_to_the_name_servers(surroundings: Surroundings, route53: Client) -> None:
    """PENDING for 60 s, then INSYNC and answered; source: botocore service model, ChangeResourceRecordSets."""
    zone_id = zone_of(route53)
    record = {"Name": "a.ziggie.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "1.2.3.4"}]}
    question = {"HostedZoneId": zone_id, "RecordName": "a.ziggie.example", "RecordType": "A"}
    info = change(route53, zone_id, ("CREATE", record))
    assert info["Status"] == "PENDING"
    surroundings.clock.sleep(59)
    assert route53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "PENDING"
    assert route53.test_dns_answer(**question)["RecordData"] == []
    surroundings.clock.sleep(2)
    change_info = route53.get_change(Id=info["Id"])["ChangeInfo"]
    assert (change_info["Status"], change_info["SubmittedAt"]) == ("INSYNC", info["SubmittedAt"])
    answer = route53.test_dns_answer(**question)
    assert (answer["RecordData"], answer["ResponseCode"], answer["Protocol"]) == (["1.2.3.4"], "NOERROR", "UDP")


def test_what_is_published_is_answered_on_the_wire(surroundings: Surroundings, route53: Client) -> None:
    """The name servers answer packets from the edge with what the API was told."""
    import dns.message  # noqa: PLC0415 - for this test alone

    zone_id = zone_of(route53)
    record = {"Name": "a.ziggie.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "1.2.3.4"}]}
    change(route53, zone_id, ("UPSERT", record))
    clock = surroundings.clock
    clock.sleep(61)
    question = dns.message.make_query("a.ziggie.example", "A").to_wire()
    place = surroundings.cloud.name_server
    reply = ask(clock, surroundings.network, "internet", place, question, clock.now() + 5)
    assert "1.2.3.4" in dns.message.from_wire(reply).answer[0].to_text()


def test_checkers_ask_what_the_api_was_told(surroundings: Surroundings, route53: Client) -> None:
    """A check fails after 3 x 30 s without a service, and tells why; then its record set gives way to the secondary."""
    zone_id, check_id = zone_of(route53), check_of(route53)
    primary = failover_record("PRIMARY", SERVICE, HealthCheckId=check_id)
    change(route53, zone_id, ("CREATE", primary), ("CREATE", failover_record("SECONDARY", STANDBY)))
    question = {"HostedZoneId": zone_id, "RecordName": "api.ziggie.example", "RecordType": "A"}
    surroundings.clock.sleep(61)
    assert route53.test_dns_answer(**question)["RecordData"] == [SERVICE]
    surroundings.clock.sleep(65)
    assert route53.test_dns_answer(**question)["RecordData"] == [STANDBY]
    assert [event.healthy for _, event in surroundings.journal.history().of_kind(HealthChanged)] == [False]
    seen = route53.get_health_check_status(HealthCheckId=check_id)["HealthCheckObservations"]
    assert len(seen) == 8
    assert all(observation["StatusReport"]["Status"].startswith("Failure") for observation in seen)
    failures = route53.get_health_check_last_failure_reason(HealthCheckId=check_id)["HealthCheckObservations"]
    assert [failure["Region"] for failure in failures] == [observation["Region"] for observation in seen]
    ranges = set(route53.get_checker_ip_ranges()["CheckerIpRanges"])
    assert {f"{observation['IPAddress']}/32" for observation in seen} == ranges


def test_updates_reach_the_checkers(surroundings: Surroundings, route53: Client) -> None:
    """A check that is led to a port that answers succeeds; one that is deleted is asked about no more."""
    with surroundings.network.inside("eu-north-1"):
        server = http.server.ThreadingHTTPServer((SERVICE, 8080), Healthy)
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check_id = check_of(route53, RequestInterval=10)
        surroundings.clock.sleep(11)
        updated = route53.update_health_check(HealthCheckId=check_id, HealthCheckVersion=1, Port=8080)
        surroundings.clock.sleep(13)
        seen = route53.get_health_check_status(HealthCheckId=check_id)["HealthCheckObservations"]
        server.shutdown()
    assert updated["HealthCheck"]["HealthCheckVersion"] == 2
    assert all(observation["StatusReport"]["Status"].startswith("Success") for observation in seen)
    assert error_of(route53.update_health_check, HealthCheckId=check_id, HealthCheckVersion=1, Port=80) == (
        "HealthCheckVersionMismatch"
    )
    route53.delete_health_check(HealthCheckId=check_id)
    assert error_of(route53.get_health_check_status, HealthCheckId=check_id) == "NoSuchHealthCheck"
    assert surroundings.cloud.fleet.status(check_id) == ()


def test_health_checks_have_route_53s_defaults(route53: Client) -> None:
    """HTTPS means port 443 and SNI, 3 x 30 s; moto says port 80 and no SNI (botocore service model)."""
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "api.ziggie.example"}
    made = route53.create_health_check(CallerReference="a", HealthCheckConfig=config)["HealthCheck"]
    described = route53.get_health_check(HealthCheckId=made["Id"])["HealthCheck"]["HealthCheckConfig"]
    expected = {"Port": 443, "EnableSNI": True, "RequestInterval": 30, "FailureThreshold": 3}
    assert {name: described[name] for name in expected} == expected
    assert made["HealthCheckConfig"] == described


def test_repeated_requests(route53: Client) -> None:
    """A repeated reference: an error for zones, the same check again for the same settings (botocore service model)."""
    zone_of(route53)
    assert error_of(route53.create_hosted_zone, Name="b.example", CallerReference="zone") == "HostedZoneAlreadyExists"
    check_id = check_of(route53)
    assert check_of(route53) == check_id
    assert len(route53.list_health_checks()["HealthChecks"]) == 1
    config = {"Type": "HTTP", "IPAddress": STANDBY}
    create = {"CallerReference": "check", "HealthCheckConfig": config}
    assert error_of(route53.create_health_check, **create) == "HealthCheckAlreadyExists"
    route53.delete_health_check(HealthCheckId=check_id)
    config["IPAddress"] = SERVICE
    assert error_of(route53.create_health_check, **create) == "HealthCheckAlreadyExists"


def test_unknown_things(route53: Client) -> None:
    """Each has the error that botocore's service model names."""
    record = {"Name": "a.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "1.2.3.4"}]}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    assert error_of(route53.change_resource_record_sets, HostedZoneId="Z1", ChangeBatch=batch) == "NoSuchHostedZone"
    question = {"HostedZoneId": "Z1", "RecordName": "a.example", "RecordType": "A"}
    assert error_of(route53.test_dns_answer, **question) == "NoSuchHostedZone"
    assert error_of(route53.get_change, Id="C1") == "NoSuchChange"
    assert error_of(route53.delete_health_check, HealthCheckId="unknown") == "NoSuchHealthCheck"


def test_a_refused_batch_changes_nothing(route53: Client) -> None:
    """Change batches are atomic (botocore service model, ChangeResourceRecordSets), and say all that is wrong."""
    zone_id = zone_of(route53)
    good = {"Name": "a.ziggie.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "1.2.3.4"}]}
    bad = {"Name": "b.ziggie.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "1.2.3"}]}
    with pytest.raises(ClientError, match=r"InvalidChangeBatch.*: \[Invalid Resource Record: .*1\.2\.3'.*\]"):
        change(route53, zone_id, ("CREATE", good), ("CREATE", bad))
    names = [record["Name"] for record in route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]]
    assert names == ["ziggie.example.", "ziggie.example."]


def test_deleting_one_of_two_with_the_same_set_identifier(route53: Client) -> None:
    """The other one, of another name, stays: moto deletes both. A deleted record set may be created again."""
    zone_id = zone_of(route53)
    records = [
        {
            "Name": f"{name}.ziggie.example",
            "Type": "A",
            "TTL": 5,
            "SetIdentifier": "one",
            "Weight": 1,
            "ResourceRecords": [{"Value": "1.2.3.4"}],
        }
        for name in ("a", "b")
    ]
    change(route53, zone_id, *(("CREATE", record) for record in records))
    for action in ("DELETE", "CREATE", "DELETE"):
        change(route53, zone_id, (action, records[0]))
    left = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    assert [record["Name"] for record in left if record["Type"] == "A"] == ["b.ziggie.example."]


def test_zones_by_name_start_at_a_name(route53: Client) -> None:
    """A runbook that takes the first zone of this list may take another one: the name is a start and no filter."""
    for name in ("b.example", "a.org", "a.example"):
        route53.create_hosted_zone(Name=name, CallerReference=name)

    def names(**parameters: str) -> list[str]:
        """List zones by name."""
        return [zone["Name"] for zone in route53.list_hosted_zones_by_name(**parameters)["HostedZones"]]

    assert names() == ["a.example.", "b.example.", "a.org."]
    assert names(DNSName="aa.example") == ["b.example.", "a.org."]
    page = route53.list_hosted_zones_by_name(DNSName="b.example", MaxItems="1")
    assert (page["IsTruncated"], page["NextDNSName"]) == (True, "a.org.")


def test_a_deleted_zone_is_not_answered_for(surroundings: Surroundings, route53: Client) -> None:
    """Its name servers refuse it; a zone with record sets is not deleted (HostedZoneNotEmpty)."""
    zone_id = zone_of(route53)
    surroundings.clock.sleep(61)
    assert surroundings.cloud.authority.preview("ziggie.example", "NS").rcode == "NOERROR"
    record = {"Name": "a.ziggie.example", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "1.2.3.4"}]}
    change(route53, zone_id, ("CREATE", record))
    assert error_of(route53.delete_hosted_zone, Id=zone_id) == "HostedZoneNotEmpty"
    change(route53, zone_id, ("DELETE", record))
    route53.delete_hosted_zone(Id=zone_id)
    assert surroundings.cloud.authority.preview("ziggie.example", "NS").rcode == "REFUSED"


@pytest.mark.parametrize(
    "record",
    [
        {
            "GeoLocation": {"CountryCode": "SE"},
            "SetIdentifier": "a",
            "ResourceRecords": [{"Value": "1.2.3.4"}],
            "TTL": 5,
        },
        {"AliasTarget": {"HostedZoneId": "Z1", "DNSName": "b.example", "EvaluateTargetHealth": True}},
    ],
    ids=["geolocation", "alias"],
)
def test_what_the_name_servers_do_not_know_is_a_gap(route53: Client, record: dict[str, Any]) -> None:
    """Better no answer than one that AWS would not give."""
    with pytest.raises(ClientError, match="the emulator has a gap"):
        change(route53, zone_of(route53), ("CREATE", {"Name": "a.ziggie.example", "Type": "A", **record}))


def test_motos_inside_is_as_we_know_it() -> None:
    """The readers look into moto's classes; a version that changed them has to be looked at before it is used."""
    assert missing_internals() == ()


def test_a_changed_inside_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: without one of the parts that are used, the sentence names it."""
    models = pytest.importorskip(route53_state.MODELS)
    monkeypatch.delattr(models.HealthCheck, "health_check_config")
    monkeypatch.setattr(route53_state, "PINNED_VERSION", "5.0.0")
    version, part = missing_internals()
    assert "this was written for 5.0.0" in version
    assert part == "moto.route53.models.HealthCheck has no health_check_config"
