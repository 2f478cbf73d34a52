"""Recovery of objects from their backup, where their older versions are deleted in both regions, too.

An operator compares what was acknowledged with what is there, stops to think, and puts back every object as the backup
had it when the last of the damaged ones was acknowledged. What was stored since the last run of the backup is lost.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _object_damage
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ObjectBackupRestore:
    """Restores the objects of the primary region's bucket from the backup."""

    name: ClassVar[str] = "object backup restore"
    phrase: ClassVar[str] = "by restoring objects from their backup"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.OBJECTS})

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        well_seconds = _object_damage.decide(world)
        restored = world.objects.restore_from_backup(Role.PRIMARY, well_seconds, world.site(Role.PRIMARY))
        world.journal.record(StepTaken("restored", f"{restored} objects were put back as the backup had them"))
