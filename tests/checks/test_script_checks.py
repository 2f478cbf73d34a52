"""The checks of the owner's scripts, on histories written out event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.script_calls import ScriptCalls
from ziggie_harness.checks.script_claims import ScriptClaims
from ziggie_harness.checks.script_outcome import ScriptOutcome
from ziggie_harness.checks.script_refusals import ScriptRefusals
from ziggie_harness.model.client_events import AUTHORITY, NameResolved
from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.history import CallMade, Event, FaultProved, FaultStruck, History, ScriptEnded
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from ziggie_harness.ports import Check

NORTH, WEST, OPERATOR, NAME = "eu-north-1", "eu-west-1", "internet", "api.ziggie.ai"
NORTH_IP, WEST_IP = "13.48.10.10", "34.240.20.10"
PLACES = ((NORTH, NORTH_IP), (WEST, WEST_IP))
FAULT: tuple[tuple[float, Event], ...] = (
    (10.0, FaultStruck("region outage", "primary")),
    (10.1, FaultProved("region outage", "primary", "silence")),
)
BATCH = "InvalidChangeBatch"


def ended(said: str, status: int = 0, *, claims: bool = True, region: str = WEST) -> tuple[float, Event]:
    """Tell of a script that ran from 20 s to 30 s."""
    return 30.0, ScriptEnded("s", OPERATOR, region, 20.0, status, interrupted=False, claims=claims, said=said)


def call(at: float, error: str = "", operation: str = "ChangeResourceRecordSets") -> tuple[float, Event]:
    """Tell of a call from the operator's place."""
    return at, CallMade("route53", operation, "us-east-1", OPERATOR, 400 if error else 200, error)


def name(address: str, at: float = 30.1) -> tuple[float, Event]:
    """Tell where the name led at the authority."""
    return at, NameResolved(AUTHORITY, NAME, (address,), 60, cached=False)


def writer(*, accepts: bool, region: str = WEST, at: float = 30.2) -> tuple[float, Event]:
    """Tell whether a region took a write."""
    return at, WriterObserved(region, accepts=accepts, reason="" if accepts else "read-only")


ROWS: dict[str, tuple[Check, tuple[tuple[float, Event], ...], Verdict, str]] = {
    "all accepted": (ScriptCalls(), (*FAULT, call(21), ended("")), Verdict.PASSED, "all 1 calls"),
    "one refused": (
        ScriptCalls(),
        (*FAULT, call(21, BATCH), call(22), ended("")),
        Verdict.FAILED,
        f"1 of 2 calls of s were refused, the first one route53 ChangeResourceRecordSets in us-east-1: {BATCH}",
    ),
    "told in AWS's words": (
        ScriptCalls(),
        (*FAULT, call(21, BATCH), ended(f"An error occurred ({BATCH}): a non-latency set exists")),
        Verdict.FAILED,
        f"us-east-1: An error occurred ({BATCH}): a non-latency set exists",
    ),
    "refused before it ran": (ScriptCalls(), (*FAULT, call(19, BATCH), call(21), ended("")), Verdict.PASSED, "all 1"),
    "it called nothing": (ScriptCalls(), (*FAULT, ended("")), Verdict.UNKNOWN, "no script called anything"),
    "a refusal is hidden": (
        ScriptRefusals(),
        (*FAULT, call(21, BATCH), call(22, operation="GetChange"), ended("")),
        Verdict.FAILED,
        f"s went on after route53 ChangeResourceRecordSets was refused ({BATCH}), and ended with status 0",
    ),
    "a refusal is told": (ScriptRefusals(), (*FAULT, call(21, BATCH), ended("", 1)), Verdict.PASSED, "no script hides"),
    "tried again": (
        ScriptRefusals(),
        (*FAULT, call(21, BATCH), call(22), ended("")),
        Verdict.PASSED,
        "no script hides",
    ),
    "none was run": (ScriptRefusals(), FAULT, Verdict.UNKNOWN, "no script was run"),
    "it ends well": (ScriptOutcome(), (*FAULT, ended("done")), Verdict.PASSED, "s ended with status 0"),
    "it fails": (
        ScriptOutcome(),
        (*FAULT, ended("begins\nAn error occurred (ExpiredToken)\nFailover FAILED. Done so far: nothing.", 255)),
        Verdict.FAILED,
        "s ended with status 255: An error occurred (ExpiredToken)",
    ),
    "it fails in silence": (ScriptOutcome(), (*FAULT, ended("", 1)), Verdict.FAILED, "status 1: it said nothing"),
    "it fails, and works when it is run again": (
        ScriptOutcome(),
        (*FAULT, ended("failed", 1), ended("done")),
        Verdict.PASSED,
        "s ended with status 0",
    ),
    "the claim is true": (
        ScriptClaims(PLACES),
        (*FAULT, ended("complete"), name(WEST_IP), writer(accepts=True)),
        Verdict.PASSED,
        "what s claims is true",
    ),
    "nothing moved": (
        ScriptClaims(PLACES),
        (*FAULT, ended("Failover complete."), name(NORTH_IP), writer(accepts=False)),
        Verdict.FAILED,
        (
            f"s ended with status 0 and said 'Failover complete.', but {NAME} leads to {NORTH_IP}, not to {WEST_IP} "
            f"and {WEST} accepts no writes (read-only)"
        ),
    ),
    "status 0 is a claim": (
        ScriptClaims(PLACES),
        (*FAULT, ended("", claims=False), name(WEST_IP), writer(accepts=False)),
        Verdict.FAILED,
        "accepts no writes",
    ),
    "words are a claim": (
        ScriptClaims(PLACES),
        (*FAULT, ended("complete", 1), name(WEST_IP), writer(accepts=False)),
        Verdict.FAILED,
        "status 1",
    ),
    "it says that it failed": (
        ScriptClaims(PLACES),
        (*FAULT, ended("FAILED", 1, claims=False), name(NORTH_IP), writer(accepts=False)),
        Verdict.PASSED,
        "no script claims",
    ),
    "the way back": (
        ScriptClaims(PLACES),
        (*FAULT, ended("complete", region=NORTH), name(NORTH_IP), writer(accepts=True, region=NORTH)),
        Verdict.PASSED,
        "is true",
    ),
    "nobody looked": (
        ScriptClaims(PLACES),
        (*FAULT, name(WEST_IP, 29), writer(accepts=True, at=29), ended("complete")),
        Verdict.UNKNOWN,
        "nobody looked",
    ),
    "no script": (ScriptClaims(PLACES), FAULT, Verdict.UNKNOWN, "no script was run"),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_history_is_judged(row: str) -> None:
    """Each history has its verdict and its sentence."""
    check, events, verdict, sentence = ROWS[row]
    judgement = check.judge(History.of(*events))
    assert (judgement.verdict, sentence in judgement.sentence) == (verdict, True), judgement.sentence
