"""How a row becomes 64 bits inside the server, so that no row has to travel.

PostgreSQL hashes for joins, where what = calls equal must meet and what is not equal may: 5 and -5 have one hash as
numeric, 0 and 4294967297 as bigint, 1.0 and 1.00, 0 and -0. Nothing of this may pass for parity, so values whose type
hashes so are hashed as their bytes: rows are the same when every value is, to the last digit.
"""

from __future__ import annotations

from typing import Final

from psycopg.sql import SQL, Composable, Composed, Identifier

from ziggie_harness.parity.postgres_catalog import Column, Link

_DIRECT: Final = frozenset({
    "bool", "int2", "int4", "oid", "uuid", "bytea", "char", "date", "inet", "cidr", "macaddr", "macaddr8",
})  # fmt: skip
"""Types whose own hash is one of all their bits."""

_TEXTUAL: Final = frozenset({"text", "varchar", "bpchar", "name"})

_AS_BYTES: Final = {
    "int8": "int8send", "numeric": "numeric_send", "float4": "float4send", "float8": "float8send",
    "timestamp": "timestamp_send", "timestamptz": "timestamptz_send", "time": "time_send", "timetz": "timetz_send",
    "interval": "interval_send",
}  # fmt: skip
"""Types whose hash leaves something out, and the function that gives their bytes."""

# A record hash of every kind of value that is hashed: equal answers mean that two servers hash alike.
_PROBE: Final = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
       hash_record_extended(ROW(true, 7::int2, 7, int8send(7), 'a'::text COLLATE "C", 'a'::"char", numeric_send(1.50),
           '\\x00ff'::bytea, date '2026-01-01', inet '10.0.0.1', macaddr '08:00:2b:01:02:03',
           uuid '11111111-2222-3333-4444-555555555555', float8send(0.1)), 0)
"""


def hash_alike(left: Link, right: Link) -> bool:
    """Whether record hashes of two servers may be compared: one major version, one encoding, one byte order."""
    return left.execute(_PROBE).fetchone() == right.execute(_PROBE).fetchone()


def row_digest(columns: list[tuple[Column, Column]], *, alike: bool) -> Composed:
    """Return the expression that digests a row's columns, as a bigint."""
    if not alike:
        text = SQL(", ").join(SQL("{}::text").format(Identifier(ours.name)) for ours, _ in columns)
        # sha256 of the text means the same in every version and on every machine.
        digest = SQL("encode(substr(sha256(convert_to(ROW({})::text, 'UTF8')), 1, 8), 'hex')").format(text)
        return SQL("('x' || {})::bit(64)::bigint").format(digest)
    values = SQL(", ").join(_exact(ours, same=ours.type == theirs.type) for ours, theirs in columns)
    return SQL("hash_record_extended(ROW({}), 0)").format(values)


def row_text(columns: list[tuple[Column, Column]], length: int) -> Composed:
    """Return the expression that shows a row, cut short."""
    names = SQL(", ").join(SQL("{}::text").format(Identifier(ours.name)) for ours, _ in columns)
    return SQL("left(ROW({})::text, {})").format(names, length)


def value_digest(column: str) -> Composed:
    """Return the expression that digests one value; NULL stays NULL."""
    return SQL("encode(sha256(convert_to({}::text, 'UTF8')), 'hex')").format(Identifier(column))


def _exact(column: Column, *, same: bool) -> Composable:
    """Return an expression whose hash differs wherever the value of a column does."""
    name = Identifier(column.name)
    if same and column.base in _DIRECT:
        return name
    if same and column.base in _AS_BYTES:
        return SQL("{}({})").format(SQL(_AS_BYTES[column.base]), name)
    if same and column.base in _TEXTUAL:
        # In the C collation the hash is one of the bytes, whatever the locale thinks of them.
        return SQL('{} COLLATE "C"').format(name)
    # Also enumerations, whose hash is of a number that two databases choose each for itself, and jsonb, whose numbers
    # are hashed as numeric.
    return SQL('{}::text COLLATE "C"').format(name)
