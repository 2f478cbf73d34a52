"""Counts of what differs, the first of it, and the whole of it in a file: all in constant memory."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ziggie_harness.model.parity import KEYS_TOLD, Difference, Finding, TableParity

Sink = Callable[[Difference], None]
"""Takes each difference as it is found."""


def nowhere(difference: Difference) -> None:
    """Keep no list of the differences."""


@contextmanager
def reconciliation(path: Path) -> Iterator[Sink]:
    """Write each difference as one JSON object a line: table, key, finding, columns, rows.

    After a split brain this is the list that somebody has to go through: what only one side has, and what both changed.
    """
    with path.open("w", encoding="utf-8") as stream:

        def write(difference: Difference) -> None:
            stream.write(json.dumps(dataclasses.asdict(difference), ensure_ascii=False) + "\n")

        yield write


class Tally:
    """Counts the differences of one table and keeps the first."""

    def __init__(self, table: str, sink: Sink) -> None:
        """Count for a table, and hand everything on to a sink."""
        self._table = table
        self._sink = sink
        self._counts: Counter[Finding] = Counter()
        self._first: list[Difference] = []

    def take(self, differences: Iterable[Difference]) -> None:
        """Count differences as they come."""
        for difference in differences:
            self._counts[difference.finding] += difference.rows
            if len(self._first) < KEYS_TOLD:
                self._first.append(difference)
            self._sink(difference)

    def result(self, rows_left: int, rows_right: int, way: str) -> TableParity:
        """Return what was counted."""
        return TableParity(
            self._table,
            rows_left,
            rows_right,
            self._counts[Finding.ONLY_LEFT],
            self._counts[Finding.ONLY_RIGHT],
            self._counts[Finding.DIFFERENT],
            tuple(self._first),
            way,
        )
