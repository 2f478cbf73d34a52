"""The check of availability, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.service_available import ServiceAvailable
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.history import FAIL_BACK, Event, FaultProved, FaultStruck, History, PhaseEntered
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
ACK, NO = Outcome.ACKNOWLEDGED, Outcome.REFUSED
FAULT = ((10.0, FaultStruck("server freeze", "primary")), (10.1, FaultProved("server freeze", "primary", "no answer")))


def ask(started: float, outcome: Outcome, probe: str = "reader", region: str = NORTH) -> tuple[float, Event]:
    """Return a read that started then and ended a tenth of a second later."""
    reason = "" if outcome is ACK else "connection refused"
    return started + 0.1, RequestEnded(probe, "read", "a", started, outcome, region, "", reason)


BLIP = (*FAULT, ask(11, ACK), ask(12, NO), ask(13, NO), ask(14, ACK), ask(20, ACK))

ROWS = {
    "a short outage": (
        BLIP,
        "",
        Verdict.PASSED,
        "unavailable for 2.1 s of 3 s: reader had 2 failed reads in a row from 12.0 s",
    ),
    "none": ((*FAULT, ask(11, ACK)), NORTH, Verdict.PASSED, "all 1 requests after the fault succeeded"),
    "empty": ((), "", Verdict.UNKNOWN, "the fault never bit"),
    "no requests": (FAULT, "", Verdict.UNKNOWN, "no request ended after the fault"),
    "a long outage": (
        (*FAULT, ask(11, NO), ask(15, ACK)),
        "",
        Verdict.FAILED,
        "from 11.0 s to 15.1 s of drill time, which said 'connection refused' (1 x)",
    ),
    "never over": ((*FAULT, ask(11, NO), ask(15, NO)), "", Verdict.FAILED, "unavailable for 4.1 s"),
    "not over when the watch ends": (
        (*FAULT, ask(11, ACK), ask(12, NO)),
        "",
        Verdict.UNKNOWN,
        "was not over when the watch ended",
    ),
    "one probe does not hide another": (
        (*FAULT, ask(11, NO), ask(12, ACK, "writer"), ask(13, NO), ask(14, ACK, "writer"), ask(15, ACK)),
        "",
        Verdict.FAILED,
        "unavailable for 4.1 s",
    ),
    "failures before the fault do not count": (
        (ask(1, NO), ask(8, NO), *BLIP),
        "",
        Verdict.PASSED,
        "unavailable for 2.1 s",
    ),
    "another region serves": (BLIP, WEST, Verdict.FAILED, "but at the end eu-north-1 serves and not eu-west-1"),
}


@pytest.mark.parametrize(("events", "region", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_the_longest_outage(
    events: tuple[tuple[float, Event], ...], region: str, verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that says who was not served and when."""
    judgement = ServiceAvailable(3, region).judge(History.of(*events))
    assert judgement.check == "service-available"
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_a_phase_is_judged_from_its_beginning() -> None:
    """The outage of the disaster is not that of the way back, and a way back that never began proves nothing."""
    disaster = (*FAULT, ask(11, NO), ask(40, ACK))
    back = (*disaster, (50.0, PhaseEntered(FAIL_BACK)), ask(51, NO), ask(53, ACK))
    judgement = ServiceAvailable(3, NORTH, FAIL_BACK).judge(History.of(*back))
    assert judgement.verdict is Verdict.PASSED
    assert "unavailable for 2.1 s" in judgement.sentence
    assert ServiceAvailable(2, NORTH, FAIL_BACK).judge(History.of(*back)).verdict is Verdict.FAILED
    assert ServiceAvailable(3, NORTH, FAIL_BACK).judge(History.of(*disaster)).verdict is Verdict.UNKNOWN


def test_sabotage_an_outage_made_longer_is_caught() -> None:
    """The same history passes, and fails once its successes in between become failures."""
    longer = (*BLIP[:5], ask(14, NO), ask(20, ACK))
    assert ServiceAvailable(3).judge(History.of(*BLIP)).verdict is Verdict.PASSED
    assert ServiceAvailable(3).judge(History.of(*longer)).verdict is Verdict.FAILED
