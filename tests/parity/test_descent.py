"""Going down to the keys that differ, on tables in memory: exactly these keys, at a bounded cost."""

from __future__ import annotations

import math
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziggie_harness.model.parity import Finding
from ziggie_harness.parity.descent import FAN_OUT, LEAF_ROWS, Checksum, Descent, Found, Span

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

CHUNK_ROWS = 5_000


class Remembered:
    """A table in memory that counts what it is asked for."""

    def __init__(self, rows: Mapping[int, str]) -> None:
        self._keys = sorted(rows)
        self._rows = rows
        self.asked = 0
        self.digested = 0
        self.read = 0

    def chunks(self) -> Sequence[int]:
        """Cut all of it."""
        return self._keys[CHUNK_ROWS::CHUNK_ROWS]

    def cuts(self, span: Span[int], parts: int) -> Sequence[int]:
        """Cut a span."""
        keys = self._within(span)
        return keys[:: math.ceil(len(keys) / parts)][1:]

    def checksums(self, span: Span[int], cuts: Sequence[int]) -> Sequence[Checksum]:
        """Digest a span."""
        self.asked += 1
        parts = [self._within(part) for part in span.parts(cuts)]
        self.digested += sum(map(len, parts))
        return [Checksum(len(part), hash(tuple((key, self._rows[key]) for key in part))) for part in parts]

    def rows(self, span: Span[int]) -> Iterator[tuple[int, Hashable]]:
        """Read a span."""
        for key in self._within(span):
            self.read += 1
            yield key, self._rows[key]

    def _within(self, span: Span[int]) -> Sequence[int]:
        low = 0 if span.from_key is None else bisect_left(self._keys, span.from_key)
        high = None if span.before_key is None else bisect_left(self._keys, span.before_key)
        return self._keys[low:high]


def compared(left: Remembered, right: Remembered) -> tuple[Descent[int], list[Found[int]]]:
    """Compare two tables."""
    with ThreadPoolExecutor(2) as pool:
        descent = Descent(left, right, pool)
        return descent, list(descent.differences())


def expected(left: Mapping[int, str], right: Mapping[int, str]) -> set[Found[int]]:
    """Tell by brute force how two tables differ."""
    return (
        {Found(key, Finding.ONLY_LEFT) for key in left.keys() - right.keys()}
        | {Found(key, Finding.ONLY_RIGHT) for key in right.keys() - left.keys()}
        | {Found(key, Finding.DIFFERENT) for key in left.keys() & right.keys() if left[key] != right[key]}
    )


# Sparse keys, so that rows can be added between others; runs of changes, so that whole pieces are missing.
ROWS = st.sampled_from([0, 1, 7, LEAF_ROWS, LEAF_ROWS + 1, 3 * CHUNK_ROWS + 11, 30_000])
CHANGES = st.lists(
    st.tuples(st.sampled_from(["drop", "add", "change"]), st.integers(0, 60_000), st.sampled_from([1, 3, 9_000])),
    max_size=8,
)


def changed(rows: Mapping[int, str], changes: Sequence[tuple[str, int, int]]) -> dict[int, str]:
    """Drop, add and change runs of rows."""
    result = dict(rows)
    for what, start, length in changes:
        for key in range(start, start + length):
            if what == "add":
                result.setdefault(key, "added")
            elif key in result and what == "drop":
                del result[key]
            elif key in result:
                result[key] = f"changed {start}"
    return result


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(count=ROWS, ours=CHANGES, theirs=CHANGES)
def test_finds_exactly_what_differs(
    count: int, ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> None:
    """Whatever was dropped, added and changed on both sides is found once each, and both sides are counted."""
    rows = {2 * number: "row" for number in range(count)}
    left, right = changed(rows, ours), changed(rows, theirs)
    descent, found = compared(Remembered(left), Remembered(right))
    assert set(found) == expected(left, right)
    assert len(found) == len(set(found))
    assert (descent.rows_left, descent.rows_right) == (len(left), len(right))


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(keys=st.sets(st.integers(0, 59_999), max_size=12))
def test_the_cost_grows_with_the_differences(keys: set[int]) -> None:
    """After one pass, d differences cost at most d log(n / leaf) checksums, and a chunk and a bit of rows each."""
    rows = dict.fromkeys(range(60_000), "row")
    left, right = Remembered(rows), Remembered(rows | dict.fromkeys(keys, "changed"))
    _, found = compared(left, right)
    assert {each.key for each in found} == keys
    levels = math.ceil(math.log(CHUNK_ROWS / LEAF_ROWS, FAN_OUT))
    assert left.asked <= 1 + len(keys) * levels
    assert left.digested <= len(rows) + len(keys) * CHUNK_ROWS * 1.1
    assert left.read <= len(keys) * LEAF_ROWS


@pytest.mark.parametrize("empty", ["left", "right"])
def test_a_missing_table_is_read_once(empty: str) -> None:
    """What one side has nothing of is read from the other without going down."""
    full, nothing = Remembered(dict.fromkeys(range(20_000), "row")), Remembered({})
    left, right = (nothing, full) if empty == "left" else (full, nothing)
    _, found = compared(left, right)
    assert len(found) == 20_000
    assert full.asked == 1
    assert full.read == 20_000
