"""Nobody may promote in a region any more: a policy of the organization's was changed, and nothing is down.

Source: AWS Organizations user guide, "Service control policies": they deny whatever a role's own policy allows.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

DENIED: Final = "with an explicit deny in a service control policy"

TROUBLE: Final = Trouble(
    code="AccessDenied",
    message=f"User is not authorized to perform: rds:PromoteReadReplica {DENIED}",
    status=403,
    operations=frozenset({"PromoteReadReplica"}),
)


class PromotionsDenied:
    """Answers every promotion in the region with AccessDenied; RDS does everything else."""

    name: ClassVar[str] = "promotions denied"
    phrase: ClassVar[str] = "RDS of the {role} region denies every promotion"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Deny for the block."""
        return world.api.troubled(target, "rds", TROUBLE)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask for the promotion of an instance that nobody has, and see that it is denied before it is looked for."""
        said = world.api.obstacle(CLIENTS, target, "rds promotions")
        return said if said and DENIED in said else None
