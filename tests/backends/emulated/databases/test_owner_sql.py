"""The owner's SQL: its statements are told apart and told, without what is secret in them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated.logical_servers import PRINTED
from ziggie_harness.backends.emulated.owner_sql import (
    SCHEMA,
    STATEMENT_SECONDS,
    OwnerSql,
    Place,
    redacted,
    statements,
)
from ziggie_harness.backends.emulated.postgres_session import SilentServer
from ziggie_harness.kernel.clock import wall_seconds
from ziggie_harness.model.database_events import StatementRun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.backends.emulated.databases.conftest import Lab
    from ziggie_harness.backends.emulated.postgres import PostgresServer


def test_a_script_is_its_statements() -> None:
    """Comments are left out, and a statement may have several lines."""
    script = "-- first; one\nSELECT 1;\n\nSELECT 2\n  FROM here;  \n-- last\nSELECT ';' AS inside"
    assert list(statements(script)) == ["SELECT 1", "SELECT 2\n  FROM here", "SELECT ';' AS inside"]


@pytest.mark.parametrize("script", sorted(PRINTED.glob("*.sql")), ids=lambda path: path.name)
def test_what_the_guide_prints_is_told_without_its_password(script: Path) -> None:
    """The password is in the script and not in what the history keeps of it."""
    text = script.read_text(encoding="utf-8")
    assert "secure_password" in text
    assert "secure_password" not in redacted(text)


def test_what_a_server_says_of_passwords_is_told() -> None:
    """Only what stands for a password is left out."""
    said = 'FATAL:  password authentication failed for user "replicator"; fe_sendauth: no password supplied'
    assert redacted(said) == said
    assert redacted("CONNECTION 'host=a password = hidden user=b'") == "CONNECTION 'host=a password = *** user=b'"
    assert redacted("CREATE USER a Password 'hidden'; b") == "CREATE USER a Password ***; b"
    assert redacted("CREATE USER a PASSWORD :'password'") == "CREATE USER a PASSWORD :'password'"


def test_a_refused_statement_is_told_and_the_rest_goes_on(lab: Lab, primary: PostgresServer, tmp_path: Path) -> None:
    """As with psql -f: the second of three statements fails, the third is run all the same."""
    script = tmp_path / "script.sql"
    script.write_text(
        "INSERT INTO orders VALUES (1);\nINSERT INTO nowhere VALUES (1);\nINSERT INTO orders VALUES (:'id');\n"
    )
    place = Place(primary.address, primary.port, "postgres", "rdsadmin", primary.site)
    OwnerSql(lab.network, lab.journal).run(script, place, {"id": "2"})
    run = [event for _, event in lab.journal.history().of_kind(StatementRun)]
    assert [event.region for event in run] == ["eu-north-1"] * 3
    assert ["nowhere" in event.refusal for event in run] == [False, True, False]
    assert run[2].statement == "INSERT INTO orders VALUES (:'id')"
    assert primary.ask("SELECT count(*) FROM orders") == (("2",),)


def test_what_a_slip_changed_is_not_carried_over(lab: Lab, primary: PostgresServer) -> None:
    """Orders written after the restored ones are carried over, but for those that one statement spoilt together."""
    sql = OwnerSql(lab.network, lab.journal)
    damaged, restored = (
        Place(primary.address, primary.port, name, "rdsadmin", primary.site) for name in ("damaged", "restored")
    )
    for place in (damaged, restored):
        primary.ask(f"CREATE DATABASE {place.database}")
        sql.run(SCHEMA, place)
    write = "INSERT INTO orders (id, region, written_at) VALUES ('{}', 'eu-north-1', '2026-01-01 00:00:0{}+00')"
    sql.value(write.format("old", 1), restored)
    for number, identity in enumerate(("old", "minute-before", "minute-before-2"), 1):
        sql.value(write.format(identity, number), damaged)
    sql.value("UPDATE orders SET id = 'spoilt-' || id", damaged)
    for number, identity in enumerate(("after", "after-2"), 4):
        sql.value(write.format(identity, number), damaged)
    sql.carry_over(damaged, restored)
    assert sql.value("SELECT string_agg(id, ' ' ORDER BY id) FROM orders", restored) == "after after-2 old"


def test_a_frozen_server_is_accounted_for_at_once(lab: Lab, primary: PostgresServer) -> None:
    """Who reads what a server has does not wait half a minute for one that cannot answer, and enters it once it can."""
    place = Place(primary.address, primary.port, "postgres", "rdsadmin", primary.site)
    sql = OwnerSql(lab.network, lab.journal)
    primary.freeze()
    began = wall_seconds()
    with pytest.raises(SilentServer):
        sql.accounting(place)
    assert wall_seconds() - began < STATEMENT_SECONDS / 2
    primary.thaw()
    with closing(sql.accounting(place)) as session:
        assert session.ask("SELECT count(*) FROM orders", STATEMENT_SECONDS) == (("0",),)
