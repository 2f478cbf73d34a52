"""Real servers: they stream, survive kill -9 without losing a commit, freeze, are promoted, and hold nobody up."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from ziggie_harness.backends.emulated.postgres_install import find_installation, template
from ziggie_harness.backends.emulated.postgres_replication import Replication
from ziggie_harness.backends.emulated.postgres_session import SilentServer
from ziggie_harness.backends.emulated.templates import copy_directory
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from tests.backends.emulated.databases.conftest import Lab
    from ziggie_harness.backends.emulated.postgres import PostgresServer

SLOT = "ziggie_replica"
CATCH_UP_SECONDS = 15.0
"""A ceiling for a loaded machine; catching up takes some 0.2 s."""


def await_equal(replication: Replication) -> None:
    """Wait in wall time until the replica has everything."""
    ends_at = time.monotonic() + CATCH_UP_SECONDS
    while sentence := replication.obstacle(None):
        assert time.monotonic() < ends_at, sentence
        time.sleep(0.005)


def count(server: PostgresServer) -> int:
    """Return how many orders a server has."""
    return int(server.ask("SELECT count(*) FROM orders")[0][0])


def test_a_replica_streams_and_is_read_only(primary: PostgresServer, replica: PostgresServer) -> None:
    """What is committed on the primary can be read on the replica, which accepts no write."""
    replication = Replication(primary, replica, SLOT)
    primary.ask("INSERT INTO orders SELECT generate_series(1, 100)")
    await_equal(replication)
    assert count(replica) == 100
    assert replica.in_recovery()
    with pytest.raises(LabError, match="read-only transaction"):
        replica.ask("INSERT INTO orders VALUES (0)")


def test_a_killed_server_keeps_every_acknowledged_commit(lab: Lab, primary: PostgresServer) -> None:
    """A client writes until the server is killed with -9; after the restart every commit that it saw is there."""
    acknowledged: list[int] = []

    def write() -> None:
        """Commit one order after the other until the connection breaks."""
        try:
            with (
                lab.network.inside("eu-north-1"),
                psycopg.connect(host=primary.address, user="ziggie", dbname="postgres", autocommit=True) as client,
            ):
                client.execute("CREATE TABLE mine (id int)")
                for number in range(1_000_000):
                    client.execute("INSERT INTO mine VALUES (%s)", (number,))
                    acknowledged.append(number)
        except psycopg.OperationalError:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 200:
        time.sleep(0.001)
    primary.kill()
    writer.join()
    primary.start()
    assert int(primary.ask("SELECT count(*) FROM mine")[0][0]) >= len(acknowledged)


def test_a_frozen_server_is_silent_until_it_is_thawed(lab: Lab, primary: PostgresServer) -> None:
    """Freezing silences it, the network knows why, and it goes on where it was."""
    assert primary.answers(5.0)
    primary.freeze()
    assert not primary.answers(60.0)
    assert lab.network.stalled("internet", primary.address, primary.port) == "ziggie-primary is frozen"
    with pytest.raises(LabError, match="is frozen"):
        primary.ask("SELECT 1")
    primary.thaw()
    assert primary.answers(5.0)
    assert lab.network.stalled("internet", primary.address, primary.port) is None


def test_a_frozen_server_can_be_killed_and_started(lab: Lab, primary: PostgresServer) -> None:
    """Killing ends the silence too: a connection is refused then; the late thaw of a fault does no harm."""
    primary.freeze()
    primary.kill()
    assert lab.network.stalled("internet", primary.address, primary.port) is None
    primary.thaw()
    primary.start()
    assert primary.answers(5.0)


def test_a_question_is_never_stuck_on_a_server_that_froze_meanwhile(primary: PostgresServer) -> None:
    """A session whose server stops between two questions gives up in time."""
    session = primary.connect(5.0)
    primary.freeze()
    started = time.monotonic()
    with pytest.raises(SilentServer):
        session.ask("SELECT 1", 0.05)
    assert time.monotonic() - started < 2.0


def test_a_cut_replica_falls_behind_and_catches_up_after_the_heal(
    lab: Lab, primary: PostgresServer, replica: PostgresServer
) -> None:
    """While the link is cut the replica misses what is written and waiting is in vain; after the heal it gets all."""
    replication = Replication(primary, replica, SLOT)
    await_equal(replication)
    with lab.network.severed("eu-north-1", "eu-west-1"):
        primary.ask("INSERT INTO orders SELECT generate_series(1, 500)")
        assert "ziggie-replica is behind ziggie-primary by" in str(replication.obstacle(None))
        assert replication.obstacle(lab.network.stalled("eu-west-1", primary.address, primary.port)) is None
        assert count(replica) == 0
    await_equal(replication)
    assert count(replica) == 500


@pytest.mark.parametrize("hurt", ["freeze", "kill"])
def test_nobody_waits_for_a_dead_or_frozen_server(primary: PostgresServer, replica: PostgresServer, hurt: str) -> None:
    """A replica behind a server that is dead or frozen is no obstacle, whichever of the two it is."""
    replication = Replication(primary, replica, SLOT)
    await_equal(replication)
    getattr(replica, hurt)()
    primary.ask("INSERT INTO orders VALUES (1)")
    assert replication.obstacle(None) is None


def test_asking_for_the_lag_is_cheap(primary: PostgresServer, replica: PostgresServer) -> None:
    """The clock asks before each jump: an answer takes 0.2 ms; the bound is for a loaded machine."""
    replication = Replication(primary, replica, SLOT)
    await_equal(replication)
    durations = []
    for _ in range(200):
        started = time.perf_counter()
        replication.obstacle(None)
        durations.append(time.perf_counter() - started)
    assert statistics.median(durations) < 0.002


def test_a_promoted_replica_accepts_writes(primary: PostgresServer, replica: PostgresServer) -> None:
    """After the promotion it is a primary of its own, and nothing of it is missing to anybody."""
    replication = Replication(primary, replica, SLOT)
    await_equal(replication)
    replica.promote()
    assert not replica.in_recovery()
    replica.ask("INSERT INTO orders VALUES (7)")
    primary.ask("INSERT INTO orders VALUES (8)")
    assert replication.obstacle(None) is None


def test_a_base_backup_over_a_cut_link_is_given_up(lab: Lab, primary: PostgresServer) -> None:
    """It ends with the reason instead of hanging for ever."""
    server = lab.server("ziggie-replica", "eu-west-1")
    with (
        lab.network.severed("eu-west-1", "eu-north-1"),
        pytest.raises(LabError, match="packets from eu-west-1 to eu-north-1 vanish"),
    ):
        server.base_backup(primary, SLOT)


def test_a_server_that_cannot_start_says_why(lab: Lab, primary: PostgresServer) -> None:
    """A second server at the same address fails at once, with PostgreSQL's own words."""
    second = lab.server("second", "eu-north-1")
    copy_directory(template(find_installation(lab.supervisor), lab.supervisor), second.disk.seen)
    with pytest.raises(LabError, match="Address already in use"):
        second.start()
    assert primary.answers(5.0)


def test_a_killed_server_leaves_no_shared_memory(primary: PostgresServer) -> None:
    """System V segments outlive a killed process, so a server has an IPC namespace of its own."""
    number = (primary.disk.seen / "postmaster.pid").read_text().split()[0]
    assert number.isdecimal()
    assert Path(f"/proc/{primary._process.running().pid}/ns/ipc").readlink() != Path("/proc/self/ns/ipc").readlink()


def test_a_template_is_made_once_and_survives_a_crash_half_way(lab: Lab, tmp_path: Path) -> None:
    """Workers that come at once get the same template; what a killed one left under way is removed."""
    cache = tmp_path / "cache"
    (cache / ".making-left").mkdir(parents=True)
    installation = find_installation(lab.supervisor)
    made: list[Path] = []
    workers = [
        threading.Thread(target=lambda: made.append(template(installation, lab.supervisor, cache))) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(made) == 3
    assert len(set(made)) == 1
    assert sorted(path.name for path in cache.iterdir()) == [".lock", made[0].name]
