"""Recovery of objects from their versions, where all were deleted or overwritten and replication has carried it on.

An operator compares what was acknowledged with what is there, stops to think, and makes every object what it was when
the last of the damaged ones was acknowledged: from versions that versioning keeps and Object Lock protects. The copies
are new versions, which replication carries to the other region.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _object_damage
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ObjectRestore:
    """Restores the objects of the primary region's bucket."""

    name: ClassVar[str] = "object restore"
    phrase: ClassVar[str] = "by restoring objects from their versions"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.OBJECTS})

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        well_seconds = _object_damage.decide(world)
        restored = world.objects.restore(Role.PRIMARY, well_seconds, world.site(Role.PRIMARY))
        world.journal.record(StepTaken("restored", f"{restored} objects were made what they were"))
