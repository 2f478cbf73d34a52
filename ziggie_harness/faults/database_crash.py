"""A database crashes, all of its processes: its host refuses connections until it was started and has recovered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class DatabaseCrash:
    """Kills the region's database (SIGKILL), and starts it again at the end."""

    name: ClassVar[str] = "database crash"
    phrase: ClassVar[str] = "the database of the {role} region crashes"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Hurt the database for the block."""
        database = world.database(target)
        try:
            database.kill()
            yield
        finally:
            database.start()

    def proof(self, world: World, target: Role) -> str | None:
        """Try to write from within the region."""
        return world.writer_obstacle(target, f"canary-proof-{world.clock.now():.6f}")
