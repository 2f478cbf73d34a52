"""A file is imported: a few megabytes are written to a database at once, as on any day."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

JOB = "file_import"


class FileImport:
    """Imports some 6 MB into the region's database, and removes them at the end."""

    name: ClassVar[str] = "file import"
    phrase: ClassVar[str] = "the database of the {role} region takes an import"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Import for the block."""
        return world.job(target, JOB)

    def proof(self, world: World, target: Role) -> str | None:
        """Look for what was imported."""
        return world.job_seen(target, JOB)
