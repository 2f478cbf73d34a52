"""Failover by the corrected script, which the operator aborts half-way, after the promotion began, and runs again."""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _operator, _script
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

HALF_WAY: Final = "PromoteReadReplica"

SECOND_THOUGHT_SECONDS: Final = 30.0
"""How long the operator hesitates before the script is run again; an assumption."""


class InterruptedScript:
    """Runs the script, presses Ctrl-C, and runs it again."""

    name: ClassVar[str] = "interrupted script"
    phrase: ClassVar[str] = "by the corrected script, aborted half-way and run again"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE, Capability.RUNBOOKS}
    )

    def run(self, world: World) -> None:
        """Run it twice when the operator has decided."""
        _operator.detect(world)
        _operator.decide(world)
        _script.run(world, _script.declared(world, "failover"), Role.SECONDARY, interrupted_after=HALF_WAY)
        world.clock.sleep(SECOND_THOUGHT_SECONDS)
        _script.run(world, _script.declared(world, "failover"), Role.SECONDARY)
