"""Failover by force: an operator makes the members that are left the whole set, where they cannot elect by themselves.

MongoDB manual, "Reconfigure a Replica Set with Unavailable Members": force can lose what only the others have, and
makes two sets of one when they come back. A set that elects by itself is left alone.
"""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

DECISION_SECONDS: Final = 60.0
"""How long the operator waits for an election and decides; an assumption, until a drill with people measures it."""

LOOK_SECONDS: Final = 0.25
"""How often somebody asks the set who its primary is."""


class ForcedReconfiguration:
    """Gives the set time to elect, and then forces it."""

    name: ClassVar[str] = "forced reconfiguration"
    phrase: ClassVar[str] = "by forced reconfiguration"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DNS, Capability.HEALTH_CHECKS, Capability.MONGODB})

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        operator = world.site(Role.SECONDARY)

        def leaderless() -> str | None:
            """Say why nobody is a primary that the operator can reach."""
            return world.promotion_obstacle(Role.SECONDARY, operator)

        if reason := leaderless():
            world.journal.record(StepTaken("detected", reason))
        world.clock.sleep(DECISION_SECONDS)
        if leaderless():
            world.journal.record(StepTaken("decided", f"nobody was elected in {DECISION_SECONDS:g} s"))
            world.promote(Role.SECONDARY, operator)
        wait_until(
            world.clock, "a primary", leaderless,
            at_most_seconds=_takeover.CEILING_SECONDS, every_seconds=LOOK_SECONDS,
        )  # fmt: skip
        world.journal.record(StepTaken("promoted", "the members that are left have a primary"))
