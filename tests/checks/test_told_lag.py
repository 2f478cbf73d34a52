"""The check of the lag that monitoring tells, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.told_lag import ToldLag
from ziggie_harness.model.database_events import LagTold
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = (
    (10.0, FaultStruck("replication stall", "secondary")),
    (10.1, FaultProved("replication stall", "secondary", "it is behind")),
)


def told(at: float, seconds: float, replayed: int = 1000, missing: int = 0, region: str = WEST) -> tuple[float, Event]:
    """Return a reading of the metric, beside what the replica lacked."""
    return at, LagTold(region, "ReplicaLag", seconds, replayed, missing)


ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "right": ((told(5, 3), *FAULT, told(65, 9)), Verdict.PASSED, "of 2 readings none is off by more than 15 s"),
    "too high before the fault": (
        (told(5, 240), *FAULT, told(65, 1)),
        Verdict.FAILED,
        "1 of 2 readings are wrong: at 5.0 s ReplicaLag told that eu-west-1 was 240 s behind, and it had everything",
    ),
    "high and true": ((*FAULT, told(65, 60, missing=9), told(125, 120, missing=9)), Verdict.PASSED, "none is off"),
    "too low": (
        (*FAULT, told(65, 0, missing=9), told(125, 0, missing=9), told(185, 0, missing=9)),
        Verdict.FAILED,
        "2 of 3 readings are wrong: at 185.0 s ReplicaLag told that eu-west-1 was 0 s behind, and it had stood still",
    ),
    "behind and moving": (
        (*FAULT, told(65, 0, missing=9), told(125, 0, replayed=2000, missing=9)), Verdict.PASSED, "none is off",
    ),
    "had everything in between": (
        (*FAULT, told(65, 0, missing=9), told(125, 0), told(185, 0, missing=9)), Verdict.PASSED, "none is off",
    ),
    "two replicas": (
        (*FAULT, told(65, 0, missing=9), told(66, 0, missing=9, region=NORTH)), Verdict.PASSED, "none is off",
    ),
    "nobody told": (FAULT, Verdict.UNKNOWN, "nobody told how far a replica is behind"),
    "no fault": ((told(5, 3),), Verdict.UNKNOWN, "the fault never bit"),
}  # fmt: skip


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_what_monitoring_told(events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that names the reading that is furthest from the truth."""
    judgement = ToldLag(15).judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
