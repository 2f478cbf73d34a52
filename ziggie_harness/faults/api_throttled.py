"""Secrets Manager of a region answers that it was asked too often.

Source: Secrets Manager API reference, Common Errors, ThrottlingException.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

TROUBLE: Final = Trouble(code="ThrottlingException", message="Rate exceeded")


class ApiThrottled:
    """Answers every call of the service in a region with ThrottlingException."""

    name: ClassVar[str] = "API throttled"
    phrase: ClassVar[str] = "Secrets Manager of the {role} region throttles"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Throttle for the block."""
        return world.api.troubled(target, "secretsmanager", TROUBLE)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask Secrets Manager from outside for a list, and see how long it takes and what it says."""
        return world.api.obstacle(CLIENTS, target, "secretsmanager")
