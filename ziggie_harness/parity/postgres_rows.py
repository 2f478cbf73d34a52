"""One side of a table that has a key: whatever the descent asks is one query, answered near the rows."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from ziggie_harness.parity.descent import Checksum, Span
from ziggie_harness.parity.postgres_catalog import Column, Link, Table
from ziggie_harness.parity.postgres_digest import row_digest, value_digest

CHUNK_BYTES: Final = 4 << 20
"""The first pass digests a table in chunks of about this size."""

CHUNKS_AT_MOST: Final = 1_024
"""And in no more chunks than this: what they answer is held in memory."""

Key = tuple[str, ...]
"""The values of a key as text, in the order of the key's columns."""

_PAGE_BYTES: Final = 8_192
_PAGES_SAMPLED: Final = 4
_FETCHED_AT_ONCE: Final = 2_000

_ORDERED: Final = frozenset({
    "int2", "int4", "int8", "oid", "uuid", "bytea", "date", "time", "timestamp", "timestamptz", "numeric", "bool",
})  # fmt: skip
"""Types that every server puts in the same order."""

_cursors = itertools.count(1)


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One column of a key: how it is put in order, and the type that its text is read back as."""

    value: Composable
    type: str
    collation: Composable
    """The clause that fixes the order of text, or nothing."""
    indexed: bool
    """Whether the order is the index's own, so that a span is found without reading the table."""

    @property
    def expression(self) -> Composed:
        """Return the value in its order."""
        return SQL("{}{}").format(self.value, self.collation)

    def parameter(self, *, many: bool = False) -> Composed:
        """Return the placeholder for a value of it, or for an array of values."""
        return SQL("%s::{}{}").format(SQL(self.type), SQL("[]" if many else ""))


def key_part(ours: Column, theirs: Column) -> KeyPart:
    """Return how a column of the key is ordered alike on both sides."""
    name = Identifier(ours.name)
    same = ours.type == theirs.type
    if same and ours.base in _ORDERED:
        return KeyPart(name, ours.type, SQL(""), indexed=True)
    if same and ours.base in {"text", "varchar"} and ours.collation_used == theirs.collation_used:
        # As text, also a varchar: the index is one of text, and rows of a key are compared with rows of text.
        return KeyPart(SQL("({}::text)").format(name), "text", SQL(f" COLLATE {ours.collation}"), indexed=True)
    return KeyPart(SQL("({}::text)").format(name), "text", SQL(' COLLATE "C"'), indexed=False)


