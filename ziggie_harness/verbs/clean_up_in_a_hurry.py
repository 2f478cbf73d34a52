"""A clean-up with a mistake: the copy is removed, and the snapshot that it was made from stays.

Nobody misses anything, and it costs little. It holds the data of all clients, and every test leaves one more.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.rehearsal_events import AFTER_CLEAN_UP
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class CleanUpInAHurry:
    """Removes the copy and its server."""

    name: ClassVar[str] = "clean up in a hurry"
    phrase: ClassVar[str] = "cleans up after the test, but for the snapshot"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.POSTGRESQL, Capability.SERVICE})

    def run(self, world: World) -> None:
        """Remove them, and list what is there."""
        world.rehearsal.remove(Role.SECONDARY, CLIENTS, snapshot=False)
        world.journal.record(world.inventory(AFTER_CLEAN_UP))
