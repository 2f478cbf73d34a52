"""Waiting has an obstacle and a bound, and a time-out explains itself."""

from __future__ import annotations

import pytest

from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until


def test_waiting_ends_when_the_obstacle_is_gone() -> None:
    """The drill time at which there was no obstacle left is returned."""
    with DrillClock() as clock, clock.actor("test"):
        came = wait_until(clock, "ten", lambda: None if clock.now() >= 10.0 else "too early", at_most_seconds=60.0)
        assert 10.0 <= came < 11.0


def test_a_time_out_says_what_stood_in_the_way() -> None:
    """The last obstacle is in the error, and the ceiling is kept."""
    with DrillClock() as clock, clock.actor("test"):
        with pytest.raises(WaitTimedOut, match="the replica is behind") as caught:
            wait_until(clock, "the replica", lambda: "the replica is behind", at_most_seconds=30.0)
        assert caught.value.obstacle == "the replica is behind"
        assert 30.0 <= clock.now() < 31.0


def test_no_obstacle_costs_no_time() -> None:
    """What is there already is not waited for."""
    with DrillClock() as clock, clock.actor("test"):
        assert wait_until(clock, "nothing", lambda: None, at_most_seconds=0.0) <= clock.now()
        assert clock.skipped_seconds == 0.0
