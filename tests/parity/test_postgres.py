"""Parity of PostgreSQL databases, on a real server: what differs is found and named, whatever it is."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziggie_harness.model.parity import Difference, Finding
from ziggie_harness.parity.descent import Span
from ziggie_harness.parity.postgres import compare_postgres
from ziggie_harness.parity.postgres_around import read_around, told_apart
from ziggie_harness.parity.postgres_catalog import read_tables
from ziggie_harness.parity.postgres_rows import keyed_pair
from ziggie_harness.parity.tally import reconciliation

from tests.parity.conftest import started  # isort: skip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.parity.conftest import Postgres
    from ziggie_harness.parity.postgres_rows import Key

EVERYTHING = (
    "CREATE TYPE mood AS ENUM ('calm', 'angry')",
    "CREATE SEQUENCE numbers",
    "SELECT setval('numbers', 100)",
    """CREATE TABLE kinds (id int PRIMARY KEY, big bigint, exact numeric, money numeric(12,2), ratio float8,
        small float4, words text, fixed char(8), bytes bytea, at timestamptz, span interval, document jsonb, plain json,
        mood mood, list int[], flag boolean, address inet)""",
    """INSERT INTO kinds SELECT n, n, n, n, n, n, 'row ' || n, 'x', '\\x00',
        timestamptz '2026-01-01Z' + n * interval '1 s',
        interval '1 month',
        '{"a": 5}', '{"a": 5}', 'calm', ARRAY[n], true, '10.0.0.1' FROM generate_series(1, 50) n""",
    "UPDATE kinds SET big = 0, exact = 1.0, money = 5, ratio = 0 WHERE id > 25",
    "CREATE TABLE pairs (region text, number int, note text, PRIMARY KEY (region, number))",
    "INSERT INTO pairs SELECT 'r' || n % 3, n, 'n' FROM generate_series(1, 30) n",
    "INSERT INTO pairs VALUES ('a \"quoted\\, {strange} Ünder', 1, 'n'), ('', 2, 'n')",
    "CREATE TABLE loose (word text, number int)",
    "INSERT INTO loose VALUES ('once', 1), ('twice', 2), ('twice', 2), (NULL, NULL)",
    "CREATE INDEX by_note ON pairs (note)",
    "CREATE VIEW few AS SELECT id FROM kinds",
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER watch BEFORE INSERT ON kinds FOR EACH ROW EXECUTE FUNCTION nothing()",
    "GRANT SELECT ON kinds TO pg_monitor",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor",
    "SELECT lo_from_bytea(4711, 'a large object')",
)


@pytest.fixture(scope="module")
def left(postgres: Postgres) -> str:
    """Make a database with some of everything."""
    return postgres.database(*EVERYTHING)


def test_a_copy_is_equal(postgres: Postgres, left: str) -> None:
    """Nothing differs from a copy, everything was compared, and rows were counted."""
    found = postgres.compared(left, postgres.database(copied=left))
    assert found.equal, found
    rows = {table.name: (table.rows_left, table.rows_right) for table in found.tables}
    assert rows == {
        "public.kinds": (50, 50),
        "public.loose": (4, 4),
        "public.pairs": (32, 32),
        "large objects": (1, 1),
    }


CHANGES = {
    "a bigint of the same hash": ("big", "4294967297"),
    "a sign": ("money", "-5"),
    "a scale": ("exact", "1.00"),
    "a negative zero": ("ratio", "'-0'"),
    "a small float": ("small", "small + 0.00001"),
    "a case": ("words", "upper(words)"),
    "NULL": ("words", "NULL"),
    "a byte": ("bytes", r"'\x01'"),
    "a microsecond": ("at", "at + interval '1 us'"),
    "30 days for a month": ("span", "'30 days'"),
    "a sign in a document": ("document", """'{"a": -5}'"""),
    "json": ("plain", """'{"a":5}'"""),
    "an enumeration": ("mood", "'angry'"),
    "bounds of an array": ("list", "('[0:0]={' || id || '}')::int[]"),
    "a flag": ("flag", "false"),
    "an address": ("address", "'10.0.0.2'"),
}


def test_a_changed_value_is_found(postgres: Postgres, left: str) -> None:
    """Also one that PostgreSQL hashes, or even calls, the same; and in which column it is."""
    rows = range(30, 30 + len(CHANGES))
    changes = [
        f"UPDATE kinds SET {column} = {value} WHERE id = {row}"  # noqa: S608 - a row of the table above
        for row, (column, value) in zip(rows, CHANGES.values(), strict=True)
    ]
    found: list[Difference] = []
    result = postgres.compared(left, postgres.database(*changes, copied=left), sink=found.append)
    assert {difference.key: difference.columns for difference in found} == {
        str(row): (column,) for row, (column, _) in zip(rows, CHANGES.values(), strict=True)
    }
    assert {difference.finding for difference in found} == {Finding.DIFFERENT}
    assert sum(table.different for table in result.tables) == len(CHANGES)


def test_a_composite_key_is_named(postgres: Postgres, left: str) -> None:
    """With all its parts, whatever they hold."""
    right = postgres.database("UPDATE pairs SET note = 'm' WHERE number = 29 OR region ~ 'quoted'", copied=left)
    found: list[Difference] = []
    postgres.compared(left, right, sink=found.append)
    assert {difference.key for difference in found} == {"(r2, 29)", '(a "quoted\\, {strange} Ünder, 1)'}


def test_swapped_values_are_found(postgres: Postgres, left: str) -> None:
    """Two rows that trade a value are two differences, though both tables hold the same values."""
    change = "UPDATE kinds SET big = CASE id WHEN 20 THEN 21 ELSE 20 END WHERE id IN (20, 21)"
    right = postgres.database(change, copied=left)
    [kinds] = [table for table in postgres.compared(left, right).tables if table.differing]
    assert [difference.key for difference in kinds.first] == ["20", "21"]


def test_rows_on_one_side_only_are_told_by_side(postgres: Postgres, left: str) -> None:
    """Missing and added rows are counted apart; in a table without a key, as often as they are missing."""
    right = postgres.database(
        "DELETE FROM kinds WHERE id IN (3, 4)",
        "INSERT INTO kinds (id) VALUES (99)",
        "DELETE FROM loose WHERE word = 'twice'",
        "INSERT INTO loose VALUES ('once', 1), ('new', NULL)",
        copied=left,
    )
    found = {table.name: table for table in postgres.compared(left, right).tables}
    kinds, loose = found["public.kinds"], found["public.loose"]
    assert (kinds.only_left, kinds.only_right, kinds.different) == (2, 1, 0)
    assert {(each.key, each.finding) for each in kinds.first} == {
        ("3", Finding.ONLY_LEFT),
        ("4", Finding.ONLY_LEFT),
        ("99", Finding.ONLY_RIGHT),
    }
    assert (loose.only_left, loose.only_right) == (2, 2)
    assert Difference("public.loose", "(twice,2)", Finding.ONLY_LEFT, rows=2) in loose.first
    assert (loose.rows_left, loose.rows_right) == (4, 4)


AROUND = {
    "a column": ("ALTER TABLE pairs ADD COLUMN extra int", "column public.pairs.extra is missing on the left"),
    "a default": ("ALTER TABLE pairs ALTER note SET DEFAULT 'x'", "column public.pairs.note differs: `text` on"),
    "a type": ("ALTER TABLE pairs ALTER number TYPE bigint", "column public.pairs.number differs"),
    "a table": ("CREATE TABLE more (id int)", "relation public.more is missing on the left"),
    "a constraint": ("ALTER TABLE pairs ADD CHECK (number > 0)", "constraint public.pairs.pairs_number_check is"),
    "an index": ("DROP INDEX by_note", "index public.by_note is missing on the right"),
    "a view": ("CREATE OR REPLACE VIEW few AS SELECT id FROM kinds WHERE id < 3", "view public.few differs"),
    "a function": ("CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'", "function public.one()"),
    "a trigger": ("ALTER TABLE kinds DISABLE TRIGGER watch", "trigger public.kinds.watch differs"),
    "an enumeration": ("ALTER TYPE mood ADD VALUE 'glad'", "type public.mood differs"),
    "replica identity": ("ALTER TABLE kinds REPLICA IDENTITY FULL", "relation public.kinds differs"),
    "a grant": ("REVOKE SELECT ON kinds FROM pg_monitor", "grant on relation public.kinds differs"),
    "a grant on a column": ("GRANT SELECT (id) ON kinds TO pg_monitor", "grant on column public.kinds.id is missing"),
    "a grant on a schema": ("GRANT CREATE ON SCHEMA public TO pg_monitor", "grant on schema public differs"),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM pg_monitor",
        "default privileges rdsadmin in every schema for tables is missing on the right",
    ),
    "an extension": ("DROP EXTENSION plpgsql CASCADE", "extension plpgsql is missing on the right"),
    "a sequence's range": ("ALTER SEQUENCE numbers MAXVALUE 1000", "sequence public.numbers differs"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "fragment"), AROUND.values(), ids=AROUND)
def test_what_is_around_the_rows_is_compared(postgres: Postgres, left: str, change: str, fragment: str) -> None:
    """Each change of it is a sentence that names it."""
    with postgres.connect(left) as link:
        after = read_around(link.execute(change.encode()).connection)
        link.rollback()
        before = read_around(link)
    assert any(fragment in sentence for sentence in told_apart(before, after))


def test_a_sequence_behind_is_told(postgres: Postgres, left: str) -> None:
    """With both numbers; that something around the rows differs keeps no row from being compared."""
    right = postgres.database("SELECT setval('numbers', 99)", "ALTER TABLE pairs ADD COLUMN extra int", copied=left)
    found = postgres.compared(left, right)
    assert found.sentences == (
        "column public.pairs.extra is missing on the left",
        "sequence public.numbers is behind: 101 is next on the left, 100 on the right, so numbers repeat",
    )
    assert not any(table.differing for table in found.tables)
    assert not found.equal


def test_a_sequence_with_headroom_is_carried_over(postgres: Postgres, left: str) -> None:
    """The right side may be ahead: no number is handed out again."""
    assert postgres.compared(left, postgres.database("SELECT setval('numbers', 5000)", copied=left)).equal


def test_roles_are_compared_without_their_passwords(postgres: Postgres, left: str) -> None:
    """Attributes and membership of roles, which all databases of a server share, are told; hashes are never read."""
    with postgres.connect(left) as link:
        before = read_around(link)
        link.execute("CREATE ROLE app LOGIN PASSWORD 'secret' IN ROLE pg_monitor")
        after = read_around(link)
        link.rollback()
    assert list(told_apart(before, after)) == [
        "membership app in pg_monitor is missing on the left",
        "role app is missing on the left",
    ]
    assert after["role", "app"] == "login"


def test_large_objects_are_compared(postgres: Postgres, left: str) -> None:
    """By oid, contents and owner."""
    right = postgres.database("SELECT lo_put(4711, 0, 'A')", "SELECT lo_from_bytea(4712, '')", copied=left)
    [objects] = [table for table in postgres.compared(left, right).tables if table.name == "large objects"]
    assert objects.first == (
        Difference("large objects", "4711", Finding.DIFFERENT),
        Difference("large objects", "4712", Finding.ONLY_RIGHT),
    )


def test_columns_in_another_order_are_the_same_rows(postgres: Postgres) -> None:
    """Rows are compared by the names of columns, and by their values' text where the types differ."""
    left = postgres.database("CREATE TABLE t (id int PRIMARY KEY, a text, b int)", "INSERT INTO t VALUES (1, 'x', 2)")
    right = postgres.database(
        "CREATE TABLE t (b bigint, a varchar(9), c int, id bigint PRIMARY KEY)", "INSERT INTO t VALUES (2, 'x', 3, 1)"
    )
    [table, _] = postgres.compared(left, right).tables
    assert (table.rows_left, table.rows_right, table.differing) == (1, 1, 0)
    assert "an order that no index has" in table.way


