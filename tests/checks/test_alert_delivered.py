"""Who is told of an outage, on histories written out event by event; each failure names where the way breaks."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.alert_delivered import AlertDelivered
from ziggie_harness.model.alert_events import (
    AlarmChanged,
    AlarmSeen,
    AlertReceived,
    EventHandedOver,
    NotificationPublished,
    NotificationTried,
    RuleSeen,
)
from ziggie_harness.model.history import Event, FaultDidNotBite, FaultProved, FaultStruck, History, Noted
from ziggie_harness.model.verdict import Verdict

NORTH, EAST = "eu-north-1", "us-east-1"
Timed = tuple[tuple[float, Event], ...]

FAULT: Timed = ((10, FaultStruck("region outage", "primary")), (11, FaultProved("region outage", "primary", "dark")))
RAISED: Timed = ((150, AlarmChanged("primary-down", EAST, "OK", "ALARM", "Threshold Crossed")),)
END: Timed = ((600, Noted("the end")),)


def told(at: float, site: str = "internet", state: str = "ALARM", published: float | None = None) -> Timed:
    """Return a message and its arrival."""
    return (
        (at if published is None else published, NotificationPublished("m", "on-call", EAST, "primary-down")),
        (at, NotificationTried("m", "on-call", EAST, "https://pager", 1, "")),
        (at, AlertReceived("pager", site, "m", "primary-down", state)),
    )


def alarm(state: str = "ALARM", values: int = 9, unfed: str = "", region: str = EAST) -> Timed:
    """Return the alarm at the end."""
    return ((600, AlarmSeen("primary-down", region, "HealthCheckStatus", state, values, unfed)),)


def rule(never_fires: str = "", unemitted: str = "") -> Timed:
    """Return a rule at the end."""
    return ((600, RuleSeen("tell", EAST, never_fires, unemitted)),)


UNREACHED: Timed = (
    (151, NotificationPublished("m", "on-call", EAST, "primary-down")),
    (152, NotificationTried("m", "on-call", EAST, "https://pager", 1, "pager answers HTTP 500")),
)
UNHANDED: Timed = (
    (151, EventHandedOver("e", "tell", EAST, "arn", 1, "eu-north-1 cannot be reached")),
    (152, EventHandedOver("e", "tell", EAST, "arn", 2, "eu-north-1 cannot be reached")),
)

ROWS: dict[str, tuple[Timed, Verdict, str]] = {
    "in time": ((*FAULT, *RAISED, *told(160), *alarm()), Verdict.PASSED, "pager at internet was told 150.0 s"),
    "in time, twice": ((*FAULT, *told(160), *told(170), *alarm()), Verdict.PASSED, "150.0 s after the fault, of 300 s"),
    "too late": ((*FAULT, *RAISED, *told(400), *alarm()), Verdict.FAILED, "390.0 s after the fault, later than 300 s"),
    "inside the dark region": ((*FAULT, *RAISED, *told(160, NORTH), *alarm(), *END), Verdict.FAILED, "nobody outside"),
    "before the fault": ((*told(5), *FAULT, *RAISED, *alarm(), *END), Verdict.FAILED, "nobody outside eu-north-1"),
    "sent before it": ((*told(160, published=5), *FAULT, *alarm(), *END), Verdict.FAILED, "nobody outside eu-north-1"),
    "good news": ((*FAULT, *told(160, state="OK"), *alarm("OK"), *END), Verdict.FAILED, "never raised and is OK"),
    "a rule without events": (
        (*FAULT, *rule(never_fires="no event of aws.route53 ..."), *END),
        Verdict.FAILED,
        "the rule tell in us-east-1 can never fire: no event of aws.route53",
    ),
    "an alarm without data": (
        (*FAULT, *alarm("INSUFFICIENT_DATA", 0, "metrics are in us-east-1 only", NORTH), *END),
        Verdict.FAILED,
        "the alarm primary-down in eu-north-1 was never raised and is INSUFFICIENT_DATA: metrics are in us-east-1 only",
    ),
    "an alarm whose metric ceased": ((*FAULT, *alarm("OK", 0), *END), Verdict.FAILED, "its metric has no values"),
    "an alarm raised before": ((*FAULT, *alarm(), *END), Verdict.FAILED, "had been raised before the outage"),
    "a dead target": ((*FAULT, *RAISED, *UNHANDED, *alarm(), *rule(), *END), Verdict.FAILED, "could not hand over"),
    "a dead subscriber": ((*FAULT, *RAISED, *UNREACHED, *alarm(), *END), Verdict.FAILED, "pager answers HTTP 500"),
    "no subscriber": ((*FAULT, *RAISED, UNREACHED[0], *alarm(), *END), Verdict.FAILED, "no confirmed subscriber"),
    "no way": ((*FAULT, *RAISED, *alarm(), *END), Verdict.FAILED, "nothing leads from what was raised"),
    "an event lost": (
        (*FAULT, *RAISED, *alarm(), *rule(), *END),
        Verdict.FAILED,
        "no event that it matches reached the rule tell",
    ),
    "a gap of the lab": (
        (*FAULT, *rule(unemitted="the lab emits no 'RDS DB Instance Event'"), *END),
        Verdict.UNKNOWN,
        "the lab emits no",
    ),
    "not watched": (
        (*FAULT, *RAISED, *((at - 400, seen) for at, seen in alarm())),
        Verdict.UNKNOWN,
        "190.0 s that were",
    ),
    "nothing declared": ((*FAULT, *END), Verdict.UNKNOWN, "none are declared"),
    "no bite": (
        ((10, FaultStruck("region outage", "primary")), (11, FaultDidNotBite("region outage", "primary", "calm"))),
        Verdict.UNKNOWN,
        "the fault never bit",
    ),
    "nothing": ((), Verdict.UNKNOWN, "the fault never bit"),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_history_has_its_verdict(name: str) -> None:
    """The verdict, and the sentence that its owner understands."""
    timed, verdict, part = ROWS[name]
    judgement = AlertDelivered(300, NORTH).judge(History.of(*sorted(timed, key=lambda pair: pair[0])))
    assert judgement.verdict is verdict, judgement.sentence
    assert part in judgement.sentence


def test_a_broken_way_is_told_once() -> None:
    """A target that is tried a hundred times is one break."""
    history = History.of(*FAULT, *RAISED, *UNHANDED, *alarm(), *rule(), *END)
    assert AlertDelivered(300, NORTH).judge(history).sentence.count("could not hand over") == 1
