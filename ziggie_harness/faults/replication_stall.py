"""Replication stalls: what the other region would send never leaves it, and nobody else notices."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ReplicationStall:
    """Makes the packets from the other region to the replica's region vanish."""

    name: ClassVar[str] = "replication stall"
    phrase: ClassVar[str] = "replication to the {role} region stalls"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS, Capability.POSTGRESQL})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Cut the way from the region that writes to the target, for the block."""
        source = Role.PRIMARY if target is Role.SECONDARY else Role.SECONDARY
        return world.sever(world.site(source), world.site(target))

    def proof(self, world: World, target: Role) -> str | None:
        """Return how far the replica is behind, once it is."""
        return world.replication_lag(target)
