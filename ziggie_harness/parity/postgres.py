"""Parity of two PostgreSQL databases: rows, large objects, sequences, and everything around them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final

import psycopg
from psycopg import IsolationLevel

from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.parity import Difference, Finding, StoreParity, TableParity
from ziggie_harness.parity.descent import Descent, Found
from ziggie_harness.parity.postgres_around import behind, read_around, read_sequences, told_apart
from ziggie_harness.parity.postgres_bags import Bag, BagComparison
from ziggie_harness.parity.postgres_catalog import Link, Table, read_tables
from ziggie_harness.parity.postgres_digest import hash_alike
from ziggie_harness.parity.postgres_large_objects import large_object_differences
from ziggie_harness.parity.postgres_rows import Key, KeyedPair, common_columns, keyed_pair
from ziggie_harness.parity.tally import Sink, Tally, nowhere

STORE: Final = "PostgreSQL"
OLDEST: Final = 150_000
"""PostgreSQL 15: before it, a database does not tell the version of its collation."""

Connect = Callable[[], Link]
"""Opens a connection to one side; who calls decides from where."""

_SETTINGS: Final = {
    # Values become text on both servers, and have to become the same text.
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmloption": "content",
    "search_path": "pg_catalog",
    # A view or a policy must not hide rows from the comparison: it fails, and is told.
    "row_security": "off",
}
_EXPLAINED_AT_ONCE: Final = 500
_REFUSALS: Final = (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)


def compare_postgres(
    left: Connect, right: Connect, *, names: tuple[str, str] = ("left", "right"), sink: Sink = nowhere
) -> StoreParity:
    """Compare two databases, each in one snapshot of its own; every row that differs goes to the sink too.

    What may not be read is named in the result. Raises ZiggieError for a server older than PostgreSQL 15, and
    psycopg.Error when a connection is lost.
    """
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="parity"))
        links = stack.enter_context(_snapshot(left)), stack.enter_context(_snapshot(right))
        comparison = _Comparison(links[0], links[1], pool, sink)
        tables = tuple(comparison.tables())
        sentences = tuple(comparison.sentences())
        return StoreParity(STORE, *names, tables, sentences, tuple(comparison.uncompared))


class _Comparison:
    """Two databases while they are compared."""

    def __init__(self, left: Link, right: Link, pool: ThreadPoolExecutor, sink: Sink) -> None:
        self.uncompared: list[str] = []
        self._left = left
        self._right = right
        self._pool = pool
        self._sink = sink
        self._alike = hash_alike(left, right)
        self._recovering = any(
            link.execute("SELECT pg_is_in_recovery()").fetchone() == (True,) for link in (left, right)
        )

    def tables(self) -> Iterator[TableParity]:
        """Compare every table that both sides have, then the large objects."""
        left, right = read_tables(self._left), read_tables(self._right)
        for name in sorted(left.keys() & right.keys()):
            yield from self._attempt(name, lambda name=name: self._table(left[name], right[name]))  # type: ignore[misc]
        yield from self._attempt("large objects", self._large_objects)

    def sentences(self) -> Iterator[str]:
        """Compare what is around the rows."""
        asked = self._pool.submit(read_around, self._left), self._pool.submit(read_around, self._right)
        left, right = (each.result() for each in asked)
        yield from told_apart(left, right)
        yield from behind(read_sequences(self._left), read_sequences(self._right))

    def _attempt(self, name: str, compare: Callable[[], TableParity]) -> Iterator[TableParity]:
        """Compare something; what a server refuses is noted, and the transactions go on."""
        try:
            with self._left.transaction(), self._right.transaction():
                result = compare()
        except _REFUSALS as refusal:
            self.uncompared.append(f"{name}: {str(refusal).splitlines()[0]}")
        else:
            yield result

    def _table(self, left: Table, right: Table) -> TableParity:
        """Compare the rows of one table."""
        if self._recovering and (left.unlogged or right.unlogged):
            raise psycopg.errors.FeatureNotSupported("it is unlogged, so a standby has nothing of it")
        tally = Tally(str(left), self._sink)
        if left.key and left.key == right.key:
            sides = keyed_pair((self._left, left), (self._right, right), alike=self._alike)
            descent = Descent(sides.left, sides.right, self._pool)
            tally.take(_explained(str(left), sides, descent.differences()))
            return tally.result(descent.rows_left, descent.rows_right, sides.way)
        columns = common_columns(left, right)
        ours = Bag(self._left, left, columns, alike=self._alike)
        theirs = Bag(self._right, right, columns, alike=self._alike)
        comparison = BagComparison(str(left), ours, theirs, self._pool)
        tally.take(comparison.differences())
        return tally.result(comparison.rows_left, comparison.rows_right, "as a bag of rows, for there is no common key")

    def _large_objects(self) -> TableParity:
        """Compare the large objects."""
        tally, counts = Tally("large objects", self._sink), Counter[str]()
        tally.take(large_object_differences(self._left, self._right, counts))
        return tally.result(counts["left"], counts["right"], "sha256 of each, by oid")


def _explained(table: str, sides: KeyedPair, found: Iterable[Found[Key]]) -> Iterator[Difference]:
    """Add to rows that are different in which columns they are, asking for some hundred at a time."""
    for finding, group in itertools.groupby(found, key=lambda each: each.finding):
        if finding is not Finding.DIFFERENT:
            yield from (Difference(table, _shown(each.key), finding) for each in group)
            continue
        keys = (each.key for each in group)
        while some := list(itertools.islice(keys, _EXPLAINED_AT_ONCE)):
            for key, columns in sides.differing_columns(some):
                yield Difference(table, _shown(key), finding, columns)


def _shown(key: Key) -> str:
    """Show a key as a reader would write it."""
    return key[0] if len(key) == 1 else f"({', '.join(key)})"


@contextmanager
def _snapshot(connect: Connect) -> Iterator[Link]:
    """Open a connection, and read from one snapshot until the end of the block."""
    with connect() as link:
        if link.info.server_version < OLDEST:
            raise ZiggieError(
                f"PostgreSQL {link.info.server_version // 10_000} is too old to be compared",
                hint=f"upgrade to {OLDEST // 10_000} or later",
            )
        link.autocommit = False
        link.isolation_level = IsolationLevel.REPEATABLE_READ
        link.read_only = True
        # A plan that is kept would not know the keys that it is for.
        link.prepare_threshold = None
        with link.transaction(force_rollback=True):
            for setting, value in _SETTINGS.items():
                link.execute("SELECT set_config(%s, %s, true)", (setting, value))
            yield link
