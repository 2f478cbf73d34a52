"""A bulk load: so much is written to a database at once that whoever keeps its log for others notices."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

JOB = "bulk_load"


class BulkLoad:
    """Imports some 16 MB into the region's database, and removes them at the end."""

    name: ClassVar[str] = "bulk load"
    phrase: ClassVar[str] = "the database of the {role} region takes a bulk load"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Load for the block."""
        return world.job(target, JOB)

    def proof(self, world: World, target: Role) -> str | None:
        """Look for what was loaded."""
        return world.job_seen(target, JOB)
