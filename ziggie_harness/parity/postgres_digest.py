"""How a row becomes 64 bits inside the server, so that no row has to travel.

PostgreSQL hashes for joins, where what = calls equal must meet and what is not equal may: 5 and -5 have one hash as
numeric, 0 and 4294967297 as bigint, 1.0 and 1.00, 0 and -0. Nothing of this may pass for parity: what a type's hash
leaves out is hashed beside it, or its bytes are, or its text. Rows are the same when every value is, to the last digit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from ziggie_harness.parity.postgres_catalog import Column, Link

_HASHED: Final = {
    "int2": "hashint2extended({}, {})", "int4": "hashint4extended({}, {})", "bool": "hashint4extended({}::int4, {})",
    "int8": "hashint8extended({}, {})",
    "uuid": "uuid_hash_extended({}, {})",
    # In the C collation the hash is one of the bytes, whatever the locale thinks of them.
    "text": 'hashtextextended({} COLLATE "C", {})', "varchar": 'hashtextextended({} COLLATE "C", {})',
}  # fmt: skip
"""Types with a function that hashes them from a seed: all their bits, and of a bigint its two halves, xored."""

# With the upper half beside it, both are known.
_UPPER_HALF: Final = "hashint4extended(({} >> 32)::int4, {})"

_IN_RECORD: Final = {
    **dict.fromkeys(("oid", "bytea", "char", "date", "inet", "cidr", "macaddr", "macaddr8"), "{}"),
    "numeric": "numeric_send({})", "float4": "float4send({})", "float8": "float8send({})",
    "timestamp": "timestamp_send({})", "timestamptz": "timestamptz_send({})", "time": "time_send({})",
    "timetz": "timetz_send({})", "interval": "interval_send({})",
}  # fmt: skip
"""Types that only a record's hash can hash in all their bits; most of them as bytes."""

# A constrained numeric has one scale and no infinities, so that its hash leaves out the sign alone.
_CONSTRAINED: Final = "hash_numeric_extended({0}, CASE WHEN {0} < 0 THEN -{1} ELSE {1} END)"

_AS_TEXT: Final = 'hashtextextended({}::text COLLATE "C", {})'
"""For all others, such as enumerations, whose hash is of a number that two databases choose each for itself."""

# Every function that hashes, once: equal answers mean that two servers hash alike.
_PROBE: Final = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
       hash_record_extended(ROW('a'::"char", numeric_send(1.50), '\\x00ff'::bytea, date '2026-01-01', inet '10.0.0.1',
           macaddr '08:00:2b:01:02:03'), 0), hashint2extended(7::int2, 7), hashint4extended(7, 7),
       hashint8extended(7, 7), uuid_hash_extended('11111111-2222-3333-4444-555555555555', 7),
       hashtextextended('a' COLLATE "C", 7),
       hash_numeric_extended(1.50, 7)
"""


def hash_alike(left: Link, right: Link) -> bool:
    """Whether hashes of two servers may be compared: one major version, one encoding, one byte order."""
    return left.execute(_PROBE).fetchone() == right.execute(_PROBE).fetchone()


def row_digest(columns: Sequence[tuple[Column, Column]], key: Collection[str], *, alike: bool) -> Composed:
    """Return the expression that digests a row's columns, as a bigint; those of the key are never NULL."""
    if not alike:
        text = SQL(", ").join(SQL("{}::text").format(Identifier(ours.name)) for ours, _ in columns)
        # sha256 of the text means the same in every version and on every machine.
        digest = SQL("encode(substr(sha256(convert_to(ROW({})::text, 'UTF8')), 1, 8), 'hex')").format(text)
        return SQL("('x' || {})::bit(64)::bigint").format(digest)
    terms, together = [], []
    for seed, (ours, theirs) in enumerate(columns, start=1):
        same = ours.type == theirs.type
        if same and ours.base in _IN_RECORD and not ours.constrained:
            together.append(SQL(_IN_RECORD[ours.base]).format(Identifier(ours.name)))
            continue
        if ours.name not in key:
            terms.append(_known(_hash(ours, theirs, Literal(seed)), seed))
        if same and ours.base == "int8":
            terms.append(_known(SQL(_UPPER_HALF).format(Identifier(ours.name), Literal(seed)), -seed))
    if together:
        terms.append(SQL("hash_record_extended(ROW({}), 0)").format(SQL(", ").join(together)))
    mixed: Composed = SQL("({})").format(SQL(" # ").join(terms) if terms else SQL("0::int8"))
    for ours, theirs in columns:
        if ours.name in key:
            # With all the others as its seed: sums and xors of hashes side by side would miss values that two rows
            # have swapped.
            mixed = _hash(ours, theirs, mixed)
    return mixed if key else SQL("hashtextextended({}::text, 0)").format(mixed)


def row_text(columns: Sequence[tuple[Column, Column]], length: int) -> Composed:
    """Return the expression that shows a row, cut short."""
    names = SQL(", ").join(SQL("{}::text").format(Identifier(ours.name)) for ours, _ in columns)
    return SQL("left(ROW({})::text, {})").format(names, length)


def value_digest(column: str) -> Composed:
    """Return the expression that digests one value; NULL stays NULL."""
    return SQL("encode(sha256(convert_to({}::text, 'UTF8')), 'hex')").format(Identifier(column))


def _hash(ours: Column, theirs: Column, seed: Composable) -> Composed:
    """Return the hash of a column's value, from a seed; equal values only have equal ones, but for chance."""
    same = ours.type == theirs.type
    template = _HASHED.get(ours.base, _AS_TEXT) if same else _AS_TEXT
    if same and ours.constrained:
        template = _CONSTRAINED
    return SQL(template).format(Identifier(ours.name), seed)


def _known(term: Composable, instead: int) -> Composed:
    """Return a term that is another number for NULL."""
    return SQL("coalesce({}, {}::int8)").format(term, Literal(instead))
