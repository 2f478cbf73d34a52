"""A server's own clock and the drill's.

What a server's clock showed at a drill time is never told later than it was, for a restore must not go too far; when a
server finished something, never earlier, for the lag of its replica must not look longer than it is.
"""

from __future__ import annotations

import pytest

from ziggie_harness.backends.emulated.postgres_recovery import drill_time_ago, epoch_of
from ziggie_harness.model.history import History, Noted, Record

NOW_SECONDS, SKIPPED_SECONDS, SHOWN = 500.0, 480.0, 1_000_020.0
"""Twenty seconds of wall time have passed, and the server's clock shows a million and twenty."""


class Clock:
    """A clock of the drill that stands still."""

    skipped_seconds = SKIPPED_SECONDS

    def now(self) -> float:
        """Return the drill time."""
        return NOW_SECONDS


class Server:
    """A server that tells its time."""

    def ask(self, statement: str) -> tuple[tuple[str, ...], ...]:
        """Return the time since 1970."""
        assert "clock_timestamp" in statement
        return ((str(SHOWN),),)


HISTORY = History(
    (
        Record(0, 10.0, 0.0, Noted("ten seconds of work")),
        Record(1, 110.0, 98.0, Noted("then a jump, and two seconds of work")),
        Record(2, 400.0, 385.0, Noted("then another")),
    )
)


@pytest.mark.parametrize(
    ("at_seconds", "passed_seconds"),
    [
        (0.0, 0.0),
        (4.0, 4.0),
        (10.0, 10.0),
        # Anywhere between two records: the least that is certain.
        (60.0, 10.0),
        (109.0, 11.0),
        (110.0, 12.0),
        (399.5, 14.5),
        (450.0, 15.0),
    ],
)
def test_a_drill_time_is_told_early_rather_than_late(at_seconds: float, passed_seconds: float) -> None:
    """Wall time is what of the drill was not skipped, and between two records the least that can have passed."""
    shown = epoch_of(at_seconds, Clock(), HISTORY, Server())  # type: ignore[arg-type]  # only what it asks for
    assert shown == pytest.approx(1_000_000.0 + passed_seconds)


@pytest.mark.parametrize(
    ("wall_seconds_ago", "drill_seconds"),
    [
        (0.0, 500.0),
        (4.0, 496.0),
        # Fifteen seconds had passed at the last record: what was done just before it was done just before it.
        (5.0, 400.0),
        (5.5, 399.5),
        # Before the jump of 287 s there was a record at 12 s of wall time.
        (8.0, 110.0),
        (8.5, 109.5),
        (10.0, 10.0),
        (14.0, 6.0),
    ],
)
def test_what_was_done_some_wall_seconds_ago_is_told_late_rather_than_early(
    wall_seconds_ago: float, drill_seconds: float
) -> None:
    """The first record after something that a server did tells when it was, and a jump is never counted as its age."""
    assert drill_time_ago(wall_seconds_ago, Clock(), HISTORY) == pytest.approx(drill_seconds)  # type: ignore[arg-type]  # only what it asks for
