"""A database loses its host: what stands by in another zone of the region may take over, with the same data."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class HostFailure:
    """Kills the region's database with its host; a host is there again at the end, unless a standby took over."""

    name: ClassVar[str] = "host failure"
    phrase: ClassVar[str] = "the database host of the {role} region fails"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Lose the host for the block."""
        return world.lose_host(target)

    def proof(self, world: World, target: Role) -> str | None:
        """Try to write from within the region."""
        return world.writer_obstacle(target, f"canary-proof-{world.clock.now():.6f}")
