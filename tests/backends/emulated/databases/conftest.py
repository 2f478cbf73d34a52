"""A network with real PostgreSQL servers on it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated import mongo_install
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_install import find_installation, installation_obstacle, template
from ziggie_harness.backends.emulated.rds import EmulatedRds
from ziggie_harness.backends.emulated.replica_set import Declared, Member, ReplicaSet
from ziggie_harness.emulation.rds.instance import Key
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.network import Network
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ziggie_harness.backends.emulated.mongo_security import Security

    Maker = Callable[..., ReplicaSet]

SLOT = "ziggie_replica"

PRIMARY, SECONDARY, ARBITER = "primary", "secondary", "arbiter"
"""The members of the guide's replica set."""


@dataclass(frozen=True, slots=True)
class Lab:
    """What a server needs to live in, and the drill's clock and journal."""

    run: Run
    network: Network
    supervisor: Supervisor
    clock: DrillClock
    journal: FileJournal

    def server(self, name: str, site: str) -> PostgresServer:
        """Describe a server in a site."""
        return PostgresServer(
            name,
            site,
            site_named(site).host(DATABASE_HOST),
            supervisor=self.supervisor,
            network=self.network,
            directory=self.run.directory / name,
            installation=find_installation(self.supervisor),
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A control plane of RDS and the lab that it acts on."""

    lab: Lab
    rds: EmulatedRds

    def await_available(self, key: Key) -> float:
        """Wait until an instance is available and return the drill time."""
        return wait_until(
            self.lab.clock,
            key.identifier,
            lambda: self.rds.unavailable(key),
            at_most_seconds=3600,
            every_seconds=5,
        )


@pytest.fixture
def lab(machine: Lab) -> Lab:
    """Build a lab for PostgreSQL; skip where the machine has none."""
    if obstacle := installation_obstacle():
        pytest.skip(obstacle)
    return machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Lab]:
    """Build a lab; skip where the machine has no namespaces."""
    with ExitStack() as stack:
        run = stack.enter_context(Run(tmp_path / "state"))
        clock = stack.enter_context(DrillClock())
        journal = stack.enter_context(FileJournal(tmp_path / "journal", clock))
        try:
            network = stack.enter_context(Network(on_change=[clock.stir]))
        except LabError as error:
            pytest.skip(f"no network namespaces here: {error}")
        supervisor = stack.enter_context(Supervisor(run))
        yield Lab(run, network, supervisor, clock, journal)


@pytest.fixture
def primary(lab: Lab) -> PostgresServer:
    """Start a primary with an empty table of orders."""
    server = lab.server("ziggie-primary", "eu-north-1")
    server.create(template(find_installation(lab.supervisor), lab.supervisor), "ziggie")
    server.ask("CREATE TABLE orders (id int PRIMARY KEY)")
    return server


@pytest.fixture
def replica(lab: Lab, primary: PostgresServer) -> PostgresServer:
    """Start a replica of the primary in the other region."""
    server = lab.server("ziggie-replica", "eu-west-1")
    server.base_backup(primary, SLOT)
    server.start()
    return server


@pytest.fixture
def account(lab: Lab) -> Iterator[Account]:
    """Open a control plane of RDS; the test is an actor on the drill's clock."""
    with (
        lab.clock.actor("test"),
        EmulatedRds(lab.clock, lab.network, lab.supervisor, lab.journal, lab.run.directory / "rds") as rds,
        lab.clock.hold(rds.replication_hold()),
    ):
        yield Account(lab, rds)


def declared(arbiter_site: str = "eu-central-1", arbiter: bool = True, priority: float = 1) -> Declared:  # noqa: FBT001, FBT002
    """Declare the guide's set, with an election time-out that tests can wait for."""
    members = (
        Member(PRIMARY, "eu-north-1", priority),
        Member(SECONDARY, "eu-west-1"),
        Member(ARBITER, arbiter_site, 0 if arbiter else 1, arbiter=arbiter),
    )
    return Declared("ziggie-rs", members, 2_000, user="ziggie", password="lab-only")  # noqa: S106 - a lab's


@pytest.fixture
def make(machine: Lab) -> Iterator[Maker]:
    """Give what makes replica sets; skip where the machine has no MongoDB."""
    if obstacle := mongo_install.installation_obstacle():
        pytest.skip(obstacle)
    with ExitStack() as stack:

        def maker(wanted: Declared, security: Security | None = None) -> ReplicaSet:
            made = ReplicaSet(
                wanted,
                network=machine.network,
                supervisor=machine.supervisor,
                directory=machine.run.directory / "mongo",
                installation=mongo_install.find_installation(machine.supervisor),
                security=security,
            )
            stack.callback(made.close)
            made.create()
            return made

        yield maker


@pytest.fixture
def lab_set(make: Maker) -> ReplicaSet:
    """Make the guide's set, but with equal priorities."""
    return make(declared())
