"""The check of the time without a replica, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.unprotected_time import UnprotectedTime
from ziggie_harness.model.database_events import ReplicaChanged
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History, Noted
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "silence")))
REBUILT = (40.0, ReplicaChanged(NORTH, WEST, follows=True))
SWITCHED = (60.0, ReplicaChanged(NORTH, WEST, follows=False))
AGAIN = (80.0, ReplicaChanged(WEST, NORTH, follows=True))
END = (200.0, Noted("the end"))

ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "until a replica follows": ((*FAULT, REBUILT, END), Verdict.PASSED, "for 30.0 s of 50 s"),
    "the switch of a failback counts too": (
        (*FAULT, REBUILT, SWITCHED, AGAIN, END),
        Verdict.PASSED,
        "for 50.0 s of 50 s after the fault; at the end the replica is in eu-west-1",
    ),
    "too long": ((*FAULT, (61.0, AGAIN[1]), END), Verdict.FAILED, "for 51.0 s of 50 s"),
    "nobody rebuilds": ((*FAULT, (20.0, Noted("end"))), Verdict.FAILED, "for 10.0 s of 50 s after the fault, and"),
    "lost again at the end": ((*FAULT, REBUILT, SWITCHED, END), Verdict.FAILED, "for 170.0 s of 50 s"),
    "told twice": ((*FAULT, REBUILT, (45.0, REBUILT[1]), END), Verdict.PASSED, "for 30.0 s"),
    "what was before the fault does not count": (((5.0, SWITCHED[1]), *FAULT, REBUILT), Verdict.PASSED, "30.0 s"),
    "empty": ((), Verdict.UNKNOWN, "the fault never bit"),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_the_time_without_a_replica(
    events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence with the time."""
    judgement = UnprotectedTime(50).judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_sabotage_a_replica_that_never_came_back_is_caught() -> None:
    """The history of a whole failback passes, and fails once the last rebuild is left out."""
    whole = (*FAULT, REBUILT, SWITCHED, AGAIN)
    assert UnprotectedTime(50).judge(History.of(*whole)).verdict is Verdict.PASSED
    assert UnprotectedTime(50).judge(History.of(*whole[:-1])).verdict is Verdict.FAILED