def test_what_may_not_be_read_is_named(postgres: Postgres, left: str) -> None:
    """A refusal is no parity: the table is told as not compared, and the others are compared."""
    postgres.run(left, "CREATE ROLE reader LOGIN", "GRANT SELECT ON pairs, loose, numbers TO reader")
    try:
        found = compare_postgres(lambda: postgres.connect(left, "reader"), lambda: postgres.connect(left, "reader"))
    finally:
        postgres.run(left, "DROP OWNED BY reader", "DROP ROLE reader")
    assert [sentence.partition(":")[0] for sentence in found.uncompared] == ["public.kinds", "large objects"]
    assert {table.name for table in found.tables} == {"public.loose", "public.pairs"}
    assert not found.equal


KEYS = {
    "int": "n",
    "bigint": "n * 5000000000",
    "varchar(20)": "'k,\"' || n",
    "numeric": "n / 4.0",
    "numeric(9,2)": "n / 4.0",
    "timestamptz": "timestamptz '1999-12-31Z' + n * interval '1 hour'",
    "date": "date '2026-01-01' + n",
    "uuid": "md5(n::text)::uuid",
    "bytea": "decode(md5(n::text), 'hex')",
    "float8": "n / 7.0",
    "inet": "inet '10.0.0.0' + n",
    "mood": "(ARRAY['calm', 'angry'])[n]::mood",
    "short": "n::text",
}


