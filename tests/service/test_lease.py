"""At no moment do two holders both believe that they hold the lease, whatever happens to the messages."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziggie_harness.kernel.process_clock import WallClock
from ziggie_harness.service.http_server import Asked
from ziggie_harness.service.lease import LeaseHolder
from ziggie_harness.service.settings import (
    DatabaseSettings,
    LeaseSettings,
    MongoSettings,
    Place,
    SettingsError,
    service_settings,
)
from ziggie_harness.service.witness import Grant, Leases, answer

if TYPE_CHECKING:
    from collections.abc import Callable

LEASE_SECONDS = 10.0
LEASE = LeaseSettings(Place("127.0.0.1", 1), "witness", "ca.pem", "writer", LEASE_SECONDS, 3.0, compared=True)


class Hands(WallClock):
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.at_seconds = 0.0

    def now(self) -> float:
        """Return the time that the hands show."""
        return self.at_seconds


def renewal(clock: Hands, leases: Callable[[], Leases], region: str) -> tuple[LeaseHolder, list[tuple[float, float]]]:
    """Make a holder whose messages take the delays that the test puts in the list; an infinite one is lost."""
    delays: list[tuple[float, float]] = []
    holder: LeaseHolder

    def claim(epoch: int) -> str | None:
        there, back = delays.pop()
        if there == float("inf"):
            return "lost on the way there"
        clock.at_seconds += there
        objection = leases().claim("writer", Grant(region, LEASE_SECONDS), epoch)
        if back == float("inf"):
            return "lost on the way back"
        clock.at_seconds += back
        return objection

    holder = LeaseHolder(clock, LEASE, claim, lambda: 1)
    return holder, delays


DELAY = st.one_of(st.just(0.0), st.floats(min_value=0.0, max_value=15.0), st.just(float("inf")))
STEP = st.tuples(st.integers(0, 1), st.floats(min_value=0.0, max_value=12.0), DELAY, DELAY, st.booleans())


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_never_two_holders_at_once(steps: list[tuple[int, float, float, float, bool]]) -> None:
    """Messages are late or lost and the witness starts again; still at most one believes that it may write."""
    with tempfile.TemporaryDirectory() as directory:
        clock, path = Hands(), Path(directory) / "leases"
        present = [Leases(clock.now, path)]
        holders = [renewal(clock, lambda: present[0], region) for region in ("eu-north-1", "eu-west-1")]
        for who, pause_seconds, there, back, restarts in steps:
            clock.at_seconds += pause_seconds
            if restarts:
                present[0] = Leases(clock.now, path)
            holder, delays = holders[who]
            delays.append((there, back))
            holder.renew()
            assert sum(one.valid() for one, _ in holders) <= 1


def test_a_lease_goes_to_another_only_when_it_has_lapsed(tmp_path: Path) -> None:
    """The present holder may renew, another is refused until the time is over."""
    clock = Hands()
    leases = Leases(clock.now, tmp_path / "leases")
    north, west = Grant("eu-north-1", LEASE_SECONDS), Grant("eu-west-1", LEASE_SECONDS)
    assert leases.present("writer") is None
    assert leases.claim("writer", north) is None
    clock.at_seconds = 4.0
    assert leases.claim("writer", west) == "eu-north-1 holds the lease for another 6.0 s"
    assert leases.claim("writer", north) is None
    clock.at_seconds = 13.9
    assert leases.claim("writer", west)
    clock.at_seconds = 14.0
    assert leases.present("writer") is None
    assert leases.claim("writer", west) is None
    assert leases.claim("writer", north)


def test_a_stale_database_is_refused(tmp_path: Path) -> None:
    """Who missed a promotion is refused for ever, also after the newer writer's lease lapsed and a restart."""
    clock = Hands()
    leases = Leases(clock.now, tmp_path / "leases")
    north, west = Grant("eu-north-1", LEASE_SECONDS), Grant("eu-west-1", LEASE_SECONDS)
    assert leases.claim("writer", north, 1) is None
    clock.at_seconds = 10.0
    assert leases.claim("writer", west) is None
    assert leases.claim("writer", west, 2) is None
    clock.at_seconds = 99.0
    assert "epoch 1" in str(leases.claim("writer", north, 1))
    again = Leases(clock.now, tmp_path / "leases")
    clock.at_seconds = 999.0
    assert "epoch 1" in str(again.claim("writer", north, 1))
    assert again.claim("writer", north, 3) is None


