"""What a comparison of two databases found: counts that are exact, a few keys of each table, and sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, islice
from typing import Final

from ziggie_harness.model.database_events import StoresCompared

KEYS_TOLD: Final = 10
"""So many differing keys of a table are kept, and of a whole comparison told in the history."""

SENTENCES_TOLD: Final = 20
"""So many sentences of a comparison are told in the history."""


class Finding(StrEnum):
    """How one row differs between two databases."""

    ONLY_LEFT = "only left"
    ONLY_RIGHT = "only right"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Difference:
    """One row, document or large object that is not the same on both sides."""

    table: str
    key: str
    """Its primary key, or the row itself, cut short, where there is no key."""
    finding: Finding
    columns: tuple[str, ...] = ()
    """The columns that differ, where they can be told."""
    rows: int = 1
    """How many equal rows differ in this way; more than one only in a table without a key."""

    def __str__(self) -> str:
        columns = f" in {', '.join(self.columns)}" if self.columns else ""
        rows = f" ({self.rows} rows)" if self.rows > 1 else ""
        return f"{self.table} {self.key}: {self.finding}{columns}{rows}"


@dataclass(frozen=True, slots=True)
class TableParity:
    """One table, collection or set of large objects, compared row by row."""

    name: str
    rows_left: int
    rows_right: int
    only_left: int
    only_right: int
    different: int
    first: tuple[Difference, ...]
    """The first differences, at most KEYS_TOLD."""
    way: str
    """How rows were compared, and by which key."""

    @property
    def differing(self) -> int:
        """Return how many rows differ, however they do."""
        return self.only_left + self.only_right + self.different


@dataclass(frozen=True, slots=True)
class StoreParity:
    """Two databases, compared in everything that is compared."""

    store: str
    left: str
    right: str
    tables: tuple[TableParity, ...]
    sentences: tuple[str, ...] = ()
    """Each difference that is none of rows: schema, grants, roles, sequences, options."""
    uncompared: tuple[str, ...] = field(default=())
    """What could not be compared, with its reason: about it nothing is known."""

    @property
    def equal(self) -> bool:
        """Whether everything was compared and nothing differs."""
        return not self.sentences and not self.uncompared and not any(table.differing for table in self.tables)

    def event(self) -> StoresCompared:
        """Return what a history keeps of it."""
        first = chain.from_iterable(table.first for table in self.tables)
        return StoresCompared(
            self.store,
            self.left,
            self.right,
            rows_left=sum(table.rows_left for table in self.tables),
            rows_right=sum(table.rows_right for table in self.tables),
            only_left=sum(table.only_left for table in self.tables),
            only_right=sum(table.only_right for table in self.tables),
            different=sum(table.different for table in self.tables),
            keys=tuple(str(difference) for difference in islice(first, KEYS_TOLD)),
            sentences=_cut(self.sentences),
            uncompared=_cut(self.uncompared),
        )


def _cut(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the first sentences, and tell how many there are more."""
    if len(sentences) <= SENTENCES_TOLD:
        return sentences
    return (*sentences[:SENTENCES_TOLD], f"and {len(sentences) - SENTENCES_TOLD} more")
