"""Who accepted writes, and when: the turns of the writer, as far as their order is certain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.timeline import acknowledged_writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class Turn:
    """The database of a region accepted a write at some moment between two."""

    region: str
    from_seconds: float
    until_seconds: float


def longest_turns(history: History) -> Sequence[Turn]:
    """Return the longest row of acceptances by alternating regions in which each surely came after the one before.

    Two that overlap may have happened in either order, and are no evidence of it.
    """
    accepted = _acceptances(history)
    rows = [_turns(accepted, region) for region in sorted({turn.region for turn in accepted})]
    return max(rows, key=len, default=())


def _acceptances(history: History) -> Sequence[Turn]:
    """Return every time a region is known to have accepted a write, ordered by when it was known."""
    found = [
        Turn(write.writer, write.started_seconds, write.acknowledged_seconds)
        for write in acknowledged_writes(history).values()
        if write.writer
    ]
    seen = history.of_kind(WriterObserved)
    found += [Turn(event.writer or event.region, at, at) for at, event in seen if event.accepts]
    return sorted(found, key=lambda turn: turn.until_seconds)


def _turns(accepted: Sequence[Turn], first_region: str) -> Sequence[Turn]:
    """Return the row that begins with a region's first acceptance, each next one the earliest that is possible."""
    row: list[Turn] = []
    for turn in accepted:
        if not row:
            if turn.region == first_region:
                row.append(turn)
        elif turn.region != row[-1].region and turn.from_seconds >= row[-1].until_seconds:
            row.append(turn)
    return row
