"""A switch to the secondary region as it is planned for a quiet day: nothing has to be unhealthy, nothing is lost.

The writer stops, the replica receives the rest, the name moves and the replica is promoted. Against data that were
deleted or spoilt it does not help: the replica has the same.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _takeover
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class PlannedSwitch:
    """Moves the service when an operator wants it so."""

    name: ClassVar[str] = "planned switch"
    phrase: ClassVar[str] = "by a planned switch"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        world.journal.record(StepTaken("decided", "the operator wants it"))
        _takeover.switch(world, Role.SECONDARY)
