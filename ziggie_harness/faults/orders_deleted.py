"""A slip deletes the orders, and replication carries it to every copy within a second: the answer is a restore."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

JOB = "clean_up"


class OrdersDeleted:
    """Runs a clean-up that deletes every order of the region's database; they do not come back at the end."""

    name: ClassVar[str] = "orders deleted"
    phrase: ClassVar[str] = "the orders of the {role} region are deleted"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Delete the orders, and remove the traces of the clean-up alone at the end of the block."""
        return world.job(target, JOB)

    def proof(self, world: World, target: Role) -> str | None:
        """Look for what the clean-up tells of itself."""
        return world.job_seen(target, JOB)
