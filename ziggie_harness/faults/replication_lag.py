"""A replica falls behind: it receives everything and applies nothing, so its readers see the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ReplicationLag:
    """Stops what applies changes in the region's replica (SIGSTOP), and lets it go on at the end."""

    name: ClassVar[str] = "replication lag"
    phrase: ClassVar[str] = "the replica of the {role} region falls behind"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES, Capability.POSTGRESQL})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Keep the replica as it is for the block."""
        replay = world.replay(target)
        try:
            replay.freeze()
            yield
        finally:
            replay.thaw()

    def proof(self, world: World, target: Role) -> str | None:
        """Return how far the replica is behind, once it is."""
        return world.replication_lag(target)
