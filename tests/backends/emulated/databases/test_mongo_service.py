"""The service on a real replica set: elections as its clients see them, on the drill's clock."""

from __future__ import annotations

import json
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ziggie_harness
from tests.backends.emulated.databases.conftest import PRIMARY, SECONDARY, declared
from ziggie_harness.backends.emulated.mongo_security import Security
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.http_exchange import Reply, Request, exchange
from ziggie_harness.lab.sites import SERVICE_HOST, site_named
from ziggie_harness.lab.wire import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.backends.emulated.databases.conftest import Lab, Maker
    from ziggie_harness.backends.emulated.replica_set import Declared, ReplicaSet

    Starter = Callable[..., "Services"]

NAME = "api.ziggie.ai"
REGIONS = ("eu-north-1", "eu-west-1")


@dataclass(frozen=True)
class Services:
    """A service in each of two regions on one replica set, and the clock of the drill."""

    lab: Lab
    replicas: ReplicaSet
    authority: CertificateAuthority

    def ask(self, region: str, method: str, path: str) -> Reply:
        """Ask the service of a region from that region."""
        address = site_named(region).host(SERVICE_HOST)
        clock = self.lab.clock
        with Line(clock, self.lab.network, region, address, 443) as line:
            line.connect(clock.now() + 4.0)
            line.start_tls(self.authority.client_context(), NAME, clock.now() + 4.0)
            return exchange(clock, line, Request(method, path, NAME), head_seconds=10.0, body_seconds=10.0)

    def write(self, region: str, identity: str) -> tuple[int, str]:
        """Write an order; return the status, and who acknowledged it or whether it may have been applied."""
        reply = self.ask(region, "PUT", f"/orders/{identity}")
        if reply.status in {200, 201}:
            return reply.status, reply.headers["x-ziggie-writer"]
        return reply.status, json.loads(reply.body)["applied"]


@pytest.fixture
def start(machine: Lab, make: Maker, tmp_path: Path) -> Iterator[Starter]:
    """Give what starts services on a replica set; the test is an actor on the drill's clock."""
    with ExitStack() as stack:

        def starter(wanted: Declared, concern: str = "", *, secured: bool = False) -> Services:
            authority = CertificateAuthority(tmp_path / "authority")
            replicas = make(wanted, Security(authority) if secured else None)
            clock, hold = machine.clock, replicas.election_hold()
            link = stack.enter_context(ClockServer(clock, tmp_path / "clock", machine.network.stalled))
            stack.enter_context(clock.actor("test"))
            stack.enter_context(clock.hold(hold, replicas.hold_patience_seconds))
            for region in REGIONS:
                _start(machine, replicas, link, region, authority, concern, password="lab-only" if secured else "")
            return Services(machine, replicas, authority)

        yield starter


def _start(  # noqa: PLR0913, PLR0917 - what a service needs
    machine: Lab, replicas: ReplicaSet, link: ClockServer, region: str, authority: CertificateAuthority, concern: str,
    password: str,
) -> None:  # fmt: skip
    """Start the service of a region, and wait until it listens."""
    address = site_named(region).host(SERVICE_HOST)
    certificate = authority.issue([NAME], [address])
    name = f"service-{region}"
    environment = {
        "ZIGGIE_REGION": region,
        "ZIGGIE_LISTEN": f"{address}:443",
        "ZIGGIE_CERTIFICATE": str(certificate.certificate_path),
        "ZIGGIE_KEY": str(certificate.key_path),
        "ZIGGIE_DATABASE_ENGINE": "mongodb",
        "ZIGGIE_DATABASE_MEMBERS": ",".join(f"{one.site}={one.host}" for one in replicas.servers.values()),
        "ZIGGIE_REPLICA_SET": replicas.declared.name,
        "ZIGGIE_DATABASE_PASSWORD": password,
        "ZIGGIE_DATABASE_CA": str(authority.certificate_path),
        "ZIGGIE_WRITE_CONCERN": concern,
        "PYTHONPATH": str(Path(ziggie_harness.__file__).parent.parent),
        **link.environment(name),
    }
    process = machine.supervisor.spawn(
        name,
        (sys.executable, "-m", "ziggie_harness.service.api"),
        environment=environment,
        log=machine.run.directory / f"{name}.log",
        namespace=machine.network.descriptor(region),
    )
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at and process.alive():
        with machine.network.inside(region):
            trial = socket.socket()
        with trial:
            if trial.connect_ex((address, 443)) == 0:
                return
    pytest.fail(" | ".join(process.tail()))


