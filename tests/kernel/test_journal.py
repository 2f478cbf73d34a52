"""The journal writes down what happens, and reads it again as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.journal import FileJournal, read_history
from ziggie_harness.model.client_events import NameResolved, Outcome, RequestEnded
from ziggie_harness.model.errors import EvidenceError
from ziggie_harness.model.history import FaultStruck, Noted

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Stopwatch:
    """A clock that stands still."""

    at_seconds: float = 12.5
    skipped_seconds: float = 2.0

    def now(self) -> float:
        """Return the time that it stands at."""
        return self.at_seconds


EVENTS = (
    FaultStruck("region outage", "eu-north-1"),
    NameResolved("internet", "api.ziggie.ai", ("13.48.10.10",), 60, cached=True),
    RequestEnded("writer", "write", "o-1", 1.0, Outcome.INDETERMINATE, "", "13.48.10.10", "no answer: \u00e4\n"),
)


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every event comes back equal, in its order, with its times."""
    with FileJournal(tmp_path / "history.jsonl", Stopwatch()) as journal:
        for event in EVENTS:
            journal.record(event)
        assert read_history(tmp_path / "history.jsonl") == journal.history()
    records = journal.history().records
    assert tuple(record.event for record in records) == EVENTS
    assert [(record.sequence, record.at_seconds, record.skipped_seconds) for record in records] == [
        (number, 12.5, 2.0) for number in range(3)
    ]


def test_what_comes_after_the_end_is_no_part_of_the_record(tmp_path: Path) -> None:
    """A closed journal's file does not grow."""
    with FileJournal(tmp_path / "history.jsonl", Stopwatch()) as journal:
        journal.record(EVENTS[0])
    journal.record(Noted("too late"))
    assert len(read_history(tmp_path / "history.jsonl").records) == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"sequence": 0',
        b'{"sequence": 0}',
        b'{"sequence": 0, "at_seconds": 0, "skipped_seconds": 0, "kind": "Unheard"}',
        b'{"sequence": 0, "at_seconds": 0, "skipped_seconds": 0, "kind": "Noted", "more": 1}',
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: bytes) -> None:
    """The error names the file and the line."""
    path = tmp_path / "history.jsonl"
    with FileJournal(path, Stopwatch()) as journal:
        journal.record(EVENTS[0])
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(EvidenceError, match=r"history\.jsonl:2"):
        read_history(path)
