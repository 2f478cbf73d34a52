"""A region goes dark: its packets vanish, in and out, without a reset."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class RegionOutage:
    """Cuts a region off from every other place; what runs inside goes on running, unseen."""

    name: ClassVar[str] = "region outage"
    phrase: ClassVar[str] = "the {role} region suffers a region outage"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Make the packets of the region vanish, for the block."""
        return world.isolate(world.site(target))

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's own endpoint from outside: silence shows the outage."""
        return world.unhealthy(CLIENTS, target)
