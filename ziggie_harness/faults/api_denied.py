"""Secrets Manager of a region denies what it allowed before: somebody changed a policy, and nothing is down."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

TROUBLE: Final = Trouble(
    code="AccessDeniedException",
    message="User is not authorized to perform this action because a service control policy explicitly denies it",
)


class ApiDenied:
    """Answers every call of the service in a region with AccessDeniedException."""

    name: ClassVar[str] = "API denied"
    phrase: ClassVar[str] = "Secrets Manager of the {role} region denies everybody"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Deny for the block."""
        return world.api.troubled(target, "secretsmanager", TROUBLE)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask Secrets Manager from outside for a list, and see how long it takes and what it says."""
        return world.api.obstacle(CLIENTS, target, "secretsmanager")
