"""A failover that was only tested: what it showed, what it disturbed, what it left. Tables of literal histories."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.failover_rehearsed import FailoverRehearsed
from ziggie_harness.checks.no_trace import NoTrace
from ziggie_harness.checks.production_undisturbed import ProductionUndisturbed
from ziggie_harness.model.client_events import AUTHORITY, NameResolved, Outcome, RequestEnded
from ziggie_harness.model.database_events import WritesSurviving
from ziggie_harness.model.history import Event, FaultStruck, History
from ziggie_harness.model.rehearsal_events import (
    AFTER_CLEAN_UP,
    AFTER_TEST,
    BEFORE_TEST,
    CopyTried,
    InventoryTaken,
)
from ziggie_harness.model.verdict import Verdict

Timed = tuple[tuple[float, Event], ...]

REPLICA = "instance replica in eu-west-1: available, source primary"
SNAPSHOT = "snapshot test in eu-west-1: available of replica"


def listed(moment: str, *entries: str) -> InventoryTaken:
    """Return an inventory."""
    return InventoryTaken(moment, entries)


def tried(*, accepted: bool = True, back: bool = True, reason: str = "") -> CopyTried:
    """Return a try of the copy."""
    return CopyTried("eu-west-1", "copy", "test-1", accepted, back, reason)


def asked(started: float, outcome: Outcome = Outcome.ACKNOWLEDGED) -> RequestEnded:
    """Return a write of a client."""
    refused = outcome is not Outcome.ACKNOWLEDGED
    return RequestEnded("writer", "write", f"order-{started}", started, outcome, "", "", "read-only" if refused else "")


def led(address: str) -> NameResolved:
    """Return an answer of the name servers."""
    return NameResolved(AUTHORITY, "api.ziggie.ai", (address,), 60, cached=False)


@pytest.mark.parametrize(
    ("events", "verdict", "words"),
    [
        ((), Verdict.UNKNOWN, "nothing was tested"),
        (((1.0, tried()),), Verdict.PASSED, "copy in eu-west-1 took a write, and had it after a restart"),
        (((1.0, tried(accepted=False, back=False, reason="fenced")),), Verdict.FAILED, "took no write: fenced"),
        (((1.0, tried(back=False, reason="no order")),), Verdict.FAILED, "lost a write that it had acknowledged"),
        (((1.0, tried(back=False)), (2.0, tried())), Verdict.PASSED, "took a write"),
    ],
)
def test_a_rehearsal_shows_that_a_write_is_durable(events: Timed, verdict: Verdict, words: str) -> None:
    """The last try counts; without one nothing is known."""
    judgement = FailoverRehearsed().judge(History.of(*events))
    assert judgement.verdict is verdict
    assert words in judgement.sentence


@pytest.mark.parametrize(
    ("events", "verdict", "words"),
    [
        ((), Verdict.UNKNOWN, "nobody listed what there was before the test"),
        (((1.0, listed(BEFORE_TEST, REPLICA)),), Verdict.UNKNOWN, "nobody listed what there was after the clean-up"),
        (((1.0, listed(BEFORE_TEST)), (2.0, listed(AFTER_CLEAN_UP))), Verdict.UNKNOWN, "is empty"),
        (
            ((1.0, listed(BEFORE_TEST, REPLICA)), (2.0, listed(AFTER_CLEAN_UP, REPLICA))),
            Verdict.PASSED,
            "all 1 things are as before",
        ),
        (
            ((1.0, listed(BEFORE_TEST, REPLICA)), (2.0, listed(AFTER_CLEAN_UP, REPLICA, SNAPSHOT))),
            Verdict.FAILED,
            "snapshot test in eu-west-1 is left (available of replica)",
        ),
        (((1.0, listed(BEFORE_TEST, REPLICA)), (2.0, listed(AFTER_CLEAN_UP))), Verdict.FAILED, "eu-west-1 is gone"),
        (
            (
                (1.0, listed(BEFORE_TEST, REPLICA)),
                (2.0, listed(AFTER_CLEAN_UP, "instance replica in eu-west-1: available, retention 7")),
            ),
            Verdict.FAILED,
            "instance replica in eu-west-1 has retention 7 instead of source primary",
        ),
    ],
)
def test_a_clean_up_leaves_no_trace(events: Timed, verdict: Verdict, words: str) -> None:
    """What is left, what is gone and what is otherwise are traces."""
    judgement = NoTrace().judge(History.of(*events))
    assert judgement.verdict is verdict
    assert words in judgement.sentence


BEFORE: Timed = ((0.0, led("1.1.1.1")), (1.0, listed(BEFORE_TEST, REPLICA)))
AFTER: Timed = ((9.0, listed(AFTER_TEST, REPLICA, SNAPSHOT)),)


@pytest.mark.parametrize(
    ("between", "after", "verdict", "words"),
    [
        ((), AFTER, Verdict.UNKNOWN, "no client asked"),
        (((2.0, asked(1.5)),), (), Verdict.UNKNOWN, "and again after it"),
        (((2.0, asked(1.5)), (3.0, led("1.1.1.1"))), AFTER, Verdict.PASSED, "1 requests were served"),
        (
            ((2.0, asked(1.5)), (3.0, asked(2.5, Outcome.REFUSED))),
            AFTER,
            Verdict.FAILED,
            "1 of 2 requests failed: 'read-only'",
        ),
        (((2.0, asked(1.5)), (3.0, led("2.2.2.2"))), AFTER, Verdict.FAILED, "api.ziggie.ai led to 2.2.2.2 at"),
        (
            ((2.0, asked(1.5)),),
            ((9.0, listed(AFTER_TEST, "instance replica in eu-west-1: available, retention 7")),),
            Verdict.FAILED,
            "instance replica in eu-west-1 has retention 7 instead of source primary",
        ),
        (((2.0, asked(1.5)),), ((9.0, listed(AFTER_TEST)),), Verdict.FAILED, "instance replica in eu-west-1 is gone"),
        (
            ((2.0, asked(1.5)), (3.0, tried())),
            (*AFTER, (10.0, WritesSurviving("eu-north-1", ("a", "test-1")))),
            Verdict.FAILED,
            "the write test-1 of the test is among those of eu-north-1",
        ),
        (
            (
                (2.0, asked(1.5)),
                (3.0, FaultStruck("outage", "primary")),
                (4.0, asked(3.5, Outcome.REFUSED)),
                (5.0, led("2.2.2.2")),
            ),
            ((9.0, listed(AFTER_CLEAN_UP)),),
            Verdict.UNKNOWN,
            "and again after it",
        ),
        (
            (
                (2.0, asked(1.5)),
                (2.5, listed(AFTER_TEST, REPLICA, SNAPSHOT)),
                (3.0, FaultStruck("outage", "primary")),
                (4.0, asked(3.5, Outcome.REFUSED)),
                (5.0, led("2.2.2.2")),
            ),
            ((9.0, listed(AFTER_CLEAN_UP)),),
            Verdict.PASSED,
            "1 requests were served",
        ),
    ],
)
def test_production_is_not_disturbed(between: Timed, after: Timed, verdict: Verdict, words: str) -> None:
    """Clients, name and data, until a real disaster is struck; what comes up beside them is the clean-up's business."""
    judgement = ProductionUndisturbed().judge(History.of(*BEFORE, *between, *after))
    assert judgement.verdict is verdict
    assert words in judgement.sentence