def test_a_planned_switch_ends_the_holder(tmp_path: Path) -> None:
    """The holder's renewals are refused, the successor is granted it when it has lapsed, and then all is as ever."""
    clock = Hands()
    leases = Leases(clock.now, tmp_path / "leases")
    north, west = Grant("eu-north-1", LEASE_SECONDS), Grant("eu-west-1", LEASE_SECONDS)
    leases.claim("writer", west)
    leases.appoint("writer", "eu-north-1")
    clock.at_seconds = 5.0
    assert "planned switch" in str(leases.claim("writer", west))
    assert "holds the lease" in str(leases.claim("writer", north))
    again = Leases(lambda: clock.at_seconds - 5.0, tmp_path / "leases")
    clock.at_seconds = 15.0
    assert "planned switch" in str(again.claim("writer", west))
    assert again.claim("writer", north) is None
    assert again.claim("writer", north) is None
    clock.at_seconds = 99.0
    assert again.claim("writer", west) is None


def test_a_planned_switch_can_be_called_off(tmp_path: Path) -> None:
    """To appoint who holds the lease ends the switch, and a lease that nobody ever held has no successor."""
    clock = Hands()
    leases = Leases(clock.now, tmp_path / "leases")
    leases.appoint("writer", "eu-north-1")
    assert leases.claim("writer", Grant("eu-west-1", LEASE_SECONDS)) is None
    leases.appoint("writer", "eu-north-1")
    assert leases.claim("writer", Grant("eu-west-1", LEASE_SECONDS))
    leases.appoint("writer", "eu-west-1")
    assert leases.claim("writer", Grant("eu-west-1", LEASE_SECONDS)) is None
    clock.at_seconds = 10.0
    assert leases.claim("writer", Grant("eu-north-1", LEASE_SECONDS)) is None


def test_what_is_committed_goes_back_by_a_decision_alone(tmp_path: Path) -> None:
    """A lapse is none, nor is a claim for a region that is about to be promoted; to name a successor is one."""
    clock = Hands()
    north, west = (Grant(region, LEASE_SECONDS) for region in ("eu-north-1", "eu-west-1"))
    leases = Leases(clock.now, tmp_path / "leases")
    assert "does not hold the lease" in str(leases.commit("writer", "eu-west-1"))
    assert leases.claim("writer", west) is None
    assert "does not hold the lease" in str(leases.commit("writer", "eu-north-1"))
    assert leases.commit("writer", "eu-west-1") is None
    clock.at_seconds = 5.0
    assert leases.claim("writer", west) is None
    clock.at_seconds = 99.0
    assert "is committed" in str(leases.claim("writer", north))
    assert "does not hold the lease" in str(leases.commit("writer", "eu-west-1"))
    again = Leases(clock.now, tmp_path / "leases")
    clock.at_seconds = 200.0
    assert "is committed" in str(again.claim("writer", north))
    assert again.claim("writer", west) is None
    again.appoint("writer", "eu-north-1")
    assert "holds the lease" in str(again.claim("writer", north))
    clock.at_seconds = 210.0
    assert again.claim("writer", north) is None
    clock.at_seconds = 300.0
    assert again.claim("writer", west) is None


def test_a_shorter_renewal_does_not_end_a_longer_lease(tmp_path: Path) -> None:
    """A holder may still believe in what it was granted before, so that counts."""
    clock = Hands()
    leases = Leases(clock.now, tmp_path / "leases")
    leases.claim("writer", Grant("eu-north-1", 60.0))
    leases.claim("writer", Grant("eu-north-1", 1.0))
    clock.at_seconds = 59.0
    assert leases.claim("writer", Grant("eu-west-1", 60.0))


def test_a_witness_that_starts_again_remembers(tmp_path: Path) -> None:
    """After a restart each lease runs its whole length once more, and then is free."""
    clock = Hands()
    Leases(clock.now, tmp_path / "leases").claim("writer", Grant("eu-north-1", LEASE_SECONDS))
    clock.at_seconds = 9.0
    again = Leases(clock.now, tmp_path / "leases")
    clock.at_seconds = 18.0
    assert again.claim("writer", Grant("eu-west-1", LEASE_SECONDS))
    clock.at_seconds = 19.0
    assert again.claim("writer", Grant("eu-west-1", LEASE_SECONDS)) is None


