"""Writers that come through a pooler to a real PostgreSQL, and what they are told to do."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.service.conftest import LOOPBACK, SCHEMA, free_port
from ziggie_harness.backends.emulated.mongod import WallTime
from ziggie_harness.kernel.ledger import ENTRY, KINDS, attempts
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.service.settings import MongoSettings, Place, SettingsError, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service.conftest import Lab, Postgres
    from ziggie_harness.kernel.processes import Process

PATIENCE_SECONDS = 10.0
"""Of the writers: drill time that is skipped."""

TOLD = {"ZIGGIE_SITE": "internet", "ZIGGIE_RATE": "100", "ZIGGIE_LEDGER": "ledger"}


def started(lab: Lab, postgres: Postgres, ledger: Path) -> Process:
    """Start a pooler in front of the database, and writers in front of the pooler; return the writers."""
    port, place = free_port(), f"{LOOPBACK}:{postgres.port}"
    lab.program("pooler", port, {"ZIGGIE_DATABASE": place})
    environment = {
        **lab.link.environment("load"), **TOLD, "PATH": os.environ["PATH"], "ZIGGIE_LEDGER": str(ledger),
        "ZIGGIE_DATABASE": f"{LOOPBACK}:{port}", "ZIGGIE_DATABASE_NAME": "postgres",
        "ZIGGIE_BEHIND": f"eu-north-1={place}",
    }  # fmt: skip
    return lab.supervisor.spawn(
        "load", [sys.executable, "-m", "ziggie_harness.service.load"], namespace=None, environment=environment,
        log=lab.directory / "load.log", directory=SCHEMA.parents[2],
    )  # fmt: skip


def given_up(ledger: Path) -> bool:
    """Say whether the last entry is of an attempt whose answer never came."""
    *_, (_, _, kind) = ENTRY.iter_unpack(ledger.read_bytes())
    return bool(kind == KINDS[Outcome.INDETERMINATE])


def test_writers_rest_while_the_database_behind_a_pooler_is_frozen(lab: Lab, postgres: Postgres) -> None:
    """What was acknowledged is there; what was under way is indeterminate, and waiting for it is skipped."""
    ledger = lab.directory / "ledger"
    writers = started(lab, postgres, ledger)
    some = 100 * 24
    wait_until(
        WallTime(), "some writes", lambda: None if ledger.exists() and ledger.stat().st_size > some else "too few",
        at_most_seconds=30.0, every_seconds=0.05,
    )  # fmt: skip
    postgres.process.freeze()
    try:
        lab.paths.stuck[postgres.port] = "the database is frozen"
        lab.clock.stir()
        skipped_before = lab.clock.skipped_seconds
        wait_until(
            lab.clock, "the end of patience", lambda: None if given_up(ledger) else "they wait",
            at_most_seconds=4 * PATIENCE_SECONDS, every_seconds=0.1,
        )  # fmt: skip
        skipped_seconds = lab.clock.skipped_seconds - skipped_before
    finally:
        lab.paths.stuck.clear()
        postgres.process.thaw()
    wait_until(WallTime(), "their end", lambda: "they live" if writers.alive() else None, at_most_seconds=30.0)
    told = list(attempts(ledger))
    acknowledged = [attempt.number for attempt in told if attempt.outcome is Outcome.ACKNOWLEDGED]
    there = {int(number) for number in postgres.execute("SELECT id FROM elements").split()}
    assert set(acknowledged) <= there
    assert "no answer for 10 s" in (lab.directory / "load.log").read_text(encoding="utf-8")
    assert skipped_seconds > PATIENCE_SECONDS / 2


def test_a_load_is_told_of_either_kind_of_database() -> None:
    """PostgreSQL may be behind a pooler; MongoDB has members."""
    postgres = load_settings(
        {**TOLD, "ZIGGIE_DATABASE": "13.48.10.10:6432", "ZIGGIE_BEHIND": "eu-north-1=13.48.10.30:5432"}
    )
    assert postgres.behind == ("eu-north-1", Place("13.48.10.30", 5432))
    members = {"ZIGGIE_DATABASE_MEMBERS": "eu-north-1=13.48.10.30:27017", "ZIGGIE_REPLICA_SET": "ziggie-rs"}
    mongo = load_settings({**TOLD, "ZIGGIE_DATABASE_ENGINE": "mongodb", **members})
    assert isinstance(mongo.database, MongoSettings)
    assert mongo.behind is None


def test_a_load_without_a_rate_says_so() -> None:
    """An error names the variable, its value, and what it should be."""
    with pytest.raises(SettingsError, match="ZIGGIE_RATE is '0'"):
        load_settings({**TOLD, "ZIGGIE_DATABASE": "13.48.10.30:5432", "ZIGGIE_RATE": "0"})
