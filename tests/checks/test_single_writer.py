"""The check of the single writer, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.single_writer import SingleWriter
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))


def write(at: float, region: str, took: float = 0.1, writer: str = "") -> tuple[float, Event]:
    """Return a write that a region acknowledged then, by its own database or that of another."""
    return at, RequestEnded("writer", "write", f"w{at:g}", at - took, Outcome.ACKNOWLEDGED, region, "", "", writer)


def seen(at: float, region: str, *, accepts: bool, writer: str = "") -> tuple[float, Event]:
    """Return what an observer inside a region saw."""
    return at, WriterObserved(region, accepts, "" if accepts else "the lease ran out", writer)


HANDED_OVER = (write(9, NORTH), *FAULT, write(30, WEST), seen(40, NORTH, accepts=False), seen(40.1, WEST, accepts=True))
BACK_AND_FORTH = (write(30, NORTH), write(31, WEST), write(32, NORTH), *HANDED_OVER[-2:])

ROWS = {
    "handed over": (HANDED_OVER, Verdict.PASSED, "at the end eu-west-1 accepts writes, eu-north-1 does not"),
    "empty": ((), Verdict.UNKNOWN, "the fault never bit"),
    "nobody observed": (HANDED_OVER[:-2], Verdict.UNKNOWN, "nobody observed after the fault"),
    "observed before the fault only": (
        (seen(8, NORTH, accepts=True), seen(8.1, WEST, accepts=False), *HANDED_OVER[:-2]),
        Verdict.UNKNOWN,
        "nobody observed after the fault",
    ),
    "one region observed only": (HANDED_OVER[:-2] + HANDED_OVER[-1:], Verdict.UNKNOWN, "no other region was observed"),
    "no writer at the end": (
        (*HANDED_OVER[:-1], seen(40.1, WEST, accepts=False)),
        Verdict.FAILED,
        "no region accepts writes at the end: eu-north-1: the lease ran out",
    ),
    "two writers at the end": (
        (*HANDED_OVER[:-2], seen(40.1, WEST, accepts=True), seen(40.4, NORTH, accepts=True)),
        Verdict.FAILED,
        "two regions accepted writes at the same time, eu-north-1 and eu-west-1",
    ),
    "two seen at one time and no writes": (
        (*FAULT, seen(40, NORTH, accepts=True), seen(40.1, WEST, accepts=True)),
        Verdict.FAILED,
        "2 regions accept writes at the end: eu-north-1 at 40.0 s, eu-west-1 at 40.1 s of drill time",
    ),
    "seen at different times": (
        (*FAULT, seen(20, NORTH, accepts=True), seen(40.1, WEST, accepts=True)),
        Verdict.UNKNOWN,
        "not at one time",
    ),
    "writes in turns": (
        (*FAULT, *BACK_AND_FORTH),
        Verdict.FAILED,
        "eu-west-1 at 31.0 s, eu-north-1 at 32.0 s, eu-west-1 at 40.1 s of drill time; each acknowledges writes that",
    ),
    "overlapping writes prove no order": (
        (
            *FAULT,
            write(30, NORTH),
            write(31, WEST, took=3),
            write(32, NORTH, took=2.5),
            write(33, WEST),
            *HANDED_OVER[-2:],
        ),
        Verdict.PASSED,
        "never two at a time",
    ),
    "two services on one database": (
        (
            write(9, NORTH, writer=NORTH),
            *FAULT,
            write(30, WEST, writer=WEST),
            write(31, NORTH, writer=WEST),
            write(32, WEST, writer=WEST),
            seen(40, NORTH, accepts=True, writer=WEST),
            seen(40.1, WEST, accepts=True, writer=WEST),
        ),
        Verdict.PASSED,
        "at the end eu-west-1 accepts writes, whichever region's service is asked; never two",
    ),
    "one service on two databases in turns": (
        (*FAULT, *(write(at, NORTH, writer=who) for at, who in ((30, NORTH), (31, WEST), (32, NORTH)))),
        Verdict.FAILED,
        "two regions accepted writes at the same time, eu-north-1 and eu-west-1",
    ),
    "two databases at the end": (
        (
            *FAULT,
            seen(40, NORTH, accepts=True, writer=NORTH),
            seen(40.1, WEST, accepts=True, writer=WEST),
        ),
        Verdict.FAILED,
        "2 regions accept writes at the end",
    ),
    "seen in turns": (
        (
            *FAULT,
            seen(20, NORTH, accepts=True),
            seen(20.1, WEST, accepts=True),
            seen(30, NORTH, accepts=True),
            seen(40, NORTH, accepts=False),
            seen(40.1, WEST, accepts=True),
        ),
        Verdict.FAILED,
        "eu-north-1 and eu-west-1",
    ),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_who_accepted_writes(events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that names the regions."""
    judgement = SingleWriter().judge(History.of(*events))
    assert judgement.check == "single-writer"
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_a_failback_hands_over_twice() -> None:
    """Who expects the writer to come back says so, and a third handover is still caught."""
    back = (
        write(9, NORTH),
        *FAULT,
        write(30, WEST),
        write(50, NORTH),
        seen(60, NORTH, accepts=True),
        seen(60, WEST, accepts=False),
    )
    assert SingleWriter().judge(History.of(*back)).verdict is Verdict.FAILED
    assert SingleWriter(handovers_at_most=2).judge(History.of(*back)).verdict is Verdict.PASSED
    third = (*back[:5], write(51, WEST), *back[5:])
    assert SingleWriter(handovers_at_most=2).judge(History.of(*third)).verdict is Verdict.FAILED


def test_sabotage_a_late_write_by_the_former_writer_is_caught() -> None:
    """The same history passes, and fails once the primary acknowledges one more write after the secondary did."""
    late = (*HANDED_OVER[:4], write(31, NORTH), *HANDED_OVER[4:])
    assert SingleWriter().judge(History.of(*HANDED_OVER)).verdict is Verdict.PASSED
    assert SingleWriter().judge(History.of(*late)).verdict is Verdict.FAILED
