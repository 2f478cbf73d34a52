"""A database hangs, all of its processes: connections are accepted by the kernel and nothing is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class FrozenDatabase:
    """Stops the region's database in its tracks (SIGSTOP), and lets it go on at the end."""

    name: ClassVar[str] = "frozen database"
    phrase: ClassVar[str] = "the database of the {role} region freezes"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Hurt the server for the block."""
        server = world.database(target)
        try:
            server.freeze()
            yield
        finally:
            server.thaw()

    def proof(self, world: World, target: Role) -> str | None:
        """Try to write from within the region, for a health endpoint may know nothing of its database."""
        return world.writer_obstacle(target, f"canary-proof-{world.clock.now():.6f}")