def test_any_region_writes_to_the_one_primary(start: Starter) -> None:
    """A service far from the primary writes all the same, and says where its write was acknowledged; secured, too."""
    services = start(declared(priority=2), "majority", secured=True)
    assert services.write("eu-west-1", "a1") == (201, "eu-north-1")
    assert services.write("eu-north-1", "a1") == (200, "eu-north-1")
    assert services.ask("eu-west-1", "GET", "/orders/a1").status == 200
    assert services.ask("eu-west-1", "GET", "/orders/a2").status == 404
    assert services.ask("eu-west-1", "GET", "/orders").body == b"a1\n"
    assert services.ask("eu-west-1", "GET", "/health").body == b"writer\n"


@pytest.mark.slow
def test_what_a_dark_primary_acknowledges_is_lost_and_known(start: Starter) -> None:
    """Its own service gets writes acknowledged until it steps down; exactly those are rolled back after the heal."""
    services = start(replace(declared(), default_write_concern="1"))
    replicas, clock = services.replicas, services.lab.clock
    acknowledged: dict[str, list[str]] = {region: [] for region in REGIONS}
    with services.lab.network.isolated("eu-north-1"):
        for number in range(400):
            started = clock.now()
            for region in REGIONS:
                status, writer = services.write(region, f"{region}-{number}")
                if status == 201:
                    assert writer == region
                    acknowledged[region].append(f"{region}-{number}")
            if len(acknowledged["eu-west-1"]) >= 3:
                break
            clock.sleep(max(0.0, started + 0.25 - clock.now()))
        assert acknowledged["eu-north-1"]
        assert replicas.primary() == SECONDARY
    ends_at = time.monotonic() + 60
    while replicas.watch.obstacle() is not None:
        assert time.monotonic() < ends_at
        time.sleep(0.01)
    assert set(acknowledged["eu-north-1"]) <= set(replicas.rolled_back(PRIMARY, "orders"))
    kept = set(replicas.identities(PRIMARY, "orders"))
    assert kept == set(replicas.identities(SECONDARY, "orders"))
    assert set(acknowledged["eu-west-1"]) <= kept
    assert not kept & set(acknowledged["eu-north-1"])
    assert clock.overruled == []


@pytest.mark.slow
def test_without_a_majority_orders_are_refused_and_time_is_skipped(start: Starter) -> None:
    """With the arbiter in the dead region the survivor takes no writes, and waiting for one costs hardly any time."""
    services = start(declared("eu-north-1"), "majority")
    assert services.write("eu-west-1", "b0") == (201, "eu-north-1")
    for server in services.replicas.servers.values():
        if server.site == "eu-north-1":
            server.kill()
    clock = services.lab.clock
    clock.sleep(60.0)
    started, skipped, wall = clock.now(), clock.skipped_seconds, time.monotonic()
    for number in range(1, 11):
        assert services.write("eu-west-1", f"b{number}") == (503, "no")
    assert 15.0 <= clock.now() - started < 20.0
    assert clock.skipped_seconds - skipped > 10.0
    assert time.monotonic() - wall < 8.0
    assert services.ask("eu-west-1", "GET", "/health").status == 503


def test_a_write_that_no_majority_acknowledges_is_indeterminate(start: Starter) -> None:
    """The primary has it, and says that a majority has not; a reader of the majority does not see it."""
    services = start(declared(), "majority")
    assert services.write("eu-north-1", "c0") == (201, "eu-north-1")
    services.replicas.servers[SECONDARY].freeze()
    assert services.write("eu-north-1", "c1") == (503, "unknown")
    assert services.ask("eu-north-1", "GET", "/orders/c0").status == 200
    assert services.replicas.identities(PRIMARY, "orders") == ["c0", "c1"]
