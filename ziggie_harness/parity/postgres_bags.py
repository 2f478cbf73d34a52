"""A table without a key, compared as a bag: how often each row is there, whatever the order.

Two passes: one digests some thousand buckets, into which rows fall by their hash; the second, only where buckets
differ, counts the rows in those.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from psycopg.sql import SQL, Identifier

from ziggie_harness.model.parity import Difference, Finding
from ziggie_harness.parity.descent import Checksum
from ziggie_harness.parity.postgres_catalog import Column, Link, Table
from ziggie_harness.parity.postgres_digest import row_digest, row_text

BUCKET_BITS: Final = 12
SHOWN_LENGTH: Final = 200
"""So many characters of a row are shown in place of the key that it does not have."""

_FETCHED_AT_ONCE: Final = 2_000
_cursors = itertools.count(1)

Counted = tuple[int, int, str]
"""Digest of a row, how often it is there, and its text."""


class Bag:
    """The rows of one table on one server, without an order."""

    def __init__(self, link: Link, table: Table, columns: list[tuple[Column, Column]], *, alike: bool) -> None:
        """Read a table through a connection whose transaction keeps one snapshot."""
        only = SQL("" if table.partitioned else "ONLY ")
        self._link = link
        self._digested = SQL("(SELECT {} AS digest, {} AS shown FROM {}{} OFFSET 0) AS digested").format(
            row_digest(columns, (), alike=alike),
            row_text(columns, SHOWN_LENGTH),
            only,
            Identifier(table.schema, table.name),
        )

    def checksums(self) -> dict[int, Checksum]:
        """Digest the buckets that hold something, in one pass."""
        query = SQL("SELECT digest >> {}, count(*), bit_xor(digest), sum(digest) FROM {} GROUP BY 1").format(
            64 - BUCKET_BITS, self._digested
        )
        return {bucket: Checksum(rows, (xor, int(total))) for bucket, rows, xor, total in self._link.execute(query)}

    def counted(self, buckets: Sequence[int]) -> Iterator[Counted]:
        """Yield each distinct row of some buckets, by ascending digest."""
        query = SQL(
            "SELECT digest, count(*), min(shown) FROM {} WHERE digest >> {} = ANY(%s) GROUP BY 1 ORDER BY 1"
        ).format(self._digested, 64 - BUCKET_BITS)
        with self._link.cursor(name=f"bag_{next(_cursors)}") as cursor:
            cursor.itersize = _FETCHED_AT_ONCE
            yield from cursor.execute(query, (list(buckets),))


class BagComparison:
    """One comparison of two bags, both asked at the same time."""

    def __init__(self, name: str, left: Bag, right: Bag, pool: ThreadPoolExecutor) -> None:
        """Compare the two sides of a table; the pool has room for two."""
        self.rows_left = self.rows_right = 0
        self._name = name
        self._left = left
        self._right = right
        self._pool = pool

    def differences(self) -> Iterator[Difference]:
        """Yield each distinct row that is there more often on one side; then the rows have been counted."""
        asked = self._pool.submit(self._left.checksums), self._pool.submit(self._right.checksums)
        left, right = (each.result() for each in asked)
        self.rows_left = sum(checksum.rows for checksum in left.values())
        self.rows_right = sum(checksum.rows for checksum in right.values())
        buckets = sorted(bucket for bucket in left.keys() | right.keys() if left.get(bucket) != right.get(bucket))
        if buckets:
            yield from self._merged(self._left.counted(buckets), self._right.counted(buckets))

    def _merged(self, left: Iterator[Counted], right: Iterator[Counted]) -> Iterator[Difference]:
        """Walk both sides in the order of their digests."""
        signed = heapq.merge(((*row, 1) for row in left), ((*row, -1) for row in right), key=lambda row: row[0])
        for _, group in itertools.groupby(signed, key=lambda row: row[0]):
            rows = list(group)
            surplus = sum(count * sign for _, count, _, sign in rows)
            if surplus:
                finding = Finding.ONLY_LEFT if surplus > 0 else Finding.ONLY_RIGHT
                yield Difference(self._name, rows[0][2], finding, rows=abs(surplus))
