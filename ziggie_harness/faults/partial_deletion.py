"""A clean-up deletes something here and there: harder to notice than an empty table, and replicated like everything."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

JOB = "retention"


class PartialDeletion:
    """Deletes every second order of the region's database, and every second entry of a load; none comes back."""

    name: ClassVar[str] = "partial deletion"
    phrase: ClassVar[str] = "every second entry of the {role} region is deleted"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Delete, and remove the traces of the clean-up alone at the end of the block."""
        return world.job(target, JOB)

    def proof(self, world: World, target: Role) -> str | None:
        """Look for what the clean-up tells of itself."""
        return world.job_seen(target, JOB)
