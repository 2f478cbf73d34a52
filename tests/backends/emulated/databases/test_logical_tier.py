"""Two real servers of one's own: rows arrive, the clock waits for them but not in vain, and one takes over."""

from __future__ import annotations

import socket
import statistics
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated import mongo_install, postgres_install
from ziggie_harness.backends.emulated.data_tier import Ground
from ziggie_harness.backends.emulated.logical_tier import LogicalTier
from ziggie_harness.backends.emulated.owner_sql import Place
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.drill.stage import designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.emulation.dns.resolver import Resolver
from ziggie_harness.emulation.dns.site_resolver import SiteResolver
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.sites import DNS_HOST, site_named
from ziggie_harness.model.database_events import AdmissionTried, SecretsSought, SlotSeen, StatementRun, StrayWriteTried
from ziggie_harness.model.databases import LogicalPostgres
from ziggie_harness.model.errors import ApiRefused, LabError
from ziggie_harness.model.history import Event
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.backends.emulated.databases.conftest import Lab

NORTH, WEST = "eu-north-1", "eu-west-1"
CATCH_UP_SECONDS = 15.0
"""A ceiling for a loaded machine; catching up takes some 0.01 s."""


class Works:
    """Makes the declared tier in a lab, corrected but for what is named."""

    def __init__(self, lab: Lab, stack: ExitStack, directory: Path) -> None:
        """Know where."""
        self._lab, self._stack, self._directory = lab, stack, directory
        self._tier: LogicalTier | None = None

    def tier(self, **settings: bool | int | None) -> LogicalTier:
        """Make it, and let it live."""
        lab, topology = self._lab, read_topology(designs()["logical-replication"])
        authority = CertificateAuthority(self._directory / "tls")
        ground = Ground(
            topology, lab.clock, lab.journal, lab.network, lab.supervisor, authority, lab.run.directory, self._names,
            postgres=lambda: postgres_install.find_installation(lab.supervisor),
            mongo=lambda: mongo_install.find_installation(lab.supervisor),
        )  # fmt: skip
        declared = topology.database
        assert isinstance(declared, LogicalPostgres)
        self._tier = LogicalTier(ground, replace(declared, **settings))  # type: ignore[arg-type]  # each has its own type
        self._tier.create()
        return self._tier

    def refusals(self) -> list[str]:
        """Return what the databases refused so far."""
        return [event.refusal for _, event in self._lab.journal.history().of_kind(StatementRun) if event.refusal]

    def _names(self, site: str) -> Path:
        """Serve the names of the tier in a site."""
        place = (site_named(site).host(DNS_HOST), 53)
        with self._lab.network.inside(site):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        udp.bind(place)
        tcp.bind(place)
        resolver = Resolver(self._lab.clock, self._lab.network, site, {})
        self._stack.enter_context(
            SiteResolver(udp, tcp, clock=self._lab.clock, table=self._address, suffixes=(), resolver=resolver)
        )
        path = self._directory / f"{site}.conf"
        path.write_text(f"nameserver {place[0]}\n")
        return path

    def _address(self, host: str) -> str | None:
        """Return the address of a server of the tier."""
        return self._tier.address_of(host) if self._tier else None


@pytest.fixture
def works(lab: Lab, tmp_path: Path) -> Iterator[Works]:
    """Give a way to make tiers; the test is an actor on the drill's clock."""
    with ExitStack() as stack:
        stack.enter_context(lab.clock.actor("test"))
        yield Works(lab, stack, tmp_path)


def ask(tier: LogicalTier, role: Role, statement: str) -> str:
    """Ask a region's database as the service does."""
    server = tier.server(role)
    assert isinstance(server, PostgresServer)
    return tier._sql.value(statement, Place(server.address, server.port, "ziggie", "ziggie", server.site))


def order(tier: LogicalTier, role: Role, identity: str) -> None:
    """Write an order in a region."""
    ask(tier, role, f"INSERT INTO orders (id, region) VALUES ('{identity}', '{role}')")  # noqa: S608 - our own words


def count(tier: LogicalTier, role: Role) -> int:
    """Return how many orders a region has."""
    return int(ask(tier, role, "SELECT count(*) FROM orders"))


def await_equal(tier: LogicalTier) -> None:
    """Wait in wall time until nothing keeps the clock."""
    await_nothing(tier.obstacle)


def await_nothing(obstacle: Callable[[], str | None]) -> None:
    """Wait in wall time until there is no obstacle."""
    ends_at = time.monotonic() + CATCH_UP_SECONDS
    while sentence := obstacle():
        assert time.monotonic() < ends_at, sentence
        time.sleep(0.002)


def seen(tier: LogicalTier) -> dict[tuple[str, type[Event]], Event]:
    """Return what an inspection of both regions shows, by region and kind."""
    return {(event.region, type(event)): event for event in tier.inspect() if hasattr(event, "region")}


