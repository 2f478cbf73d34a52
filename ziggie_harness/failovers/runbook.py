"""Failover by an operator's runbook, corrected: confirm, decide, fence, promote, then move the name.

The order is the point (guide §6 has it the other way round): traffic moves only when a write in the new region is
durable and the old writer is fenced. The records are changed in one batch that keeps them failover records, so the
name stays with the secondary region when the old primary comes back.
"""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

DECISION_SECONDS: Final = 120.0
"""How long the operator takes to look and decide; an assumption, until a drill with people measures it."""

CONFIRM_SECONDS: Final = 10.0


class Runbook:
    """Moves the service by the steps of a person on call."""

    name: ClassVar[str] = "runbook"
    phrase: ClassVar[str] = "by the runbook"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        wait_until(
            world.clock,
            "the primary region to be found unhealthy by a client",
            lambda: None if world.unhealthy(CLIENTS, Role.PRIMARY) else "it is healthy",
            at_most_seconds=_takeover.CEILING_SECONDS,
            every_seconds=CONFIRM_SECONDS,
        )
        world.journal.record(StepTaken("detected", "a client finds the primary region unhealthy"))
        world.clock.sleep(DECISION_SECONDS)
        world.journal.record(StepTaken("decided", f"the operator was given {DECISION_SECONDS:g} s to decide"))
        _takeover.fence(world)
        _takeover.promote(world)
        world.point_name_at(Role.SECONDARY, world.site(Role.SECONDARY))
        world.journal.record(StepTaken("switched", "Route 53 accepted the change of the records"))
        _takeover.take_secrets(world)
