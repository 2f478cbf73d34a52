"""EC2 of a region has no servers left: who wants to launch some on the day of a disaster is not alone.

Source: EC2 user guide, "Insufficient instance capacity"; Auto Scaling accepts a wish all the same, and
its activities fail.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class CapacityDenied:
    """Lets every launch of a server in the region end with InsufficientInstanceCapacity."""

    name: ClassVar[str] = "capacity denied"
    phrase: ClassVar[str] = "EC2 of the {role} region has no more servers to give"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Have no server for the block; those that run go on."""
        return world.api.exhausted(target)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask EC2 to reserve a server, and see that it has none."""
        return world.api.server_obstacle(CLIENTS, target)
