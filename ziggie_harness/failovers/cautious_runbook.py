"""Failover by an operator's runbook that promotes no replica which was behind: rather wait than lose what it lacks.

The operator looks at the lag that monitoring told in the five minutes before the loss was noticed. If it was ever more
than a minute, they wait for the primary region to come back. So the plan is as good as the metric.
"""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _operator
from ziggie_harness.model.database_events import LagTold
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import Noted
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

LOOK_BACK_SECONDS: Final = 300.0

LAG_SECONDS: Final = 60.0
"""Of how much lag the operator is afraid."""


class CautiousRunbook:
    """Moves the service by the steps of a person on call, who looks at the lag first."""

    name: ClassVar[str] = "cautious runbook"
    phrase: ClassVar[str] = "by the runbook if the replica was up to date"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order, or none of them."""
        _operator.detect(world)
        objection = _objection(world)
        _operator.decide(world)
        if objection is None:
            _operator.move(world)
        else:
            world.journal.record(Noted(f"the operator waits for the primary region to come back: {objection}"))


def _objection(world: World) -> str | None:
    """Return why the replica is not to be promoted, by what monitoring has told of it, or None."""
    since, replica = world.clock.now() - LOOK_BACK_SECONDS, world.site(Role.SECONDARY)
    told = [event for at, event in world.journal.history().of_kind(LagTold) if at >= since and event.region == replica]
    if not told:
        return "nobody told how far the replica was behind"
    worst = max(told, key=lambda event: event.told_seconds)
    if worst.told_seconds <= LAG_SECONDS:
        return None
    return f"{worst.told_by} told that the replica was {worst.told_seconds:.0f} s behind"
