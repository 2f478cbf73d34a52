"""The check of what health checks tell, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.told_health import ToldHealth
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, HealthTold, History
from ziggie_harness.model.verdict import Verdict

FAULT = (
    (10.0, FaultStruck("region outage", "primary")),
    (10.1, FaultProved("region outage", "primary", "it is silent")),
)
ALERT = "Failure: SSL alert handshake_failure"
EXPIRED = "certificate verify failed: certificate has expired"


def told(at: float, said: str, refusal: str = "", *, healthy: bool, name: str = "north") -> tuple[float, Event]:
    """Tell of a health check, and of the client who asked at the same time."""
    return at, HealthTold(name, f"eu-{name}-1", healthy, said, refusal)


SOUND = (
    told(90, "Failure: silence", "no connection in time", healthy=False),
    told(90, "Success: 200", healthy=True, name="west"),
)

ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "both right": ((*FAULT, *SOUND), Verdict.PASSED, "all 2 health checks tell what a client finds"),
    "unhealthy and served": (
        (*FAULT, told(90, ALERT, healthy=False)),
        Verdict.FAILED,
        f"north calls eu-north-1 unhealthy ({ALERT}), and a client who asks there for the public name is served",
    ),
    "healthy and refused": (
        (*FAULT, told(90, "Success: 200", EXPIRED, healthy=True)),
        Verdict.FAILED,
        "north calls eu-north-1 healthy (Success: 200), and a client who asks there for the public name is not served: "
        + EXPIRED,
    ),
    "one of two": (
        (*FAULT, *SOUND, told(95, ALERT, healthy=False, name="west")), Verdict.FAILED, "west calls",
    ),
    "the last one counts": (
        (*FAULT, told(50, ALERT, healthy=False), told(90, "Success: 200", healthy=True)), Verdict.PASSED, "all 1",
    ),
    "nobody compared": (FAULT, Verdict.UNKNOWN, "nobody compared health checks with a client"),
    "no fault": (SOUND, Verdict.UNKNOWN, "the fault never bit"),
}  # fmt: skip


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_what_health_checks_told(
    events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that names the health check, its words and what is true."""
    judgement = ToldHealth().judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
