"""Servers in containers: started in their site, frozen, thawed and killed by the engine, and nothing left of them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.containers.container_machinery import ContainerMachinery
from ziggie_harness.backends.containers.engine import RUN_LABEL, client
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_install import template
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ziggie_harness.backends.emulated.machinery import Supervisor
    from ziggie_harness.kernel.runs import Run

NORTH, WEST = "eu-north-1", "eu-west-1"

pytestmark = pytest.mark.usefixtures("container_engine")


class Ground:
    """A network of the engine and what starts servers in it."""

    def __init__(self, run: Run, directory: Path, stack: ExitStack) -> None:
        """Make it, for as long as the stack lives."""
        clock = stack.enter_context(DrillClock())
        self.machinery = ContainerMachinery(stack.enter_context(FileJournal(directory / "journal", clock)))
        self.run = run
        self.network = stack.enter_context(self.machinery.network(run, []))
        self.supervisor: Supervisor = stack.enter_context(self.machinery.supervisor(run, self.network))

    def postgres(self, name: str, site: str) -> PostgresServer:
        """Describe a server in a site."""
        return PostgresServer(
            name,
            site,
            site_named(site).host(DATABASE_HOST),
            supervisor=self.supervisor,
            network=self.network,
            directory=self.run.directory / name,
            installation=self.machinery.postgres(self.supervisor),
        )


@pytest.fixture
def ground(run: Run, tmp_path: Path) -> Iterator[Ground]:
    """Make a network of the engine."""
    with ExitStack() as stack:
        yield Ground(run, tmp_path, stack)


def left_of(run: Run) -> int:
    """Count the containers and networks that an engine has of a run."""
    asking = client()
    wanted = {"label": f"{RUN_LABEL}={run.id}"}
    found = [*asking.containers.list(all=True, filters=wanted), *asking.networks.list(filters=wanted)]
    asking.close()
    return len(found)


def test_a_database_lives_in_containers(ground: Ground) -> None:
    """A primary and a copy made over the network replicate; a pause is felt and ends; a kill, also of the paused."""
    primary, replica = ground.postgres("primary", NORTH), ground.postgres("replica", WEST)
    installed = ground.machinery.postgres(ground.supervisor)
    primary.create(template(installed, ground.supervisor), "ziggie")
    primary.ask("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)")
    replica.base_backup(primary, "replica")
    replica.start()
    assert replica.in_recovery()
    assert replica.ask("SELECT id FROM orders") == (("1",),)
    assert len(primary.members()) > 5

    primary.freeze()
    assert primary.alive()
    assert not primary.answers(0.5)
    with pytest.raises(LabError, match="it is frozen"):
        primary.ask("SELECT 1")
    primary.thaw()
    assert primary.answers(10.0)

    replica.promote()
    replica.ask("INSERT INTO orders VALUES (2)")
    primary.kill()
    assert not primary.alive()
    primary.start()
    assert primary.ask("SELECT count(*) FROM orders") == (("1",),)
    replica.freeze()
    replica.kill()
    assert not replica.alive()
    assert "database system is ready" in primary.log.read_text()


def test_nothing_is_left_of_a_run(run: Run, tmp_path: Path) -> None:
    """With the block every container and network of the run is gone, also those that nobody ended."""
    with ExitStack() as stack:
        ground = Ground(run, tmp_path, stack)
        server = ground.postgres("primary", NORTH)
        server.create(template(ground.machinery.postgres(ground.supervisor), ground.supervisor), "ziggie")
        assert left_of(run) == 14, "six networks, six sites and their router, and the server"
    assert left_of(run) == 0


def test_a_command_that_fails_says_why(ground: Ground) -> None:
    """Status and words of a program in a container are those of the program."""
    done = ground.supervisor.run(
        "a mistake", ("initdb", "--nonsense"), environment={}, within_seconds=30, as_unprivileged=True
    )
    assert done.status != 0
    assert "nonsense" in done.errors
    with pytest.raises(LabError, match="nonsense"):
        done.succeeded()


def test_a_disk_without_a_bound_cannot_be_filled(ground: Ground, tmp_path: Path) -> None:
    """It says so, rather than to pretend."""
    with pytest.raises(LabError, match="cannot be filled"):
        ground.supervisor.volume(tmp_path, 1).fill()