def test_rows_arrive_and_the_standby_is_one(lab: Lab, works: Works) -> None:
    """Every script is accepted; what is written arrives; a cut link keeps no clock; nobody else comes in or reads."""
    tier = works.tier()
    assert works.refusals() == []
    for number in range(50):
        order(tier, Role.PRIMARY, f"o{number}")
    await_equal(tier)
    assert count(tier, Role.SECONDARY) == 50
    with pytest.raises(LabError, match="read-only transaction"):
        order(tier, Role.SECONDARY, "stray")
    durations = []
    for _ in range(200):
        started = time.perf_counter()
        tier.obstacle()
        durations.append(time.perf_counter() - started)
    assert statistics.median(durations) < 0.002
    with lab.network.severed(NORTH, WEST):
        order(tier, Role.PRIMARY, "unsent")
        assert tier.obstacle() is None
        assert "postgres-secondary is behind postgres-primary by" in str(tier.replication_lag(Role.SECONDARY))
    await_equal(tier)
    assert count(tier, Role.SECONDARY) == 51
    found = seen(tier)
    assert found[NORTH, StrayWriteTried] == StrayWriteTried(NORTH, accepted=True, reason="", arrived_in=(WEST,))
    assert found[WEST, StrayWriteTried] == StrayWriteTried(
        WEST, accepted=False, reason="ERROR:  cannot execute INSERT in a read-only transaction", arrived_in=()
    )
    for region in (NORTH, WEST):
        admission, secrets = found[region, AdmissionTried], found[region, SecretsSought]
        assert isinstance(admission, AdmissionTried)
        assert "no pg_hba.conf entry" in admission.reason
        assert isinstance(secrets, SecretsSought)
        assert secrets.readable_in == ()


def test_one_takes_over_and_the_other_feeds_it_no_more(lab: Lab, works: Works) -> None:
    """The runbook's SQL makes the standby a writer whose numbers are free; from outside its region it is refused."""
    tier = works.tier()
    order(tier, Role.PRIMARY, "first")
    await_equal(tier)
    assert tier.promotion_obstacle(Role.SECONDARY, WEST) == "the database of the secondary region is read-only"
    with pytest.raises(ApiRefused, match=r"no pg_hba\.conf entry"):
        tier.promote(Role.SECONDARY, CLIENTS)
    with lab.network.isolated(NORTH):
        tier.promote(Role.SECONDARY, WEST)
        assert tier.promotion_obstacle(Role.SECONDARY, WEST) is None
        with pytest.raises(ApiRefused, match="does not answer"):
            tier.promote(Role.PRIMARY, WEST)
    order(tier, Role.SECONDARY, "second")
    order(tier, Role.PRIMARY, "late")
    assert tier.obstacle() is None
    assert count(tier, Role.SECONDARY) == 2
    found = seen(tier)
    assert found[NORTH, StrayWriteTried] == StrayWriteTried(NORTH, accepted=True, reason="", arrived_in=())


def test_the_old_primary_follows_the_new_one(works: Works) -> None:
    """Rebuilt, it has every row, is a standby, and takes over again with an epoch newer than the other's."""
    tier = works.tier()
    order(tier, Role.PRIMARY, "first")
    await_equal(tier)
    tier.promote(Role.SECONDARY, WEST)
    order(tier, Role.SECONDARY, "second")
    assert tier.replica_obstacle(Role.PRIMARY) == "the primary region subscribes to nothing"
    tier.rebuild(Role.PRIMARY, CLIENTS)
    assert works.refusals() == []
    order(tier, Role.SECONDARY, "third")
    await_equal(tier)
    await_nothing(lambda: tier.replica_obstacle(Role.PRIMARY))  # the server logs something of its own now and then
    assert count(tier, Role.PRIMARY) == 3
    with pytest.raises(LabError, match="read-only transaction"):
        order(tier, Role.PRIMARY, "stray")
    tier.promote(Role.PRIMARY, NORTH)
    order(tier, Role.PRIMARY, "fourth")
    assert [ask(tier, role, "SHOW ziggie.epoch") for role in (Role.SECONDARY, Role.PRIMARY)] == ["1", "2"]


def test_the_design_as_printed(works: Works) -> None:
    """With the tables copied it replicates, but numbers collide, jobs fail and strangers read; and nothing is told."""
    tier = works.tier(
        roles_copied=False,
        future_tables_granted=False,
        keyless_tables_identified=False,
        password_in_a_file=False,
        peers_only=False,
        slot_cap_megabytes=None,
        slot_alarm_megabytes=None,
        standby_read_only=False,
        migrations_on_both_sides=False,
        subscription_ended_at_failover=False,
        sequences_carried=False,
    )
    assert works.refusals() == []
    order(tier, Role.PRIMARY, "first")
    await_equal(tier)
    tier.promote(Role.SECONDARY, WEST)
    assert tier.promotion_obstacle(Role.SECONDARY, WEST) is None
    with pytest.raises(LabError, match="orders_number_key"):
        order(tier, Role.SECONDARY, "second")
    found = seen(tier)
    assert found[NORTH, StrayWriteTried] == StrayWriteTried(NORTH, accepted=True, reason="", arrived_in=(WEST,))
    assert found[WEST, StrayWriteTried] == StrayWriteTried(WEST, accepted=True, reason="", arrived_in=())
    admission, secrets, slot = found[NORTH, AdmissionTried], found[WEST, SecretsSought], found[NORTH, SlotSeen]
    assert isinstance(admission, AdmissionTried)
    assert admission.admitted
    assert isinstance(secrets, SecretsSought)
    assert secrets.readable_in == ("pg_subscription",)
    assert isinstance(slot, SlotSeen)
    assert not slot.bounded
    with tier.job(Role.PRIMARY, "migration"):
        assert "does not have a replica identity" in works.refusals()[0]
        order(tier, Role.PRIMARY, "with a note")
        await_equal(tier)
        assert count(tier, Role.SECONDARY) == 1
        assert "is behind" in str(tier.replication_lag(Role.SECONDARY))


def test_without_the_tables_the_subscription_is_refused(works: Works) -> None:
    """As printed in the guide, word by word: the standby has no tables, so it never subscribes."""
    works.tier(schema_copied=False, password_in_a_file=False)
    assert works.refusals() == ['ERROR:  relation "public.audit" does not exist']
