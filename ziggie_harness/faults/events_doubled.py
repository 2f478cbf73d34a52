"""Events arrive twice: EventBridge promises "at least once"."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class EventsDoubled:
    """Lets every event reach the rules of the region's buses twice."""

    name: ClassVar[str] = "events doubled"
    phrase: ClassVar[str] = "the {role} region delivers its events twice"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.ALERTS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Deliver every event of the region twice, for the block."""
        return world.alerting().doubling(world.site(target))

    def proof(self, world: World, target: Role) -> str | None:
        """Put an event on the bus: it reaches the rules twice."""
        arrived = world.alerting().arrivals(world.site(target))
        return f"an event put on the bus reached the rules {arrived} times" if arrived > 1 else None
