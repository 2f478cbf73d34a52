"""A one-way cut: requests arrive, answers vanish. The hard case of a partition: the server thinks that all is well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class OneWayCut:
    """Makes everything that a region sends vanish, while everything sent to it still arrives."""

    name: ClassVar[str] = "one-way cut"
    phrase: ClassVar[str] = "the {role} region suffers a one-way cut"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Cut the way out of the region, for the block."""
        site = world.site(target)
        with ExitStack() as cuts:
            for outsider in world.outsiders(site):
                cuts.enter_context(world.sever(site, outsider))
            yield

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's own endpoint from outside: the answer does not come back."""
        return world.unhealthy(CLIENTS, target)
