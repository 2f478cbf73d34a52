"""Failover by the owner's function, which an event hands over to: nobody helps it, and nobody waits for it but clients.

It is declared under `functions`, with the rule that invokes it. What this way does is to look until the secondary
region takes writes.
"""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

LOOK_SECONDS: Final = 5.0
"""How often somebody looks."""


class ByFunction:
    """Waits until the function has moved the service, and does nothing else."""

    name: ClassVar[str] = "function"
    phrase: ClassVar[str] = "by the function"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.SERVICE, Capability.ALERTS, Capability.FUNCTIONS}
    )

    def run(self, world: World) -> None:
        """Wait until the secondary region takes writes."""
        if not world.topology.functions:
            raise LabError(
                "the topology has no function", hint="declare it under `functions`, and a rule that calls it"
            )
        wait_until(
            world.clock,
            "the function to move the service",
            lambda: world.writer_obstacle(Role.SECONDARY, f"canary-function-{world.clock.now():.6f}"),
            at_most_seconds=_takeover.CEILING_SECONDS,
            every_seconds=LOOK_SECONDS,
        )
        world.journal.record(StepTaken("promoted", "the secondary region takes writes"))