@pytest.mark.parametrize("kind", KEYS)
def test_any_key_cuts_a_table(postgres: Postgres, left: str, kind: str) -> None:
    """Whatever the type of a key, and in a key of two columns, parts hold each row once and can be found again."""
    rows = 2 if kind == "mood" else 100
    with postgres.connect(left) as link:
        link.execute("CREATE DOMAIN short AS text")
        link.execute("SET LOCAL timezone = 'UTC'")
        made = f"SELECT {KEYS[kind]} AS k, n AS m FROM generate_series(1, {rows}) n"  # noqa: S608 - a row of the table
        for name, key in (("one", "k"), ("two", "m, k")):
            link.execute(f"CREATE TABLE {name} (k {kind}, m int, PRIMARY KEY ({key}))".encode())
            link.execute(f"INSERT INTO {name} {made}".encode())
            table = read_tables(link)[f"public.{name}"]
            side = keyed_pair((link, table), (link, table), alike=True).left
            cuts = side.cuts(Span(None, None), 4)
            whole: Span[Key] = Span(None, None)
            checksums = list(side.checksums(whole, cuts))
            parts = list(whole.parts(cuts))
            counted = [checksum.rows for checksum in checksums]
            assert counted == ([1, 1] if rows == 2 else [25] * 4)
            assert [len(dict(side.rows(part))) for part in parts] == counted
            assert [each for part in parts for each in side.checksums(part, [])] == checksums
        link.rollback()


