"""What became of each write of a load, by a ledger written entry by entry and the numbers that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.evidence.load_survey import survey
from ziggie_harness.kernel.ledger import ENTRY, Attempt, Ledger, attempts
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.database_events import LoadSurveyed

if TYPE_CHECKING:
    from pathlib import Path

ACK, NO, LOST = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.INDETERMINATE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a ledger: 1 and 2 acknowledged, 3 refused, 4 and 5 acknowledged, 6 given up, 7 never answered."""
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        ledger.sent(range(1, 4), 1.0)
        ledger.ended(range(1, 3), ACK, 1.5)
        ledger.sent(range(4, 8), 2.0)
        ledger.ended(range(3, 4), NO, 2.5)
        ledger.ended(range(4, 6), ACK, 3.0)
        ledger.ended(range(6, 7), LOST, 13.0)
    return path


def test_a_ledger_is_read_as_it_was_written(path: Path) -> None:
    """Every attempt has its moments and its outcome; one without an answer is indeterminate."""
    read = list(attempts(path))
    assert read[0] == Attempt(1, 1.0, ACK, 1.5)
    assert [attempt.outcome for attempt in read] == [ACK, ACK, NO, ACK, ACK, LOST, LOST]
    assert read[6] == Attempt(7, 2.0, LOST, 13.0)


def test_half_an_entry_at_the_end_is_nothing(path: Path) -> None:
    """A writer that was killed in the middle of an entry spoils none before it."""
    whole = list(attempts(path))
    with path.open("ab") as file:
        file.write(ENTRY.pack(14.0, 8, 0)[:11])
    assert list(attempts(path)) == whole


ROWS = {
    "all survives": ((1, 2, 4, 5), 0, 0.0, 0.0, (), 0, 0, ()),
    "nothing survives": ((), 4, 1.5, 2.0, ("1", "2", "4", "5"), 0, 0, ()),
    "the end is lost": ((1, 2, 4), 1, 3.0, 2.0, ("5",), 0, 0, ()),
    "a hole": ((1, 4, 5), 1, 1.5, 1.0, ("2",), 1, 0, ()),
    "an unanswered one is there": ((1, 2, 4, 5, 6), 0, 0.0, 0.0, (), 0, 1, ()),
    "a refused one is there": ((1, 2, 3, 4, 5), 0, 0.0, 0.0, (), 0, 0, ("3",)),
    "one that nobody sent": ((1, 2, 4, 5, 99), 0, 0.0, 0.0, (), 0, 0, ("99",)),
    "one from before the first": ((0, 1, 2, 4, 5), 0, 0.0, 0.0, (), 0, 0, ("0",)),
}


@pytest.mark.parametrize(
    ("numbers", "missing", "oldest", "newest", "examples", "holes", "recovered", "odd"), ROWS.values(), ids=ROWS
)
def test_each_write_is_accounted_for(  # noqa: PLR0913 - the columns of a table
    path: Path,
    *,
    numbers: tuple[int, ...],
    missing: int,
    oldest: float,
    newest: float,
    examples: tuple[str, ...],
    holes: int,
    recovered: int,
    odd: tuple[str, ...],
) -> None:
    """Lost, recovered and unexplained writes are told apart."""
    found = survey("west", attempts(path), numbers)
    assert found == LoadSurveyed("west", 4, 1, 2, missing, oldest, newest, examples, holes, recovered, odd)
