"""PostgreSQL on a loopback that everybody on the machine can reach: nobody enters without the password of the run."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated.mongod import WallTime
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_install import (
    ADMINISTRATOR,
    PASSFILE,
    find_installation,
    template,
    user_obstacle,
)
from ziggie_harness.backends.emulated.postgres_session import NoSession, Session
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.loopback import Loopback
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NORTH, WEST, PORT = "eu-north-1", "eu-west-1", 5432


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Loopback, PostgresServer, PostgresServer]]:
    """Give a primary in one region and its replica in another, on one loopback."""
    with Run(tmp_path / "state") as run, Loopback() as network, Supervisor(run) as supervisor:
        try:
            installation = find_installation(supervisor)
        except LabError as error:
            pytest.skip(str(error))
        if obstacle := user_obstacle(supervisor):
            pytest.skip(obstacle)
        primary, replica = (
            PostgresServer(
                f"postgres-{site}", site, site_named(site).host(DATABASE_HOST), PORT, supervisor=supervisor,
                network=network, directory=run.directory / site, installation=installation,
            )
            for site in (NORTH, WEST)
        )  # fmt: skip
        primary.create(template(installation, supervisor, guarded=True), "ziggie", "ziggie")
        replica.base_backup(primary, "west")
        replica.start()
        yield network, primary, replica


def test_who_does_not_know_the_password_is_refused(
    servers: tuple[Loopback, PostgresServer, PostgresServer], tmp_path: Path
) -> None:
    """As its administrator or its owner; who has the file gets in, and so does the replica."""
    network, primary, replica = servers
    address, port = network.located(primary.address, primary.port)
    for user in (ADMINISTRATOR, "ziggie"):
        stranger = {"host": address, "port": str(port), "user": user, "dbname": "ziggie"}
        with pytest.raises(NoSession, match="password"):
            Session(nullcontext, {**stranger, "passfile": str(tmp_path / "none")}, 10.0)
        known = Session(nullcontext, {**stranger, "passfile": primary.passfile_seen}, 10.0)
        assert known.ask("SELECT current_user", 10.0) == ((user,),)
        known.close()
    assert (primary.disk.seen / PASSFILE).stat().st_mode & 0o077 == 0
    assert replica.in_recovery()
    # It answers before it has begun to stream.
    streams = "SELECT state FROM pg_stat_replication"
    wait_until(
        WallTime(),
        "the replica to stream",
        lambda: None if primary.ask(streams) == (("streaming",),) else f"{primary.ask(streams)}",
        at_most_seconds=30.0,
        every_seconds=0.05,
    )
