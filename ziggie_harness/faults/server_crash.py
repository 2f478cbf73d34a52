"""A server crashes: its process is gone at once, and its host refuses connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class ServerCrash:
    """Kills the region's API server, and starts it again at the end."""

    name: ClassVar[str] = "server crash"
    phrase: ClassVar[str] = "the server of the {role} region crashes"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Hurt the server for the block."""
        server = world.service(target)
        try:
            server.kill()
            yield
        finally:
            server.start()

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's health endpoint from outside."""
        return world.unhealthy(CLIENTS, target)
