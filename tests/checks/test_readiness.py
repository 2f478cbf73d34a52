"""The check of readiness, on histories written out event by event."""

from __future__ import annotations

from ziggie_harness.checks.readiness import Readiness
from ziggie_harness.model.history import Event, History
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.verdict import Verdict

WEST = "eu-west-1"


def seen(thing: str, obstacle: str = "", region: str = WEST, at: float = 1.0) -> tuple[float, Event]:
    """Tell of one thing that was looked at."""
    return at, ReadinessExamined(thing, region, "this", "that", obstacle)


def test_nobody_looked() -> None:
    """What was found of another region says nothing."""
    judgement = Readiness(WEST).judge(History.of(seen("replica", region="eu-north-1")))
    assert (judgement.verdict, judgement.sentence) == (Verdict.UNKNOWN, "nobody looked whether eu-west-1 is ready")


def test_all_is_as_wanted() -> None:
    """Each thing is named, so that a reader sees what was not looked at."""
    judgement = Readiness(WEST).judge(History.of(seen("replica"), seen("certificate")))
    assert judgement.verdict is Verdict.PASSED
    assert judgement.sentence == "eu-west-1 is ready to take over: replica, certificate are as wanted"


def test_every_obstacle_is_told() -> None:
    """The first one would hide the others until it is removed."""
    judgement = Readiness(WEST).judge(History.of(seen("a", "a is off"), seen("b"), seen("c", "c is off")))
    assert judgement.verdict is Verdict.FAILED
    assert judgement.sentence == "eu-west-1 is not ready to take over: a is off; c is off"


def test_the_last_look_counts() -> None:
    """What was put in order since is in order, and what went wrong since is wrong."""
    mended = History.of(seen("a", "a is off"), seen("a", at=2.0))
    assert Readiness(WEST).judge(mended).verdict is Verdict.PASSED
    broken = History.of(seen("a"), seen("a", "a is off", at=2.0))
    assert Readiness(WEST).judge(broken).verdict is Verdict.FAILED
