"""Health checkers against a real endpoint on loopback: what they find, what they ask, and when opinions turn."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.emulation.route53.endpoint_check import check_endpoint, host_header, server_name, tolerant_context
from ziggie_harness.emulation.route53.health_checks import Fleet, first_share
from ziggie_harness.emulation.route53.records import CHECKER_REGIONS, HealthCheck
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.history import EndpointChecked, HealthChanged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulation.conftest import Loopback
    from ziggie_harness.emulation.route53.endpoint_check import Finding
    from ziggie_harness.kernel.clock import DrillClock
    from ziggie_harness.kernel.journal import FileJournal


class Endpoint(ThreadingHTTPServer):
    """A web server whose answer the test sets, and which remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.status = 200
        self.body = b"all is well"
        self.asked: list[tuple[str, str]] = []
        self.names: list[str | None] = []
        self.tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection; the handshake happens in the connection's own thread, at its first read."""
        connection, peer = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, peer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that hang up."""

    def show(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on, noting the names that clients send."""

        def note(_connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
            self.names.append(name)

        context.sni_callback = note
        self.tls = context

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.server_address[1])


class Page(BaseHTTPRequestHandler):
    """Answers GET as the endpoint says."""

    server: Endpoint

    def do_GET(self) -> None:
        """Answer one request."""
        self.server.asked.append((self.path, self.headers["Host"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Serve on loopback."""
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def fleet(clock: DrillClock, paths: Loopback, journal: FileJournal) -> Iterator[Fleet]:
    """Give a fleet whose checkers each sit in a site of their own."""
    sites = {region: region for region in CHECKER_REGIONS}
    with Fleet(clock, paths, journal, sites=sites, resolve=lambda _: None) as made:
        yield made


def check_of(endpoint: Endpoint, interval_seconds: int = 30) -> HealthCheck:
    """Make a plain check of an endpoint."""
    return HealthCheck("check", "HTTP", "127.0.0.1", endpoint.port, "/health", interval_seconds=interval_seconds)


def changes(journal: FileJournal) -> list[tuple[float, bool]]:
    """Return when a health check changed, and to what."""
    return [(at, event.healthy) for at, event in journal.history().of_kind(HealthChanged)]


@pytest.mark.parametrize("interval_seconds", [10, 30])
def test_an_endpoint_turns_after_three_results_of_enough_checkers(
    clock: DrillClock, fleet: Fleet, journal: FileJournal, endpoint: Endpoint, interval_seconds: int
) -> None:
    """Source: botocore service model, FailureThreshold and RequestInterval; the share is the Developer Guide's.

    Each checker turns at its third result: 2 to 3 intervals after the change. Down takes seven of eight (one
    is 12.5 %), up takes two (25 %).
    """
    fleet.add(check_of(endpoint, interval_seconds))
    clock.sleep(2 * interval_seconds)
    endpoint.status, failed_at = 500, clock.now()
    clock.sleep(4 * interval_seconds)
    assert not fleet.healthy("check")
    endpoint.status, recovered_at = 200, clock.now()
    clock.sleep(4 * interval_seconds)
    assert fleet.healthy("check")
    (down, _), (up, _) = changes(journal)
    assert [healthy for _, healthy in changes(journal)] == [False, True]
    assert 2.7 * interval_seconds < down - failed_at < 3 * interval_seconds + 1
    assert 2 * interval_seconds < up - recovered_at < 2.3 * interval_seconds + 1


def test_a_blip_shorter_than_the_threshold_changes_nothing(
    clock: DrillClock, fleet: Fleet, journal: FileJournal, endpoint: Endpoint
) -> None:
    """Source: botocore service model, FailureThreshold: *consecutive* results."""
    fleet.add(check_of(endpoint))
    clock.sleep(60)
    for _ in range(3):
        endpoint.status = 500
        clock.sleep(58)
        endpoint.status = 200
        clock.sleep(32)
    assert changes(journal) == []
    assert {event.healthy for _, event in journal.history().of_kind(EndpointChecked)} == {True, False}


@pytest.mark.parametrize(("far", "healthy"), [(6, True), (7, False), (8, False)])
def test_more_than_18_percent_of_the_checkers_are_enough(  # noqa: PLR0913 - five fixtures and the table
    clock: DrillClock, paths: Loopback, fleet: Fleet, endpoint: Endpoint, far: int, *, healthy: bool
) -> None:
    """Source: Developer Guide: "If 18% of health checkers or fewer report that an endpoint is healthy"."""
    paths.unplugged.update(CHECKER_REGIONS[:far])
    fleet.add(check_of(endpoint))
    clock.sleep(100)
    assert fleet.healthy("check") == healthy
    assert [observation.healthy for observation in fleet.status("check")] == [False] * far + [True] * (8 - far)


def test_a_new_check_is_healthy_until_there_is_enough_data(clock: DrillClock, fleet: Fleet, endpoint: Endpoint) -> None:
    """Source: Developer Guide: "Route 53 considers a new health check to be healthy until there's enough data"."""
    endpoint.status = 500
    fleet.add(check_of(endpoint))
    assert fleet.healthy("check")
    clock.sleep(45)
    assert fleet.healthy("check")
    clock.sleep(60)
    assert not fleet.healthy("check")


def test_an_endpoint_is_asked_every_few_seconds(clock: DrillClock, fleet: Fleet, endpoint: Endpoint) -> None:
    """Eight checkers with an interval of 30 s each, evenly spread: a request every 3.75 s."""
    fleet.add(check_of(endpoint))
    clock.sleep(120)
    assert 29 <= len(endpoint.asked) <= 33
    shares = sorted(first_share("check", number, 8) for number in range(8))
    gaps = [later - earlier for earlier, later in itertools.pairwise(shares)]
    assert gaps == pytest.approx([1 / 8] * 7)


def test_histories_stay_small(clock: DrillClock, fleet: Fleet, journal: FileJournal, endpoint: Endpoint) -> None:
    """A result is recorded only when it differs from the checker's one before."""
    fleet.add(check_of(endpoint))
    clock.sleep(300)
    assert len(list(journal.history().of_kind(EndpointChecked))) == 8


@pytest.mark.parametrize(
    ("inverted", "disabled", "healthy"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, False)],
)
def test_inverted_and_disabled_checks(  # noqa: PLR0913 - three fixtures and the table
    clock: DrillClock, fleet: Fleet, endpoint: Endpoint, *, inverted: bool, disabled: bool, healthy: bool
) -> None:
    """Source: botocore service model, HealthCheckConfig.Inverted and Disabled, here for an endpoint that fails."""
    endpoint.status = 500
    fleet.add(replace(check_of(endpoint), inverted=inverted, disabled=disabled))
    clock.sleep(110)
    assert fleet.healthy("check") == healthy
    assert bool(endpoint.asked) != disabled


def test_a_check_is_inverted_at_once_and_keeps_what_its_checkers_know(
    clock: DrillClock, fleet: Fleet, journal: FileJournal, endpoint: Endpoint
) -> None:
    """The latch against automatic failback: inverting a healthy check makes it unhealthy without waiting."""
    fleet.add(check_of(endpoint))
    clock.sleep(60)
    fleet.update(replace(check_of(endpoint), inverted=True))
    assert not fleet.healthy("check")
    fleet.update(check_of(endpoint))
    assert fleet.healthy("check")
    assert [healthy for _, healthy in changes(journal)] == [False, True]
    fleet.update(replace(check_of(endpoint), inverted=True, disabled=True))
    assert [healthy for _, healthy in changes(journal)] == [False, True, False]


def test_removed_checks_are_not_asked_any_more(clock: DrillClock, fleet: Fleet, endpoint: Endpoint) -> None:
    """What is watched is exactly what was said last."""
    fleet.watch([check_of(endpoint), replace(check_of(endpoint), id="other", path="/other")])
    clock.sleep(31)
    fleet.watch([check_of(endpoint)])
    endpoint.asked.clear()
    clock.sleep(31)
    assert {path for path, _ in endpoint.asked} == {"/health"}
    assert fleet.status("other") == ()
    assert fleet.healthy("other")


def test_a_check_by_name_alone_asks_dns_each_time(
    clock: DrillClock, paths: Loopback, journal: FileJournal, endpoint: Endpoint
) -> None:
    """Source: botocore service model, HealthCheckConfig.FullyQualifiedDomainName, "DNS resolution failed"."""
    addresses: list[str | None] = ["127.0.0.1"]
    with Fleet(clock, paths, journal, sites={}, resolve=lambda _: addresses[0]) as fleet:
        fleet.add(replace(check_of(endpoint), address=None, fully_qualified_domain_name="node.ziggie.ai"))
        clock.sleep(31)
        assert {host for _, host in endpoint.asked} == {f"node.ziggie.ai:{endpoint.port}"}
        addresses[0] = None
        clock.sleep(31)
        assert {seen.reason for seen in fleet.status("check")} == {"Failure: DNS resolution failed: node.ziggie.ai"}


def test_kinds_that_are_not_emulated_are_refused(fleet: Fleet) -> None:
    """A calculated check would otherwise be healthy for ever, and nobody would notice."""
    with pytest.raises(ValueError, match="CALCULATED are not emulated"):
        fleet.add(HealthCheck("sum", "CALCULATED"))
    assert fleet.healthy("sum")


def found(clock: DrillClock, paths: Loopback, check: HealthCheck) -> Finding:
    """Ask once."""
    return check_endpoint(clock, paths, "internet", check, check.address or "", Trust(tolerant_context()))


@pytest.mark.parametrize(
    ("status", "healthy"),
    [(200, True), (204, True), (302, True), (399, True), (400, False), (404, False), (503, False)],
)
def test_status_codes(clock: DrillClock, paths: Loopback, endpoint: Endpoint, status: int, *, healthy: bool) -> None:
    """Source: botocore service model, HealthCheckConfig.Type: "200 or greater and less than 400"."""
    endpoint.status, endpoint.body = status, b""
    assert found(clock, paths, check_of(endpoint)).healthy == healthy


@pytest.mark.parametrize(
    ("body", "healthy"),
    [
        (b"ready", True),
        (b"Ready", False),
        (b"x" * 5115 + b"ready", True),
        (b"x" * 5116 + b"ready", False),
        (b"ready" + b"x" * 100_000, True),
    ],
)
def test_the_string_is_searched_in_the_first_5120_bytes(
    clock: DrillClock, paths: Loopback, endpoint: Endpoint, body: bytes, *, healthy: bool
) -> None:
    """Source: Developer Guide: "entirely in the first 5,120 bytes"; botocore, SearchString: case counts."""
    endpoint.body = body
    check = replace(check_of(endpoint), type="HTTP_STR_MATCH", search_string="ready")
    assert found(clock, paths, check).healthy == healthy


def test_certificates_are_not_validated(clock: DrillClock, paths: Loopback, endpoint: Endpoint, tmp_path: Path) -> None:
    """Source: Developer Guide: "HTTPS health checks don't validate SSL/TLS certificates"; SNI: botocore, EnableSNI."""
    authority = CertificateAuthority(tmp_path)
    endpoint.show(authority.server_context(authority.issue(["somebody.else.example"])))
    by_address = replace(check_of(endpoint), type="HTTPS")
    assert found(clock, paths, by_address).healthy
    by_name = replace(by_address, fully_qualified_domain_name="api.ziggie.ai")
    assert found(clock, paths, by_name).healthy
    assert found(clock, paths, replace(by_name, enable_sni=False)).healthy
    assert endpoint.names == [None, "api.ziggie.ai", None]
    hosts = [f"127.0.0.1:{endpoint.port}", f"api.ziggie.ai:{endpoint.port}", f"api.ziggie.ai:{endpoint.port}"]
    assert [host for _, host in endpoint.asked] == hosts


def test_an_endpoint_of_names_refuses_a_check_by_address(
    clock: DrillClock, paths: Loopback, endpoint: Endpoint, tmp_path: Path
) -> None:
    """Source: botocore service model, HealthCheckConfig.EnableSNI: "SSL alert handshake_failure"."""
    authority = CertificateAuthority(tmp_path)
    context = authority.server_context(authority.issue(["api.ziggie.ai"]))
    refusal = ssl.AlertDescription.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
    context.sni_callback = lambda _connection, name, _context: None if name == "api.ziggie.ai" else refusal
    endpoint.tls = context
    by_address = replace(check_of(endpoint), type="HTTPS")
    assert found(clock, paths, by_address).reason == "Failure: SSL alert handshake_failure"
    by_name = replace(by_address, fully_qualified_domain_name="api.ziggie.ai")
    assert found(clock, paths, by_name).healthy
    assert not found(clock, paths, replace(by_name, enable_sni=False)).healthy


def test_a_plain_endpoint_fails_a_tls_check(clock: DrillClock, paths: Loopback, endpoint: Endpoint) -> None:
    """What does not speak TLS is no HTTPS endpoint, and a handshake's failure is a result, not an error."""
    finding = found(clock, paths, replace(check_of(endpoint), type="HTTPS"))
    assert not finding.healthy
    assert finding.reason.startswith("Failure: ")


@pytest.mark.parametrize(
    ("kind", "port", "name", "host"),
    [
        ("HTTP", 80, "api.ziggie.ai", "api.ziggie.ai"),
        ("HTTPS", 443, "api.ziggie.ai", "api.ziggie.ai"),
        ("HTTPS", None, "api.ziggie.ai", "api.ziggie.ai"),
        ("HTTPS", 8443, "api.ziggie.ai", "api.ziggie.ai:8443"),
        ("HTTP", 443, "api.ziggie.ai", "api.ziggie.ai:443"),
        ("HTTPS", 443, None, "13.48.10.10"),
        ("HTTP", 8080, None, "13.48.10.10:8080"),
    ],
)
def test_host_header(kind: str, port: int | None, name: str | None, host: str) -> None:
    """Source: botocore service model, HealthCheckConfig.FullyQualifiedDomainName."""
    check = HealthCheck("c", kind, "13.48.10.10", port, fully_qualified_domain_name=name)  # type: ignore[arg-type]  # a table of text
    assert host_header(check, "13.48.10.10") == host
    assert server_name(check) == name


def test_tcp_needs_a_connection_only(clock: DrillClock, paths: Loopback, endpoint: Endpoint) -> None:
    """Source: botocore service model, HealthCheckConfig.Type, TCP."""
    check = replace(check_of(endpoint), type="TCP")
    endpoint.status = 500
    assert found(clock, paths, check).healthy
    endpoint.shutdown()
    endpoint.server_close()
    assert "ECONNREFUSED" in found(clock, paths, check).reason


@pytest.mark.parametrize(("kind", "seconds"), [("HTTP", 4), ("TCP", 10)])
def test_a_connection_that_does_not_come_about_takes_its_time_on_the_drill_clock(
    clock: DrillClock, paths: Loopback, kind: str, seconds: int
) -> None:
    """Source: Developer Guide: "within four seconds", for TCP "within ten". A full backlog is silent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first:
        first.connect(full.getsockname())
        paths.cut = lambda _: "the test says so"
        started = clock.now()
        finding = found(clock, paths, HealthCheck("c", kind, "127.0.0.1", full.getsockname()[1]))  # type: ignore[arg-type]  # a table of text
        assert not finding.healthy
        assert clock.now() - started == pytest.approx(seconds, abs=0.2)
        assert clock.skipped_seconds > seconds - 0.5


def test_a_status_that_does_not_come_takes_two_seconds(clock: DrillClock, paths: Loopback) -> None:
    """Source: Developer Guide: "within two seconds after connecting"."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        paths.cut = lambda _: "the test says so"
        started = clock.now()
        finding = found(clock, paths, HealthCheck("c", "HTTP", "127.0.0.1", mute.getsockname()[1]))
        assert finding.reason == "Failure: no status in time (the test says so)"
        assert clock.now() - started == pytest.approx(2, abs=0.2)
