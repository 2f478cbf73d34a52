"""Check readiness: look at everything that a recovery in the secondary region depends on, and change nothing.

A scenario that is to stop at an obstacle says `the secondary region is ready to take over`, before or after.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class CheckReadiness:
    """Makes every examination, and keeps what was found."""

    name: ClassVar[str] = "check readiness"
    phrase: ClassVar[str] = "checks readiness"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.SERVICE})

    def run(self, world: World) -> None:
        """Look."""
        for found in world.examine(Role.SECONDARY):
            world.journal.record(found)
