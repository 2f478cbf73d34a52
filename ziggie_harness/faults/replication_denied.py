"""The role that copies objects loses its permission: somebody tidies up, and no rule and no console shows it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ReplicationDenied:
    """Takes the policy from the role; what is stored meanwhile fails to be copied, and stays so after the end."""

    name: ClassVar[str] = "replication denied"
    phrase: ClassVar[str] = "the objects of the {role} region may not be copied"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.OBJECTS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Take the permission, for the block."""
        return world.objects.without_permission()

    def proof(self, world: World, target: Role) -> str | None:
        """Send an object through: it does not arrive."""
        return world.objects.canary_obstacle()
