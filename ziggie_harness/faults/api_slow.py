"""Secrets Manager of a region answers correctly, and much too late for whoever waits."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

TROUBLE: Final = Trouble(delay_seconds=20.0)


class ApiSlow:
    """Delays every answer of the service in a region by 20 s."""

    name: ClassVar[str] = "API slow"
    phrase: ClassVar[str] = "Secrets Manager of the {role} region answers late"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Be slow for the block."""
        return world.api.troubled(target, "secretsmanager", TROUBLE)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask Secrets Manager from outside for a list, and see how long it takes and what it says."""
        return world.api.obstacle(CLIENTS, target, "secretsmanager")
