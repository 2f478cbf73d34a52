"""Real replica sets in the lab's sites: they elect, roll back what they acknowledged, stall, and return."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

from tests.backends.emulated.databases.conftest import ARBITER, PRIMARY, SECONDARY, declared
from ziggie_harness.backends.emulated.mongo_security import Security
from ziggie_harness.backends.emulated.mongo_session import CommandRefused, MemberGone, MemberSilent, MongoSession
from ziggie_harness.backends.emulated.replica_set import DATABASE, Declared, ReplicaSet, given_up_seconds
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.backends.emulated.databases.conftest import Lab, Maker
    from ziggie_harness.backends.emulated.mongod import MongoServer

SETTLE_SECONDS = 60.0
"""A ceiling for a loaded machine; an election takes one or two time-outs of 2 s."""

ORDERS = "orders"


def settle(replicas: ReplicaSet) -> list[str]:
    """Wait in wall time until the clock may jump, and return what kept it, each sentence once."""
    ends_at = time.monotonic() + SETTLE_SECONDS
    said: dict[str, None] = {}
    while sentence := replicas.watch.obstacle():
        said[sentence] = None
        assert time.monotonic() < ends_at, said
        time.sleep(0.005)
    return list(said)


def write(server: MongoServer, *identities: str, concern: int | str = 1) -> None:
    """Insert orders; CommandRefused when the server takes none."""
    documents = [{"_id": identity} for identity in identities]
    server.ask({"insert": ORDERS, "documents": documents, "writeConcern": {"w": concern}}, DATABASE)


@pytest.mark.slow
def test_a_dark_primary_is_replaced_and_takes_its_acknowledged_writes_back(lab_set: ReplicaSet, machine: Lab) -> None:
    """The other region elects; what the old primary acknowledged meanwhile is rolled back, counted and named."""
    primary, secondary = lab_set.servers[PRIMARY], lab_set.servers[SECONDARY]
    write(primary, "kept", concern="majority")
    with machine.network.isolated("eu-north-1"):
        write(primary, *(f"lost-{number}" for number in range(20)))
        said = settle(lab_set)
        assert said[0] == "ziggie-rs: primary is primary and has not noticed that it sees no majority"
        assert (lab_set.primary(), lab_set.status(PRIMARY).state) == (SECONDARY, "SECONDARY")
        write(secondary, "after", concern=1)
        with pytest.raises(CommandRefused, match="NotWritablePrimary"):
            write(primary, "refused")
    settle(lab_set)
    assert sorted(lab_set.rolled_back(PRIMARY, ORDERS)) == sorted(f"lost-{number}" for number in range(20))
    assert sorted(lab_set.identities(PRIMARY, ORDERS)) == sorted(lab_set.identities(SECONDARY, ORDERS))
    assert set(lab_set.identities(PRIMARY, ORDERS)) == {"kept", "after"}
    assert (lab_set.rollbacks(PRIMARY), lab_set.rollbacks(SECONDARY)) == (2, 1)
    assert list(lab_set.rolled_back(SECONDARY, ORDERS)) == []


@pytest.mark.slow
def test_a_higher_priority_takes_over_on_return(make: Maker) -> None:
    """With the guide's priorities the old primary, once it has caught up, ends the new one's term: a second outage."""
    replicas = make(declared(priority=2))
    replicas.servers[PRIMARY].kill()
    settle(replicas)
    assert replicas.primary() == SECONDARY
    term = replicas.status(SECONDARY).term
    replicas.servers[PRIMARY].start()
    said = settle(replicas)
    assert "ziggie-rs: primary is about to take over from secondary, by its priority" in said
    assert (replicas.primary(), replicas.status(PRIMARY).term) == (PRIMARY, term + 1)


@pytest.mark.slow
@pytest.mark.parametrize("default", ["", "majority"])
def test_an_arbiter_in_the_primary_region_leaves_no_majority(make: Maker, machine: Lab, default: str) -> None:
    """The dark region keeps its primary, nobody else is elected nor waited for, and force alone makes another one.

    Even force is refused where the default write concern is implied: without the arbiter it would become another one,
    and only a primary could declare it.
    """
    wanted = declared("eu-north-1")
    replicas = make(Declared(wanted.name, wanted.members, 2_000, default_write_concern=default))
    survivor = replicas.servers[SECONDARY]
    with machine.network.isolated("eu-north-1"):
        settle(replicas)
        assert replicas.primary() == PRIMARY
        with pytest.raises(CommandRefused, match="NotWritablePrimary"):
            write(survivor, "refused")
        for name in (PRIMARY, ARBITER):
            replicas.servers[name].kill()
        settle(replicas)
        assert (replicas.primary(), replicas.status(SECONDARY).state) == (None, "SECONDARY")
        if not default:
            with pytest.raises(CommandRefused, match="would change the implicit default write concern"):
                replicas.force_members([SECONDARY])
            return
        replicas.force_members([SECONDARY])
        settle(replicas)
        assert replicas.primary() == SECONDARY
        write(survivor, "served again", concern="majority")


def test_the_default_write_concern_is_what_was_declared(make: Maker) -> None:
    """A set with an arbiter acknowledges one member's writes, unless its owner says majority."""
    wanted = declared(arbiter=False)
    replicas = make(Declared(wanted.name, wanted.members, 2_000, default_write_concern="majority"))
    told = replicas.servers[PRIMARY].ask({"getDefaultRWConcern": 1})
    assert told["defaultWriteConcern"]["w"] == "majority"


