"""Functions that act, and failovers that are counted: tables of literal histories."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.function_acts import FunctionActs
from ziggie_harness.checks.one_failover import OneFailover
from ziggie_harness.checks.stop_obeyed import StopObeyed
from ziggie_harness.model.alert_events import EventHandedOver, RuleSeen
from ziggie_harness.model.function_events import FunctionDeployed, FunctionEnded, FunctionStarted, StopAsked
from ziggie_harness.model.history import CallMade, Event, FaultProved, FaultStruck, History, ScriptEnded
from ziggie_harness.model.verdict import Verdict

REGION = "eu-west-1"
ROLE = "arn:aws:sts::1:assumed-role/f/f"

STRUCK = (
    (0.0, FunctionDeployed("f", REGION, "a.b", "x")),
    (10.0, FaultStruck("outage", "primary")),
    (10.1, FaultProved("outage", "primary", "dark")),
)


def started(request: str, attempt: int = 1) -> FunctionStarted:
    """Return the begin of an attempt."""
    return FunctionStarted(request, "f", REGION, attempt, "events.amazonaws.com", "{}")


def ended(request: str, error: str = "", attempt: int = 1, log: str = "") -> FunctionEnded:
    """Return the end of an attempt."""
    return FunctionEnded(request, "f", REGION, attempt, 20.0, error, "why" if error else "", "{}", log)


def call(operation: str, error: str = "", status: int = 200, service: str = "rds") -> CallMade:
    """Return a call of a function."""
    return CallMade(service, operation, REGION, REGION, status, error, ROLE)


@pytest.mark.parametrize(
    ("events", "verdict", "words"),
    [
        ((), Verdict.FAILED, "no function was invoked after the fault: no rule had an event for it"),
        (((20.0, started("1")), (21.0, ended("1"))), Verdict.PASSED, "all 1 invocations"),
        (((20.0, started("1")), (21.0, ended("1", "KeyError"))), Verdict.FAILED, "attempt 1 by KeyError: why"),
        (
            ((20.0, started("1")), (21.0, ended("1", "KeyError")), (80.0, started("1", 2)), (81.0, ended("1", "", 2))),
            Verdict.PASSED,
            "all 1",
        ),
        (
            ((20.0, started("1")), (21.0, ended("1", "KeyError", log="[ERROR] x\n  a.py, line 3: e['x']\n"))),
            Verdict.FAILED,
            "at a.py, line 3: e['x']",
        ),
        (
            (
                (20.0, started("1")),
                (20.5, call("ChangeResourceRecordSets", "no answer", 0, "route53")),
                (21.0, ended("1", "Sandbox.Timedout")),
            ),
            Verdict.FAILED,
            "route53 ChangeResourceRecordSets in eu-west-1 gave it no answer",
        ),
        (((20.0, started("1")),), Verdict.UNKNOWN, "did not end"),
        (
            ((20.0, EventHandedOver("e", "r", REGION, "arn:f", 1, "not let in")),),
            Verdict.FAILED,
            "the rule r in eu-west-1 could not hand over: not let in",
        ),
        (((20.0, RuleSeen("r", REGION, "AWS has no such event", "")),), Verdict.FAILED, "can never fire"),
    ],
)
def test_a_function_acts(events: tuple[tuple[float, Event], ...], verdict: Verdict, words: str) -> None:
    """The last attempt of each invocation counts, and without one the way to the function is told."""
    judgement = FunctionActs().judge(History.of(*STRUCK, *events))
    assert judgement.verdict is verdict
    assert words in judgement.sentence


def test_without_functions_or_a_fault_nothing_is_known() -> None:
    """No evidence is UNKNOWN."""
    assert FunctionActs().judge(History.of(*STRUCK[1:])).verdict is Verdict.UNKNOWN
    assert FunctionActs().judge(History.of(STRUCK[0])).verdict is Verdict.UNKNOWN
    assert OneFailover().judge(History.of(STRUCK[0])).verdict is Verdict.UNKNOWN


PROMOTION = call("PromoteReadReplica")


@pytest.mark.parametrize(
    ("failovers", "events", "verdict"),
    [
        (1, ((20.0, PROMOTION),), Verdict.PASSED),
        (1, ((5.0, PROMOTION), (20.0, PROMOTION)), Verdict.PASSED),
        (1, (), Verdict.FAILED),
        (1, ((20.0, PROMOTION), (21.0, PROMOTION)), Verdict.FAILED),
        (1, ((20.0, PROMOTION), (21.0, call("PromoteReadReplica", "InvalidDBInstanceState", 400))), Verdict.FAILED),
        (1, ((20.0, call("PromoteReadReplica", "silent", 0)), (21.0, PROMOTION)), Verdict.PASSED),
        (1, ((20.0, call("PromoteReadReplica", "Throttling", 400)), (21.0, PROMOTION)), Verdict.PASSED),
        (1, ((20.0, PROMOTION), (21.0, call("ChangeResourceRecordSets", service="route53"))), Verdict.PASSED),
        (0, (), Verdict.PASSED),
        (0, ((20.0, PROMOTION),), Verdict.FAILED),
    ],
)
def test_failovers_are_counted(failovers: int, events: tuple[tuple[float, Event], ...], verdict: Verdict) -> None:
    """What moves the service is asked for as often as there are outages; what AWS did not hear does not count."""
    assert OneFailover(failovers).judge(History.of(*STRUCK, *events)).verdict is verdict


STOP = StopAsked("its owner", 600.0)
ABORT = StopAsked("the operator", 0.0)


def script(status: int, started_seconds: float) -> ScriptEnded:
    """Return the end of a script that was interrupted."""
    return ScriptEnded("failover", "internet", REGION, started_seconds, status, interrupted=True, claims=False, said="")


@pytest.mark.parametrize(
    ("events", "verdict", "words"),
    [
        (((20.0, started("1")),), Verdict.UNKNOWN, "nobody asked for a stop"),
        (((20.0, STOP),), Verdict.UNKNOWN, "nothing was at work"),
        (((20.0, STOP), (30.0, started("1"))), Verdict.UNKNOWN, "nothing was at work"),
        (((20.0, started("1")), (40.0, STOP)), Verdict.PASSED, "nothing went on in spite of it"),
        (((20.0, started("1")), (21.0, PROMOTION), (40.0, STOP), (45.0, PROMOTION)), Verdict.PASSED, "nothing"),
        (
            ((20.0, started("1")), (40.0, STOP), (100.0, PROMOTION)),
            Verdict.FAILED,
            "its owner asked for a stop at 40.0 s, and 60.0 s later f in eu-west-1 called rds PromoteReadReplica",
        ),
        (((20.0, started("1")), (40.0, STOP), (700.0, PROMOTION)), Verdict.PASSED, "nothing"),
        (((40.0, ABORT), (41.0, script(130, started_seconds=20.0))), Verdict.PASSED, "the operator asked for a stop"),
        (((40.0, ABORT), (41.0, script(130, started_seconds=40.0))), Verdict.UNKNOWN, "nothing was at work"),
        (
            ((40.0, ABORT), (41.0, script(130, started_seconds=20.0)), (50.0, PROMOTION)),
            Verdict.PASSED,
            "nothing went on",
        ),
        (
            ((40.0, ABORT), (200.0, script(1, started_seconds=20.0))),
            Verdict.FAILED,
            "the operator aborted failover at 40.0 s, and it went on for 160.0 s and ended with status 1",
        ),
        (((40.0, ABORT), (41.0, script(0, started_seconds=20.0))), Verdict.FAILED, "ended with status 0"),
    ],
)
def test_a_stop_is_obeyed(events: tuple[tuple[float, Event], ...], verdict: Verdict, words: str) -> None:
    """From a moment after it was asked for until it lapses; what was at work before shows that somebody might obey."""
    judgement = StopObeyed().judge(History.of(*STRUCK, *events))
    assert judgement.verdict is verdict
    assert words in judgement.sentence


def test_without_a_fault_no_stop_is_judged() -> None:
    """A drill that never bit proves nothing."""
    assert StopObeyed().judge(History.of((1.0, started("1")), (2.0, STOP))).verdict is Verdict.UNKNOWN
