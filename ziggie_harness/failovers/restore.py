"""Recovery by a restore, where data were deleted and every replica has lost them too: no failover helps.

An operator finds orders missing, stops the writer, restores a new instance to the minute before the last one that is
missing was acknowledged, and carries over what was written since. The minute is a margin: an operator knows the moment
of the slip from the orders alone. What was written in it is lost; what was written after the slip is not.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

DECISION_SECONDS: Final = 120.0
"""How long the operator takes to look and decide; an assumption, until a drill with people measures it."""

AUDIT_SECONDS: Final = 10.0
"""How often somebody compares what was acknowledged with what is there."""

MARGIN_SECONDS: Final = 60.0
"""How long before the last missing order the database is restored to."""


class Restore:
    """Restores the primary region's database and has the service stand on it."""

    name: ClassVar[str] = "restore"
    phrase: ClassVar[str] = "by restoring to the minute before"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.POSTGRESQL, Capability.SERVICE})

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        missing = _await_missing(world)
        world.journal.record(StepTaken("detected", f"orders are missing, the last one of {missing:.1f} s"))
        world.clock.sleep(DECISION_SECONDS)
        world.journal.record(StepTaken("decided", f"the operator was given {DECISION_SECONDS:g} s to decide"))
        # The other region's database is a replica, so as long as the lease is meant for it nobody may write.
        _takeover.appoint(world, Role.SECONDARY)
        wait_until(
            world.clock,
            "the writer to stop",
            lambda: None if _refusal(world) else "it takes writes",
            at_most_seconds=_takeover.CEILING_SECONDS,
        )
        world.journal.record(StepTaken("fenced", "the damaged database takes no writes any more"))
        world.restore(Role.PRIMARY, math.floor(missing - MARGIN_SECONDS), world.site(Role.PRIMARY))
        _takeover.appoint(world, Role.PRIMARY)
        wait_until(
            world.clock,
            "the restored database to take writes",
            lambda: _refusal(world),
            at_most_seconds=_takeover.CEILING_SECONDS,
        )
        world.journal.record(StepTaken("restored", "the service stands on the restored database"))


def _await_missing(world: World) -> float:
    """Return when the last of the missing orders had been acknowledged; rests until one is missing."""
    while True:
        acknowledged = {
            request.identity: at
            for at, request in world.journal.history().requests("write")
            if request.outcome is Outcome.ACKNOWLEDGED
        }
        there = frozenset(world.written(Role.PRIMARY))
        missing = [at for identity, at in acknowledged.items() if identity not in there]
        if missing:
            return max(missing)
        world.clock.sleep(AUDIT_SECONDS)


def _refusal(world: World) -> str | None:
    """Return why the primary region refuses a write, or None."""
    return world.writer_obstacle(Role.PRIMARY, f"canary-restore-{world.clock.now():.6f}")
