"""RDS of a region answers two calls of three that it was asked too often: on such a day everybody asks.

Source: RDS API reference, "Common errors", ThrottlingException; RDS user guide, "Troubleshooting applications on Amazon
RDS": Throttling, "Rate exceeded".
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

TROUBLE: Final = Trouble(code="Throttling", message="Rate exceeded", every=3)


class RdsThrottled:
    """Lets every third call through, and answers the others with Throttling."""

    name: ClassVar[str] = "RDS throttled"
    phrase: ClassVar[str] = "RDS of the {role} region throttles two calls of three"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Throttle for the block."""
        return world.api.troubled(target, "rds", TROUBLE)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask RDS for its instances, and see what it says."""
        return world.api.obstacle(CLIENTS, target, "rds")
