"""Clients lose their way to a region, and the other regions keep theirs: everybody inside thinks that all is well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class LostClients:
    """Makes the packets between a region and the clients outside every region vanish, both ways."""

    name: ClassVar[str] = "lost clients"
    phrase: ClassVar[str] = "clients lose their way to the {role} region"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Cut the way, for the block."""
        site = world.site(target)
        with world.sever(CLIENTS, site), world.sever(site, CLIENTS):
            yield

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's own endpoint as a client would: silence shows the cut."""
        return world.unhealthy(CLIENTS, target)
