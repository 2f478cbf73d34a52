"""The check of the recovery time, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.model.client_events import AUTHORITY, NameResolved, Outcome, RequestEnded
from ziggie_harness.model.history import (
    Event,
    FaultDidNotBite,
    FaultProved,
    FaultStruck,
    HealthChanged,
    History,
    StepTaken,
)
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
ACK, NO, LOST = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.INDETERMINATE
STRUCK = (10.0, FaultStruck("region outage", "primary"))
PROVED = (10.1, FaultProved("region outage", "primary", "no packet came back"))


def write(started: float, outcome: Outcome, region: str = WEST, took: float = 0.1) -> tuple[float, Event]:
    """Return a write that started then, was answered so, and how long that took."""
    reason = "" if outcome is ACK else "timed out"
    return started + took, RequestEnded("writer", "write", f"w{started:g}", started, outcome, region, "", reason)


def answer(vantage: str, address: str) -> NameResolved:
    """Return an answer for the public name."""
    return NameResolved(vantage, "api.ziggie.example", (address,), 60, cached=vantage != AUTHORITY)


RECOVERED = (write(9, ACK, NORTH), STRUCK, PROVED, write(11, NO), write(20, NO), write(21, ACK), write(60, ACK))

ROWS = {
    "recovers in time": (RECOVERED, Verdict.PASSED, "RTO 11.1 s of 15 s"),
    "empty": ((), Verdict.UNKNOWN, "the fault never bit: no fault was struck"),
    "half": (RECOVERED[:2], Verdict.UNKNOWN, "no observation shows an effect of region outage of primary"),
    "did not bite": (
        (*RECOVERED, (61.0, FaultDidNotBite("region outage", "primary", "packets pass"))),
        Verdict.UNKNOWN,
        "the fault never bit: region outage of primary: packets pass",
    ),
    "no client noticed": ((STRUCK, PROVED, write(11, ACK), write(60, ACK)), Verdict.UNKNOWN, "no client noticed"),
    "no client at all": ((STRUCK, PROVED), Verdict.UNKNOWN, "of 0 writes"),
    "too late": (
        (STRUCK, PROVED, write(11, NO), write(26, ACK), write(60, ACK)),
        Verdict.FAILED,
        "RTO 16.1 s of 15 s: first durable write after 16.1 s; 1.1 s too late",
    ),
    "too late whether it lasts or not": (
        (STRUCK, PROVED, write(11, NO), write(26, ACK)),
        Verdict.FAILED,
        "1.1 s too late",
    ),
    "never": (
        (STRUCK, PROVED, write(11, NO), write(12, LOST)),
        Verdict.FAILED,
        "the last 2 failed writes said 'timed out' (2 x)",
    ),
    "success that does not last": (
        (STRUCK, PROVED, write(11, NO), write(12, ACK), write(30, NO), write(31, ACK), write(59, NO)),
        Verdict.FAILED,
        "none succeeded for the 30 s of the stability window; the last 1 failed writes",
    ),
    "one late failure moves the recovery": (
        (STRUCK, PROVED, write(11, NO), write(12, ACK), write(13, NO), write(14, ACK), write(45, ACK)),
        Verdict.PASSED,
        "RTO 4.1 s of 15 s",
    ),
    "success before the outage begins is no recovery": (
        (STRUCK, PROVED, write(10.2, ACK), write(12, NO), write(14, ACK), write(45, ACK)),
        Verdict.PASSED,
        "RTO 4.1 s of 15 s",
    ),
    "a request that hangs since before does not count": (
        (STRUCK, PROVED, write(11, NO), write(13, ACK), write(12, LOST, took=30), write(44, ACK)),
        Verdict.PASSED,
        "RTO 3.1 s of 15 s",
    ),
    "a request that hung until the recovery counts from its answer": (
        (STRUCK, PROVED, write(11, NO), write(12, ACK, took=8.0), write(21, ACK), write(60, ACK)),
        Verdict.PASSED,
        "RTO 10.0 s of 15 s",
    ),
    "the window was not watched to its end": (
        (STRUCK, PROVED, write(11, NO), write(12, ACK), write(41.9, ACK)),
        Verdict.UNKNOWN,
        "it is not known to last: the stability window of 30 s was not over when the last write started",
    ),
    "fails again later": (
        (STRUCK, PROVED, write(11, NO), write(12, ACK), write(42.2, NO), write(90, ACK)),
        Verdict.PASSED,
        "1 writes failed again after it",
    ),
    "a fault that harmed nobody long before": (
        (
            (1.0, FaultStruck("region outage", "secondary")),
            (1.1, FaultProved("region outage", "secondary", "dark")),
            *RECOVERED,
        ),
        Verdict.PASSED,
        "RTO 11.1 s of 15 s",
    ),
    "one of two faults is not proved": (
        ((1.0, FaultStruck("region outage", "secondary")), *RECOVERED),
        Verdict.UNKNOWN,
        "no observation shows an effect of region outage of secondary",
    ),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_by_what_clients_saw(events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that says why."""
    judgement = RecoveryTime(15, 30).judge(History.of(*events))
    assert judgement.check == "recovery-time"
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_sabotage_a_recovery_delayed_beyond_the_objective_is_caught() -> None:
    """The same history passes, and fails once its recovery is moved behind the objective."""
    delayed = (*RECOVERED[:5], write(25.5, ACK), write(60, ACK))
    assert RecoveryTime(15, 30).judge(History.of(*RECOVERED)).verdict is Verdict.PASSED
    assert RecoveryTime(15, 30).judge(History.of(*delayed)).verdict is Verdict.FAILED


def test_measures_every_part_that_the_history_shows() -> None:
    """Detection, decision, fencing, promotion, DNS and the first write stand in seconds since the fault."""
    history = History.of(
        (8.0, answer(AUTHORITY, "192.0.2.1")),
        (9.0, answer("internet", "192.0.2.1")),
        write(9, ACK, NORTH),
        STRUCK,
        PROVED,
        write(11, NO),
        (12.0, HealthChanged("primary", healthy=False, healthy_share=0.1)),
        (12.5, StepTaken("detected", "by the runbook")),
        (13.0, StepTaken("decided", "")),
        (13.5, StepTaken("fenced", "the lease ran out")),
        (14.0, StepTaken("promoted", "")),
        (15.0, answer(AUTHORITY, "198.51.100.1")),
        write(16, NO),
        (17.0, answer("internet", "198.51.100.1")),
        (19.0, answer("edge", "198.51.100.1")),
        write(20, ACK),
        write(60, ACK),
    )
    judgement = RecoveryTime(900, 30).judge(history)
    assert {number.name: round(number.value, 3) for number in judgement.measurements} == {
        "RTO": 10.1,
        "RTO uncertainty": 4.1,
        "detected": 2.0,
        "decided": 3.0,
        "fenced": 3.5,
        "promoted": 4.0,
        "switched at the authority": 5.0,
        "visible through a cache": 7.0,
        "visible through every cache": 9.0,
        "first durable write": 10.1,
        "stable": 40.1,
    }
    assert judgement.sentence.startswith(
        "RTO 10.1 s of 900 s: detected after 2.0 s, decided after 3.0 s, fenced after 3.5 s"
    )


def test_leaves_out_the_parts_that_nobody_saw() -> None:
    """Without steps and lookups only what clients saw is measured."""
    judgement = RecoveryTime(15, 30).judge(History.of(*RECOVERED))
    assert [number.name for number in judgement.measurements] == [
        "RTO",
        "RTO uncertainty",
        "first durable write",
        "stable",
    ]
