"""The AWS endpoints of a region refuse connections: the address is there, and nobody listens."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class ApiRefused:
    """Closes the door of every AWS service of a region; connections that are open are reset."""

    name: ClassVar[str] = "API refused"
    phrase: ClassVar[str] = "the AWS endpoints of the {role} region refuse connections"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Refuse for the block."""
        return world.api.refusing(target)

    def proof(self, world: World, target: Role) -> str | None:
        """Connect to an endpoint of the region from outside."""
        return world.api.obstacle(CLIENTS, target, "secretsmanager")