def test_a_secured_set_refuses_strangers(make: Maker, machine: Lab, tmp_path: Path) -> None:
    """Without TLS nobody gets a word, without the key nobody reads; a set without security reads out to anybody."""
    security = Security(CertificateAuthority(tmp_path / "authority"))
    replicas = make(declared(), security)
    primary = replicas.servers[PRIMARY]

    def stranger(credentials: Security | None) -> MongoSession:
        """Connect from the clients' side."""
        inside = machine.network.inside
        place = (primary.address, primary.port)
        return MongoSession(lambda: inside("internet"), *place, within_seconds=5, security=credentials)

    with pytest.raises(MemberGone):
        stranger(None).ask({"ping": 1}, within_seconds=5)
    unproved = stranger(security)
    with pytest.raises(CommandRefused, match="Unauthorized"):
        unproved.ask({"find": ORDERS}, DATABASE, within_seconds=5)
    wrong = stranger(Security(security.authority))
    with pytest.raises(CommandRefused, match="AuthenticationFailed"):
        wrong.authenticate(5)
    for session in (unproved, wrong):
        session.close()
    write(primary, "kept", concern="majority")
    assert replicas.lag(SECONDARY) is None


def test_an_open_set_lets_anybody_in(lab_set: ReplicaSet, machine: Lab) -> None:
    """As the guide prints it: whoever reaches the port reads and writes."""
    primary = lab_set.servers[PRIMARY]
    inside = machine.network.inside
    session = MongoSession(lambda: inside("internet"), primary.address, primary.port, within_seconds=5)
    session.ask({"insert": ORDERS, "documents": [{"_id": "stranger"}]}, DATABASE, within_seconds=5)
    session.close()
    assert list(lab_set.identities(PRIMARY, ORDERS)) == ["stranger"]


@pytest.mark.slow
def test_a_frozen_primary_is_silent_and_comes_back_as_secondary(lab_set: ReplicaSet, machine: Lab) -> None:
    """Nobody can ask it, the others elect, and thawed it follows; the clock is not kept when all is said."""
    primary = lab_set.servers[PRIMARY]
    session = primary.connect(5.0)
    primary.freeze()
    started = time.monotonic()
    with pytest.raises(MemberSilent):
        session.ask({"ping": 1}, within_seconds=0.05)
    assert time.monotonic() - started < 2.0
    assert not primary.answers(60.0)
    assert machine.network.stalled("internet", primary.address, primary.port) == "primary is frozen"
    with pytest.raises(LabError, match="is frozen"):
        primary.ask({"ping": 1})
    settle(lab_set)
    assert lab_set.primary() == SECONDARY
    primary.thaw()
    settle(lab_set)
    assert (lab_set.primary(), lab_set.status(PRIMARY).state) == (SECONDARY, "SECONDARY")
    primary.freeze()
    primary.kill()
    assert machine.network.stalled("internet", primary.address, primary.port) is None
    primary.thaw()


def test_a_killed_secondary_catches_up(lab_set: ReplicaSet) -> None:
    """Its lag is counted in operations; the clock waits for it when it is back, and never while it is dead."""
    primary, secondary = lab_set.servers[PRIMARY], lab_set.servers[SECONDARY]
    write(primary, "first", concern="majority")
    settle(lab_set)
    secondary.freeze()
    write(primary, *(f"later-{number}" for number in range(30)))
    assert lab_set.watch.obstacle() in {None, "ziggie-rs: secondary has not noticed that primary is gone"}
    secondary.kill()
    settle(lab_set)
    secondary.start()
    settle(lab_set)
    assert lab_set.lag(SECONDARY) is None
    assert len(lab_set.identities(SECONDARY, ORDERS)) == 31


def test_asking_the_hold_is_cheap(lab_set: ReplicaSet) -> None:
    """The clock asks before each jump: an answer takes 0.15 ms; the bound is for a loaded machine."""
    settle(lab_set)
    durations = []
    for _ in range(200):
        started = time.perf_counter()
        lab_set.watch.obstacle()
        durations.append(time.perf_counter() - started)
    assert statistics.median(durations) < 0.002


def test_a_member_that_cannot_start_says_why(lab_set: ReplicaSet) -> None:
    """A damaged data directory ends the start at once, with MongoDB's own words."""
    arbiter = lab_set.servers[ARBITER]
    arbiter.kill()
    (arbiter.data / "WiredTiger.turtle").write_text("nonsense")
    (arbiter.data / "WiredTiger").write_text("nonsense")
    with pytest.raises(LabError, match="arbiter ended while it started"):
        arbiter.start()


@pytest.mark.parametrize(("tcp_retries", "seconds"), [(3, 3.0), (5, 12.6), (15, 30.0)])
def test_a_member_waits_for_one_that_is_cut_off_until_somebody_gives_up(tcp_retries: int, seconds: float) -> None:
    """The kernel gives up after its last retry, and MongoDB after 30 s."""
    assert given_up_seconds(tcp_retries) == pytest.approx(seconds)
