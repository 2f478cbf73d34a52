"""The gateway: real endpoint names over TLS in each region, dark when the region is, and every call recorded."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError, SSLError

from ziggie_harness.backends.emulated.api_client import CONNECT_SECONDS, READ_SECONDS, Clients
from ziggie_harness.backends.emulated.calls import Answer, AwsError, Call, HttpRequest
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.moto_state import Moto
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import CallMade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.backends.emulated.conftest import Surroundings

ROUTE53 = "route53.amazonaws.com"


class Scripted:
    """An overlay that does one thing for every call."""

    def __init__(self, act: Callable[[Call], Answer | None]) -> None:
        """Do what ``act`` does."""
        self._act = act

    def handle(self, call: Call) -> Answer | None:
        """Do it."""
        return self._act(call)

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave the answer as it is."""
        return answer


def calls_of(surroundings: Surroundings) -> list[CallMade]:
    """Return the recorded calls."""
    return [event for _, event in surroundings.journal.history().of_kind(CallMade)]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    """Return the code of an error of AWS."""
    return str(error.value.response["Error"]["Code"])


def test_a_call_reaches_its_region_and_is_recorded_with_its_caller(surroundings: Surroundings) -> None:
    """A regional service is served in its region; the record names the caller's site, found by its address."""
    sts = surroundings.cloud.clients.client("sts", "eu-west-1", "eu-north-1")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    expected = CallMade("sts", "GetCallerIdentity", "eu-west-1", "eu-north-1", 200, "")
    assert calls_of(surroundings) == [expected]


def test_global_services_are_dark_when_us_east_1_is(surroundings: Surroundings) -> None:
    """Route 53's control plane is in us-east-1 (Route 53 Developer Guide), whatever the client's region is."""
    route53 = surroundings.cloud.clients.client("route53", "eu-north-1", "eu-west-1")
    sts = surroundings.cloud.clients.client("sts", "eu-west-1", "eu-west-1")
    started, wall = surroundings.clock.now(), time.perf_counter()
    with surroundings.network.isolated("us-east-1"):
        with pytest.raises(ConnectTimeoutError):
            route53.list_hosted_zones()
        assert surroundings.clock.now() - started == pytest.approx(CONNECT_SECONDS, abs=0.5)
        assert time.perf_counter() - wall < CONNECT_SECONDS / 2, "the wait was not skipped"
        assert sts.get_caller_identity()["Account"]
    assert route53.list_hosted_zones()["HostedZones"] == []


def test_names_that_lead_nowhere_and_ports_that_refuse(surroundings: Surroundings) -> None:
    """Both are EndpointConnectionError, as with botocore's own sockets."""
    with pytest.raises(EndpointConnectionError):
        surroundings.cloud.clients.client("sts", "ap-southeast-2", "internet").get_caller_identity()
    context = surroundings.certificates.client_context()
    refusing = Clients(surroundings.clock, surroundings.network, context, lambda _: ("13.48.10.20", 444))
    with pytest.raises(EndpointConnectionError):
        refusing.client("sts", "eu-north-1", "internet").get_caller_identity()


def test_a_frozen_endpoint_is_a_read_timeout(surroundings: Surroundings) -> None:
    """Who accepts and never answers costs the read time-out, in drill time and not in wall time."""
    place = ("13.48.10.21", 443)
    with surroundings.network.inside("eu-north-1"):
        listener = socket.socket()
    context = surroundings.certificates.client_context()
    clients = Clients(surroundings.clock, surroundings.network, context, lambda _: place)
    with listener, surroundings.network.silent(*place, "its process is frozen"):
        listener.bind(place)
        listener.listen()
        started = surroundings.clock.now()
        with pytest.raises(ReadTimeoutError):
            clients.client("sts", "eu-north-1", "internet").get_caller_identity()
    assert surroundings.clock.now() - started == pytest.approx(READ_SECONDS, abs=1.0)