BIG = (
    "CREATE TABLE big (region text, id bigint, note text, PRIMARY KEY (region, id))",
    "INSERT INTO big SELECT 'r' || n % 4, n, repeat('x', 150) FROM generate_series(1, 30000) n",
)


@pytest.fixture(scope="module")
def big(postgres: Postgres) -> str:
    """Make a table of several chunks."""
    return postgres.database(*BIG)


def test_a_reconciliation_list_has_every_key(postgres: Postgres, big: str, tmp_path: Path) -> None:
    """After a split brain each side's own rows and those that both changed are one line each, also thousands."""
    right = postgres.database(
        "DELETE FROM big WHERE id % 20 = 0",
        "INSERT INTO big SELECT 'r9', n, 'new' FROM generate_series(1, 2500) n",
        "UPDATE big SET note = 'y' WHERE id IN (7, 29999)",
        copied=big,
    )
    path = tmp_path / "reconciliation.jsonl"
    with reconciliation(path) as sink:
        found = postgres.compared(big, right, sink=sink)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    [table, _] = found.tables
    assert (table.only_left, table.only_right, table.different) == (1500, 2500, 2)
    assert len(table.first) == 10
    assert len({line["key"] for line in lines}) == len(lines) == 4002
    changed = [line for line in lines if line["finding"] == "different"]
    assert changed == [
        {"table": "public.big", "key": f"(r3, {key})", "finding": "different", "columns": ["note"], "rows": 1}
        for key in (7, 29999)
    ]


@settings(deadline=None, max_examples=3, suppress_health_check=list(HealthCheck))
@given(ids=st.sets(st.integers(1, 30_000), min_size=1, max_size=8), drop=st.booleans())
def test_few_differences_in_a_large_table_are_found(postgres: Postgres, big: str, ids: set[int], *, drop: bool) -> None:
    """Wherever they are, exactly these keys are named, through a key of two columns."""
    listed = ", ".join(map(str, ids))
    change = f"DELETE FROM big WHERE id IN ({listed})"  # noqa: S608 - numbers
    if not drop:
        change = f"UPDATE big SET note = 'y' WHERE id IN ({listed})"  # noqa: S608 - numbers
    [table, _] = postgres.compared(big, postgres.database(change, copied=big)).tables
    finding = Finding.ONLY_LEFT if drop else Finding.DIFFERENT
    assert {(each.key, each.finding) for each in table.first} == {(f"(r{id_ % 4}, {id_})", finding) for id_ in ids}
    assert table.differing == len(ids)


@pytest.mark.slow
def test_servers_of_two_versions_are_compared_by_text(postgres: Postgres, big: str, tmp_path: Path) -> None:
    """Where hashes are not promised to be alike, rows are digested in a way that is, and the way is told."""
    with ExitStack() as stack:
        programs = "pginstall/bin"
        older = started(
            stack, tmp_path, lambda found: replace(found, programs=found.programs.parents[1] / programs, version="16")
        )
        other = older.database(*BIG, "UPDATE big SET note = 'y' WHERE id = 4321")
        found = compare_postgres(lambda: postgres.connect(big), lambda: older.connect(other))
    [table, _] = found.tables
    assert table.first == (Difference("public.big", "(r1, 4321)", Finding.DIFFERENT, ("note",)),)
    assert "sha256" in table.way
    assert found.sentences == ()
