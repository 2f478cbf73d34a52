"""Failover by the database itself: the members that are left elect a primary, and nobody has to decide.

Route 53 moves the name by its health checks meanwhile. A service reaches the primary wherever it is, so neither waits
for the other.
"""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

LOOK_SECONDS: Final = 0.25
"""How often somebody asks the set who its primary is."""


class Election:
    """Waits until the secondary region reaches a primary, and does nothing else."""

    name: ClassVar[str] = "election"
    phrase: ClassVar[str] = "by election"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DNS, Capability.HEALTH_CHECKS, Capability.MONGODB})

    def run(self, world: World) -> None:
        """Wait for the election."""
        observer = world.site(Role.SECONDARY)
        wait_until(
            world.clock,
            "a primary",
            lambda: world.promotion_obstacle(Role.SECONDARY, observer),
            at_most_seconds=_takeover.CEILING_SECONDS,
            every_seconds=LOOK_SECONDS,
        )
        world.journal.record(StepTaken("promoted", "the members that are left have a primary"))
