"""What a server's own clock showed at a drill time: never later than it was, for a restore must not go too far."""

from __future__ import annotations

import pytest

from ziggie_harness.backends.embedded.postgres_recovery import epoch_of
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
