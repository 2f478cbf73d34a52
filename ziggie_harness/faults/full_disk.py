"""The disk of a database fills up: the server finds no room for its log, and ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class FullDisk:
    """Leaves no free block on the disk of the region's database; frees it at the end, and starts the server."""

    name: ClassVar[str] = "full disk"
    phrase: ClassVar[str] = "the disk of the {role} region's database fills up"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DISKS, Capability.PROCESSES, Capability.POSTGRESQL})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Hurt the database for the block."""
        disk = world.disk(target)
        try:
            disk.fill()
            yield
        finally:
            disk.free()

    def proof(self, world: World, target: Role) -> str | None:
        """Return what the database itself says about its disk, once a write is refused."""
        refused = world.writer_obstacle(target, f"canary-proof-{world.clock.now():.6f}")
        return world.disk(target).complaint() if refused else None