def test_certificates_are_checked(surroundings: Surroundings, tmp_path: Path) -> None:
    """A client that trusts another authority does not talk."""
    stranger = CertificateAuthority(tmp_path).client_context()
    clients = Clients(surroundings.clock, surroundings.network, stranger, surroundings.cloud.place_of)
    with pytest.raises(SSLError):
        clients.client("sts", "eu-north-1", "internet").get_caller_identity()


def test_the_users_environment_takes_no_part(surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Profiles, proxies, endpoints and FIPS settings of whoever runs the harness lead no call astray."""
    for name, value in {
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_ACCESS_KEY_ID": "somebody",
        "HTTPS_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    context = surroundings.certificates.client_context()
    clients = Clients(surroundings.clock, surroundings.network, context, surroundings.cloud.place_of)
    assert clients.client("sts", "eu-north-1", "internet").get_caller_identity()["Account"]


def test_a_silent_client_blocks_nobody(surroundings: Surroundings) -> None:
    """The handshake happens in the connection's own thread: one that never comes holds up no other client."""
    with surroundings.network.inside("internet"):
        silent = socket.create_connection(surroundings.cloud.gateway.place("us-east-1"), timeout=5)
    with silent:
        route53 = surroundings.cloud.clients.client("route53", "us-east-1", "internet")
        started = time.perf_counter()
        route53.list_hosted_zones()
        assert time.perf_counter() - started < 2


def test_connections_stay_open_and_are_aborted_at_the_end(surroundings: Surroundings) -> None:
    """A pooled connection serves call after call, and is reset when the gateway closes."""
    context = surroundings.certificates.client_context()
    with surroundings.network.inside("internet"):
        raw = socket.create_connection(surroundings.cloud.gateway.place("us-east-1"), timeout=5)
    connection = http.client.HTTPSConnection(ROUTE53)
    connection.sock = context.wrap_socket(raw, server_hostname=ROUTE53)
    scope = "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0"
    for _ in range(2):
        connection.request("GET", "/2013-04-01/hostedzone", headers={"Authorization": scope})
        assert connection.getresponse().read().startswith(b"<?xml")
    surroundings.cloud.gateway.__exit__(None, None, None)
    with pytest.raises((ConnectionResetError, ssl.SSLError)):
        connection.sock.read(1) or pytest.fail("the connection ended as if all were well")
    connection.sock.close()


def test_clients_at_once(surroundings: Surroundings) -> None:
    """Parallel callers lose nothing."""
    made: list[str] = []

    def create(number: int) -> None:
        """Create one zone."""
        route53 = surroundings.cloud.clients.client("route53", "us-east-1", "internet")
        made.append(route53.create_hosted_zone(Name=f"z{number}.org", CallerReference=str(number))["HostedZone"]["Id"])

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(made)) == 8
    assert len(surroundings.cloud.state.zones()) == 8


def test_a_gap_of_the_emulator_is_no_outage(surroundings: Surroundings) -> None:
    """What moto lacks is named as the emulator's gap, with a status that clients do not retry."""
    route53 = surroundings.cloud.clients.client("route53", "us-east-1", "internet")
    with pytest.raises(ClientError, match="gap: route53 ListTrafficPolicies is not implemented") as error:
        route53.list_traffic_policies()
    assert code_of(error) == "NotImplemented"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert calls_of(surroundings)[-1].error == "NotImplemented"


REQUESTS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "route53": ("get_hosted_zone_count", {}, "HostedZoneCount", "route53"),
    "rds": ("describe_db_instances", {}, "Marker", "rds"),
    "secretsmanager": ("describe_secret", {"SecretId": "a"}, "Name", "secretsmanager"),
    "lambda": ("get_account_settings", {}, "AccountUsage", "lambda"),
}
"""A call in each of AWS's protocols: rest-xml, query, json, rest-json."""

