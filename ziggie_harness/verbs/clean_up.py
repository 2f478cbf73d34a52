"""Clean up: remove everything that a test failover made, so that nothing tells of it but its record."""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.rehearsal_events import AFTER_CLEAN_UP
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class CleanUp:
    """Removes the copy, its server and the snapshot."""

    name: ClassVar[str] = "clean up"
    phrase: ClassVar[str] = "cleans up after the test"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.POSTGRESQL, Capability.SERVICE})

    def run(self, world: World) -> None:
        """Remove them, and list what is there."""
        world.rehearsal.remove(Role.SECONDARY, CLIENTS, snapshot=True)
        world.journal.record(world.inventory(AFTER_CLEAN_UP))
