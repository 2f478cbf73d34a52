"""From two ordered tables to the keys that differ: one linear pass of checksums, then down into what differs only.

Works on any two sides that can cut a span of keys in pieces and digest it, wherever they do that. For d differing rows
of n, after the pass, it asks for d times log(n) checksums, each of a piece many times smaller than the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from ziggie_harness.model.parity import Finding

FAN_OUT: Final = 32
"""A piece that differs is cut in so many."""

LEAF_ROWS: Final = 1_000
"""A piece of no more rows on either side is read row by row."""

K = TypeVar("K", bound=Hashable)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Span(Generic[K]):
    """The keys from one to just before another, in the order of both sides; None is an open end."""

    from_key: K | None
    before_key: K | None

    def parts(self, cuts: Sequence[K]) -> Iterator[Span[K]]:
        """Yield the spans between keys inside it."""
        ends: list[K | None] = [self.from_key, *cuts, self.before_key]
        for number in range(len(ends) - 1):
            yield Span(ends[number], ends[number + 1])


@dataclass(frozen=True, slots=True)
class Checksum:
    """What stands for the rows of a span: equal checksums, equal rows, but for one chance in 2 to the 64."""

    rows: int
    digest: Hashable


class Side(Protocol[K]):
    """One of two ordered tables; it is only ever asked by one thread at a time."""

    def chunks(self) -> Sequence[K]:
        """Return ascending keys that cut the whole in chunks of some megabytes, without reading all of it."""

    def cuts(self, span: Span[K], parts: int) -> Sequence[K]:
        """Return ascending keys that cut a span in about so many equal parts, none before its second row."""

    def checksums(self, span: Span[K], cuts: Sequence[K]) -> Sequence[Checksum]:
        """Return the checksum of each part of a span, in order."""

    def rows(self, span: Span[K]) -> Iterator[tuple[K, Hashable]]:
        """Yield key and digest of each row of a span."""


@dataclass(frozen=True, slots=True)
class Found(Generic[K]):
    """A key whose row differs."""

    key: K
    finding: Finding


class Descent(Generic[K]):
    """One comparison of two sides, both asked at the same time."""

    def __init__(self, left: Side[K], right: Side[K], pool: ThreadPoolExecutor) -> None:
        """Compare two sides; the pool has room for two."""
        self.rows_left = self.rows_right = 0
        self._left = left
        self._right = right
        self._pool = pool

    def differences(self) -> Iterator[Found[K]]:
        """Yield each row that differs, once; afterwards the rows of both sides have been counted."""
        whole: Span[K] = Span(None, None)
        parts = self._checksums(whole, max(self._both(lambda side: side.chunks()), key=len))
        self.rows_left = sum(left.rows for _, left, _ in parts)
        self.rows_right = sum(right.rows for _, _, right in parts)
        yield from self._within(parts)

    def _within(self, parts: Sequence[tuple[Span[K], Checksum, Checksum]]) -> Iterator[Found[K]]:
        """Yield what differs in the parts whose checksums do."""
        for span, left, right in parts:
            if left == right:
                continue
            if left.rows == 0 or right.rows == 0 or max(left.rows, right.rows) <= LEAF_ROWS:
                yield from self._row_by_row(span, left)
                continue
            # The side with more rows cuts, so that every step down makes the larger of the two a fraction.
            larger = self._left if left.rows >= right.rows else self._right
            yield from self._within(self._checksums(span, larger.cuts(span, FAN_OUT)))

    def _checksums(self, span: Span[K], cuts: Sequence[K]) -> Sequence[tuple[Span[K], Checksum, Checksum]]:
        """Return each part of a span with its checksums on both sides."""
        left, right = self._both(lambda side: side.checksums(span, cuts))
        return list(zip(span.parts(cuts), left, right, strict=True))

    def _row_by_row(self, span: Span[K], left: Checksum) -> Iterator[Found[K]]:
        """Compare the rows of a span; one that has none on one side may be long, and is never held."""
        unmatched = dict(self._left.rows(span)) if 0 < left.rows <= LEAF_ROWS else {}
        if left.rows > LEAF_ROWS:
            yield from (Found(key, Finding.ONLY_LEFT) for key, _ in self._left.rows(span))
            return
        for key, digest in self._right.rows(span):
            if key not in unmatched:
                yield Found(key, Finding.ONLY_RIGHT)
            elif unmatched.pop(key) != digest:
                yield Found(key, Finding.DIFFERENT)
        yield from (Found(key, Finding.ONLY_LEFT) for key in unmatched)

    def _both(self, ask: Callable[[Side[K]], Result]) -> tuple[Result, Result]:
        """Ask both sides at the same time."""
        left, right = self._pool.submit(ask, self._left), self._pool.submit(ask, self._right)
        return left.result(), right.result()
