"""The schema changes: a release of the application migrates the database while clients go on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

JOB = "migration"


class SchemaChange:
    """Adds a column and a table in the region's database, and takes them away at the end."""

    name: ClassVar[str] = "schema change"
    phrase: ClassVar[str] = "the schema of the {role} region changes"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Migrate for the block, as this design does it."""
        return world.job(target, JOB)

    def proof(self, world: World, target: Role) -> str | None:
        """Look for what the migration added."""
        return world.job_seen(target, JOB)
