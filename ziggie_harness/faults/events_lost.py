"""Events are lost: EventBridge delivers at least once, on best effort for most services, and here not at all."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class EventsLost:
    """Lets no event reach the rules of the region's buses."""

    name: ClassVar[str] = "events lost"
    phrase: ClassVar[str] = "the {role} region loses its events"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.ALERTS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Lose every event that reaches a bus of the region, for the block."""
        return world.alerting().losing(world.site(target))

    def proof(self, world: World, target: Role) -> str | None:
        """Put an event on the bus: it reaches no rule."""
        arrived = world.alerting().arrivals(world.site(target))
        return None if arrived else "an event put on the bus reached no rule"