RESULTS: dict[str, Any] = {"Marker": "here", "HostedZoneCount": 7, "Name": "a", "AccountUsage": {"FunctionCount": 3}}


@pytest.mark.parametrize("service", REQUESTS)
def test_overlays_answer_in_every_protocol(surroundings: Surroundings, service: str) -> None:
    """Results and errors of an overlay come out of boto3 as AWS's would."""
    operation, parameters, member, _ = REQUESTS[service]
    heard: list[Call] = []

    def answer(call: Call) -> Answer:
        """Answer the first call, refuse the second."""
        heard.append(call)
        if len(heard) > 1:
            raise AwsError("AccessDeniedException", "not <today>")
        return Answer(RESULTS)

    control = surroundings.cloud.control_plane
    control._overlays = (Scripted(answer),)
    client = surroundings.cloud.clients.client(service, "eu-west-1", "internet")
    assert getattr(client, operation)(**parameters)[member] == RESULTS[member]
    with pytest.raises(ClientError, match="not <today>") as error:
        getattr(client, operation)(**parameters)
    assert code_of(error) == "AccessDeniedException"
    assert dict(heard[0].parameters) == parameters
    assert [call.error for call in calls_of(surroundings)] == ["", "AccessDeniedException"]


def test_a_mistake_in_an_overlay_is_no_outage_either(surroundings: Surroundings) -> None:
    """An exception in the emulator is told as one, with its place."""

    def fail(call: Call) -> Answer | None:
        """Make a mistake."""
        raise KeyError(call.operation)

    surroundings.cloud.control_plane._overlays = (Scripted(fail),)
    with pytest.raises(ClientError, match=r"the emulator failed at sts GetCallerIdentity: KeyError.*test_gateway.py"):
        surroundings.cloud.clients.client("sts", "eu-west-1", "internet").get_caller_identity()
    assert calls_of(surroundings)[-1].error == "EmulatorFailure"


def test_one_world_at_a_time(surroundings: Surroundings) -> None:
    """Moto's state is one per process, so a second world is refused and the first keeps its state."""
    route53 = surroundings.cloud.clients.client("route53", "us-east-1", "internet")
    route53.create_hosted_zone(Name="example.org", CallerReference="a")
    with pytest.raises(LabError, match="in use already"), Moto():
        pass
    assert len(route53.list_hosted_zones()["HostedZones"]) == 1


def test_the_next_world_starts_empty(surroundings: Surroundings) -> None:
    """Nothing of a world is left for the next one of the process."""
    surroundings.cloud.clients.client("route53", "us-east-1", "internet").create_hosted_zone(
        Name="example.org", CallerReference="a"
    )
    surroundings.cloud.__exit__(None, None, None)
    network = surroundings.network
    with Cloud(surroundings.clock, network, surroundings.journal, surroundings.certificates, network.site_of) as cloud:
        assert cloud.clients.client("route53", "us-east-1", "internet").list_hosted_zones()["HostedZones"] == []


def test_a_body_that_cannot_be_read_is_the_callers_mistake(surroundings: Surroundings) -> None:
    """It is answered with status 400, and the connection lives on."""
    request = HttpRequest("POST", "/2013-04-01/hostedzone", ROUTE53, {"content-type": "text/xml"}, b"<no XML")
    response = surroundings.cloud.control_plane.answer("us-east-1", "internet", request)
    assert response.status == 400
    assert b"<Code>SerializationException</Code>" in response.body


def test_a_world_may_start_while_moto_warms_up() -> None:
    """Moto's modules import each other in circles: in a fresh interpreter, two threads must not import them at once."""
    program = (
        "from ziggie_harness.backends.emulated.moto_state import Moto, warm_up\n"
        "warming = warm_up()\n"
        "with Moto():\n"
        "    from ziggie_harness.backends.emulated.control_plane import ControlPlane\n"
        "warming.join()\n"
        "import moto.sts.urls"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
