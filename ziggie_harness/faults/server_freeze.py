"""A server hangs: its process lives and its port accepts, but nothing is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class ServerFreeze:
    """Stops the region's API server in its tracks (SIGSTOP), and lets it go on at the end."""

    name: ClassVar[str] = "server freeze"
    phrase: ClassVar[str] = "the server of the {role} region freezes"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Hurt the server for the block."""
        server = world.service(target)
        try:
            server.freeze()
            yield
        finally:
            server.thaw()

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's health endpoint from outside."""
        return world.unhealthy(CLIENTS, target)
