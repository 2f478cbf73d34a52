"""The check of the database that an application stands on, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.own_database import OwnDatabase
from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History, StepTaken
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = (
    (10.0, FaultStruck("region outage", "primary")),
    (10.1, FaultProved("region outage", "primary", "it is silent")),
)
PROMOTED = (60.0, StepTaken("promoted", "the replica is a primary of its own"))


def wrote(at: float, reason: str = "", writer: str = "", region: str = WEST) -> tuple[float, Event]:
    """Tell of a write within a region; with a reason it was refused."""
    return at, WriterObserved(region, not reason, reason, writer)


ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "its own": ((*FAULT, PROMOTED, wrote(70)), Verdict.PASSED, f"the application of {WEST} writes to the database"),
    "its own, told": ((*FAULT, PROMOTED, wrote(70, writer=WEST)), Verdict.PASSED, "writes to the database that was"),
    "that of the lost region": (
        (*FAULT, PROMOTED, wrote(70, "the database at 13.48.10.30 cannot be reached")),
        Verdict.FAILED,
        "does not stand on it: its writes end with: the database at 13.48.10.30 cannot be reached",
    ),
    "that of a region that is back": (
        (*FAULT, PROMOTED, wrote(70, writer=NORTH)), Verdict.FAILED, f"it writes to that of {NORTH}",
    ),
    "the last write counts": ((*FAULT, PROMOTED, wrote(70, "it starts"), wrote(80)), Verdict.PASSED, "was promoted"),
    "before the promotion": ((*FAULT, wrote(50), PROMOTED), Verdict.UNKNOWN, f"nobody wrote in {WEST} after"),
    "elsewhere": ((*FAULT, PROMOTED, wrote(70, region=NORTH)), Verdict.UNKNOWN, f"nobody wrote in {WEST} after"),
    "nothing was promoted": ((*FAULT, wrote(70)), Verdict.UNKNOWN, "nothing was promoted"),
    "no fault": ((PROMOTED, wrote(70)), Verdict.UNKNOWN, "the fault never bit"),
}  # fmt: skip


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_what_the_application_stands_on(
    events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that names the database or why it is not reached."""
    judgement = OwnDatabase(WEST).judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
