"""The check of the writer's moves, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.writer_moves import WriterMoves
from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))


def seen(at: float, writer: str) -> tuple[float, Event]:
    """Return that a write inside a region was acknowledged by a database."""
    return at, WriterObserved(NORTH, accepts=True, reason="", writer=writer)


ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "once": ((seen(9, NORTH), *FAULT, seen(20, WEST)), Verdict.PASSED, "moved 1 times of at most 1: eu-north-1"),
    "not at all": ((seen(9, NORTH), *FAULT, seen(20, NORTH)), Verdict.PASSED, "moved 0 times"),
    "back again": (
        (seen(9, NORTH), *FAULT, seen(20, WEST), seen(90, NORTH)),
        Verdict.FAILED,
        "then eu-west-1 (seen at 20.0 s), then eu-north-1 (seen at 90.0 s)",
    ),
    "nobody accepts": (FAULT, Verdict.UNKNOWN, "nobody is known"),
    "empty": ((), Verdict.UNKNOWN, "the fault never bit"),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_how_often_the_writer_moved(
    events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that tells the moves."""
    judgement = WriterMoves(1).judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