class KeyedRows:
    """The rows of one table on one server, in the order of its key."""

    def __init__(
        self, link: Link, table: Table, key: Sequence[KeyPart], columns: list[tuple[Column, Column]], digest: Composed
    ) -> None:
        """Read a table through a connection whose transaction keeps one snapshot."""
        self._link = link
        self._table = table
        self._key = key
        self._columns = columns
        self._digest = digest
        self._parts = SQL(", ").join(part.expression for part in key)
        self._texts = SQL(", ").join(SQL("({})::text").format(part.expression) for part in key)
        self._source = SQL("{}{}").format(
            SQL("" if table.partitioned else "ONLY "), Identifier(table.schema, table.name)
        )

    def chunks(self) -> Sequence[Key]:
        """Cut by the keys on a few pages that the server picks: chunks need not be equal."""
        chunks = min(self._table.size_bytes // CHUNK_BYTES + 1, CHUNKS_AT_MOST)
        if chunks == 1:
            return []
        percent = min(100.0, 100 * chunks * _PAGES_SAMPLED * _PAGE_BYTES / self._table.size_bytes)
        sample = SQL("{} TABLESAMPLE SYSTEM ({}) REPEATABLE (7)").format(self._source, Literal(percent))
        return self._every_nth(sample, SQL("true"), [], chunks)

    def cuts(self, span: Span[Key], parts: int) -> Sequence[Key]:
        """Cut by every so manieth key."""
        condition, values = self._inside(span)
        return self._every_nth(self._source, condition, values, parts)

    def checksums(self, span: Span[Key], cuts: Sequence[Key]) -> Sequence[Checksum]:
        """Digest the rows of each part, all in one pass."""
        bucket, bucket_values = self._bucket(cuts)
        condition, values = self._inside(span)
        # Without OFFSET 0 the digest would be computed once for each aggregate.
        query = SQL(
            "SELECT part, count(*), bit_xor(digest), sum(digest) FROM (SELECT {} AS part, {} AS digest "
            "FROM {} WHERE {} OFFSET 0) AS digested GROUP BY part"
        ).format(bucket, self._digest, self._source, condition)
        sums = [Checksum(0, None)] * (len(cuts) + 1)
        for part, rows, xor, total in self._link.execute(query, [*bucket_values, *values]):
            sums[part] = Checksum(rows, (xor, int(total)))
        return sums

    def rows(self, span: Span[Key]) -> Iterator[tuple[Key, Hashable]]:
        """Fetch keys and digests, some thousand at a time."""
        condition, values = self._inside(span)
        query = SQL("SELECT {}, {} FROM {} WHERE {}").format(self._digest, self._texts, self._source, condition)
        with self._link.cursor(name=f"parity_{next(_cursors)}") as cursor:
            cursor.itersize = _FETCHED_AT_ONCE
            for digest, *key in cursor.execute(query, values):
                yield tuple(key), digest

    def values(self, keys: Sequence[Key]) -> dict[Key, Sequence[str | None]]:
        """Digest each column of a few rows."""
        listed = SQL(", ").join(part.parameter(many=True) for part in self._key)
        digests = SQL(", ").join(value_digest(column.name) for column, _ in self._columns)
        query = SQL("SELECT ARRAY[{}], {} FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))").format(
            digests, self._texts, self._source, self._parts, listed
        )
        return {tuple(key): digests for digests, *key in self._link.execute(query, _arrays(keys))}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the columns that `values` digests, in its order."""
        return tuple(column.name for column, _ in self._columns)

    def _every_nth(self, source: Composable, condition: Composable, values: list[Any], parts: int) -> Sequence[Key]:
        """Return keys that cut what a condition selects in so many parts, none of them the first key."""
        query = SQL(
            "SELECT {texts} FROM (SELECT {named}, row_number() OVER (ORDER BY {parts}) - 1 AS place, count(*) OVER () "
            "AS rows FROM {source} WHERE {condition}) AS placed "
            "WHERE place > 0 AND place %% greatest(1, ceil(rows / {count}::float8)::bigint) = 0 ORDER BY place"
        ).format(
            texts=SQL(", ").join(SQL("k{}::text").format(number) for number in range(len(self._key))),
            named=SQL(", ").join(
                SQL("{} AS {}").format(part.expression, Identifier(f"k{number}"))
                for number, part in enumerate(self._key)
            ),
            parts=self._parts,
            source=source,
            condition=condition,
            count=parts,
        )
        return [tuple(row) for row in self._link.execute(query, values)]

    def _inside(self, span: Span[Key]) -> tuple[Composable, list[Any]]:
        """Return the condition that selects a span, and its values."""
        ends = [(SQL(">="), span.from_key), (SQL("<"), span.before_key)]
        conditions = [
            SQL("({}) {} ({})").format(self._parts, sign, SQL(", ").join(part.parameter() for part in self._key))
            for sign, key in ends
            if key is not None
        ]
        values = [value for _, key in ends if key is not None for value in key]
        return (SQL(" AND ").join(conditions) if conditions else SQL("true")), values

    def _bucket(self, cuts: Sequence[Key]) -> tuple[Composable, list[Any]]:
        """Return the expression that tells the part of a row: how many cuts are not above its key."""
        if not cuts:
            return SQL("0"), []
        if len(self._key) == 1:
            return SQL("width_bucket({}, {})").format(self._parts, self._key[0].parameter(many=True)), _arrays(cuts)
        # Rows of constants are no constant to the planner; in a query of their own they are still made once only.
        names = [Identifier(f"c{number}") for number in range(len(self._key))]
        collations = [part.collation for part in self._key]
        query = SQL(
            "width_bucket(ROW({}), (SELECT array_agg(ROW({}) ORDER BY place) "
            "FROM unnest({}) WITH ORDINALITY AS c({}, place)))"
        ).format(
            self._parts,
            SQL(", ").join(SQL("{}{}").format(*pair) for pair in zip(names, collations, strict=True)),
            SQL(", ").join(part.parameter(many=True) for part in self._key),
            SQL(", ").join(names),
        )
        return query, _arrays(cuts)


@dataclass(frozen=True, slots=True)
class KeyedPair:
    """Both sides of a table whose key is the same on both, and how its rows are compared."""

    left: KeyedRows
    right: KeyedRows
    way: str

    def differing_columns(self, keys: Sequence[Key]) -> Iterator[tuple[Key, tuple[str, ...]]]:
        """Yield each of a few keys with the columns in which its rows differ."""
        ours, theirs = self.left.values(keys), self.right.values(keys)
        for key in keys:
            pairs = zip(self.left.names, ours[key], theirs[key], strict=True)
            yield key, tuple(name for name, mine, other in pairs if mine != other)


def keyed_pair(left: tuple[Link, Table], right: tuple[Link, Table], *, alike: bool) -> KeyedPair:
    """Pair the two sides of a table."""
    columns = common_columns(left[1], right[1])
    by_name = {ours.name: (ours, theirs) for ours, theirs in columns}
    key = [key_part(*by_name[name]) for name in left[1].key]
    digest = row_digest(columns, left[1].key, alike=alike)
    way = "hashes of all values" if alike else "sha256 of the rows' text, for the servers' hashes differ"
    order = "" if all(part.indexed for part in key) else ", in an order that no index has"
    return KeyedPair(
        KeyedRows(*left, key, columns, digest),
        KeyedRows(*right, key, columns, digest),
        f"{way}, by ({', '.join(left[1].key)}){order}",
    )


def common_columns(left: Table, right: Table) -> list[tuple[Column, Column]]:
    """Return the columns that both sides have, in the order of the left one."""
    pairs = [(ours, right.column(ours.name)) for ours in left.columns]
    return [(ours, theirs) for ours, theirs in pairs if theirs is not None]


def _arrays(keys: Sequence[Key]) -> list[Any]:
    """Return one array literal for each column of some keys.

    As literals they take the type that the query names when it is parsed; arrays of Python's would be text first, and
    be cast again for every row.
    """
    return ["{" + ",".join(_quoted(value) for value in column) + "}" for column in zip(*keys, strict=True)]


def _quoted(value: str) -> str:
    """Quote an element of an array literal (PostgreSQL manual, 8.15.6)."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
