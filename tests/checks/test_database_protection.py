"""The check of the instance that serves, on histories written out event by event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ziggie_harness.checks.database_protection import DatabaseProtection
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.database_events import InstanceDescribed
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

WEST = "eu-west-1"
SERVED = (1.0, RequestEnded("writes", "write", "order-1", 0.9, Outcome.ACKNOWLEDGED, WEST, "", ""))
FAULT = ((0.1, FaultStruck("region outage", "primary")), (0.2, FaultProved("region outage", "primary", "silence")))
WHOLE = InstanceDescribed("ziggie-replica", WEST, multi_az=True, backup_retention_days=7, encrypted=True)

ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "protected, and no fault": ((SERVED, (9.0, WHOLE)), Verdict.UNKNOWN, "the fault never bit"),
    "protected": (
        (*FAULT, SERVED, (9.0, WHOLE)),
        Verdict.PASSED,
        "ziggie-replica in eu-west-1 has a standby in another zone",
    ),
    "single": (
        (*FAULT, SERVED, (9.0, replace(WHOLE, multi_az=False))),
        Verdict.FAILED,
        "has no standby in another zone",
    ),
    "one day": ((*FAULT, SERVED, (9.0, replace(WHOLE, backup_retention_days=1))), Verdict.FAILED, "for 1 days of 7"),
    "plain": ((*FAULT, SERVED, (9.0, replace(WHOLE, encrypted=False))), Verdict.FAILED, "is not encrypted"),
    "another region's": (
        (*FAULT, SERVED, (9.0, replace(WHOLE, region="eu-north-1"))),
        Verdict.UNKNOWN,
        "nobody described",
    ),
    "nobody looked": ((*FAULT, SERVED), Verdict.UNKNOWN, "nobody described"),
    "empty": ((), Verdict.UNKNOWN, "the fault never bit"),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_the_instance_that_serves(
    events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that says what is missing."""
    judgement = DatabaseProtection(7).judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_sabotage_a_promotion_with_the_defaults_is_caught() -> None:
    """Everything that RDS leaves out by default is named in one sentence."""
    bare = replace(WHOLE, multi_az=False, backup_retention_days=1, encrypted=False)
    judgement = DatabaseProtection(7).judge(History.of(*FAULT, SERVED, (9.0, bare)))
    assert judgement.verdict is Verdict.FAILED
    assert judgement.sentence.count(",") == 4
