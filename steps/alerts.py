"""Then: who is told of an outage, and how soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import then

from ziggie_harness.checks.alert_delivered import AlertDelivered
from ziggie_harness.model.verdict import Verdict
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.topology import Role


@then(
    sentence(r"somebody outside the {role} region is told within (?P<duration>\d.*)"),
    converters=CONVERTERS,
)
def somebody_is_told(stage: Stage, role: Role, duration: float) -> None:
    """Judge when the first receiver outside the region heard of the outage."""
    check = AlertDelivered(duration, stage.drill.world.site(role))
    stage.drill.watch_until("an alert", lambda: _untold(check, stage), duration)
    stage.hold([check])


def _untold(check: AlertDelivered, stage: Stage) -> str | None:
    """Return why nobody is known to be told yet, or None."""
    judgement = check.judge(stage.drill.history)
    return None if judgement.verdict is Verdict.PASSED else judgement.sentence
