"""A region loses its links to the other regions, and clients still reach it: it goes on, and nobody follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class LostLinks:
    """Makes the packets between a region and every other region vanish, both ways."""

    name: ClassVar[str] = "lost links"
    phrase: ClassVar[str] = "the {role} region loses its links to the other regions"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Cut the links, for the block."""
        with ExitStack() as cuts:
            for other in _others(target):
                cuts.enter_context(world.sever(world.site(target), world.site(other)))
                cuts.enter_context(world.sever(world.site(other), world.site(target)))
            yield

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's endpoint from another region: silence shows the cut."""
        return world.unhealthy(world.site(_others(target)[0]), target)


def _others(target: Role) -> list[Role]:
    """Return the other regions."""
    return [role for role in Role if role is not target]
