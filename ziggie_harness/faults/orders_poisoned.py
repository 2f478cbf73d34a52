"""Wrong updates spoil the orders, and replication carries them to every copy within a second: the answer is a restore.

The rows are all there, and the database is well; it is only that no order has its own number any more.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

JOB = "renumbering"


class OrdersPoisoned:
    """Runs a job that gives every order of the region's database a wrong number; they keep it at the end."""

    name: ClassVar[str] = "orders poisoned"
    phrase: ClassVar[str] = "the orders of the {role} region are poisoned"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Renumber the orders, and remove the traces of the job alone at the end of the block."""
        return world.job(target, JOB)

    def proof(self, world: World, target: Role) -> str | None:
        """Look for what the job tells of itself."""
        return world.job_seen(target, JOB)