def test_a_region_that_cannot_write_does_not_ask(tmp_path: Path) -> None:
    """A standby, or a region whose database is silent, leaves the lease to others."""
    clock = Hands()
    leases = Leases(clock.now, tmp_path / "leases")
    holder = LeaseHolder(clock, LEASE, lambda _: pytest.fail("it asked"), lambda: None)
    holder.renew()
    assert not holder.valid()
    assert leases.present("writer") is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/lease/writer", "", 200),
        ("PUT", "/lease/writer", '{"holder": "eu-north-1", "seconds": 10}', 200),
        ("PUT", "/lease/writer", '{"holder": "eu-north-1"}', 400),
        ("PUT", "/lease/writer", '{"holder": "eu-north-1", "seconds": 1e9}', 400),
        ("PUT", "/lease/writer", '{"holder": "", "seconds": 10}', 400),
        ("PUT", "/lease/writer", "[]", 400),
        ("PUT", "/lease/writer", '{"holder": "eu-north-1", "seconds": 10, "epoch": 2}', 200),
        ("PUT", "/lease/writer", '{"holder": "eu-north-1", "seconds": 10, "epoch": "two"}', 400),
        ("PUT", "/lease/writer/successor", '{"holder": "eu-north-1"}', 200),
        ("PUT", "/lease/writer/successor", '{"holder": ""}', 400),
        ("GET", "/lease/writer/successor", "", 405),
        ("PUT", "/lease/writer/commit", '{"holder": "eu-north-1"}', 409),
        ("PUT", "/lease/writer/commit", "{}", 400),
        ("PUT", "/lease/writer/another", '{"holder": "eu-north-1"}', 404),
        ("DELETE", "/lease/writer", "", 405),
        ("GET", "/lease/", "", 404),
        ("GET", "/", "", 404),
    ],
)
def test_the_witness_answers(tmp_path: Path, method: str, path: str, body: str, status: int) -> None:
    """Each request gets the status that it deserves, and an answer in JSON."""
    leases = Leases(Hands().now, tmp_path / "leases")
    given_answer = answer(leases, Asked(method, path, body.encode(), lambda: None, lambda _: None))
    assert given_answer.status == status
    assert json.loads(b"".join(given_answer.body))


GOOD = {
    "ZIGGIE_REGION": "eu-north-1",
    "ZIGGIE_LISTEN": "13.48.10.10:443",
    "ZIGGIE_CERTIFICATE": "c.pem",
    "ZIGGIE_KEY": "k.pem",
    "ZIGGIE_DATABASE": "13.48.10.30:5432",
    "ZIGGIE_WITNESS": "3.64.30.10:443",
    "ZIGGIE_WITNESS_NAME": "witness.ziggie.ai",
    "ZIGGIE_CA": "ca.pem",
}


def test_settings_are_read() -> None:
    """What is given is taken, what is left out has its default."""
    found = service_settings(GOOD)
    assert (found.site, found.deep) == ("eu-north-1", True)
    assert found.database == DatabaseSettings(Place("13.48.10.30", 5432), "ziggie", "ziggie")
    assert found.lease is not None
    assert (found.lease.lease_seconds, found.lease.renew_seconds) == (10.0, 3.0)
    assert service_settings({**GOOD, "ZIGGIE_WITNESS": ""}).lease is None


def test_settings_of_a_replica_set_are_read() -> None:
    """Each member has its site; a set without a password is open, and nobody needs an authority for it."""
    variables = {
        **GOOD,
        "ZIGGIE_DATABASE_ENGINE": "mongodb",
        "ZIGGIE_DATABASE_MEMBERS": "eu-north-1=13.48.10.30:27017,eu-north-1=13.48.10.31:27017",
        "ZIGGIE_REPLICA_SET": "ziggie-rs",
    }
    members = (("eu-north-1", Place("13.48.10.30", 27017)), ("eu-north-1", Place("13.48.10.31", 27017)))
    open_set = MongoSettings(members, "ziggie-rs", "ziggie", "ziggie", "", "", "")
    assert service_settings(variables).database == open_set
    for wrong in ({"ZIGGIE_DATABASE_PASSWORD": "p"}, {"ZIGGIE_WRITE_CONCERN": "2"}, {"ZIGGIE_DATABASE_ENGINE": "db2"}):
        with pytest.raises(SettingsError):
            service_settings({**variables, **wrong})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ZIGGIE_REGION", ""),
        ("ZIGGIE_LISTEN", "443"),
        ("ZIGGIE_HEALTH", "medium"),
        ("ZIGGIE_LEASE_SECONDS", "soon"),
        ("ZIGGIE_LEASE_SECONDS", "nan"),
        ("ZIGGIE_RENEW_SECONDS", "6"),
        ("ZIGGIE_EPOCHS", "forgotten"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str) -> None:
    """The error names the variable."""
    with pytest.raises(SettingsError, match=variable):
        service_settings({**GOOD, variable: value})
