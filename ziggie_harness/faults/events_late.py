"""Events arrive late: EventBridge promises no bound."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar, Final

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

LATE_SECONDS: Final = 900.0


class EventsLate:
    """Lets every event reach the rules of the region's buses a quarter of an hour later."""

    name: ClassVar[str] = "events late"
    phrase: ClassVar[str] = "the {role} region delivers its events late"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.ALERTS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Delay every event of the region, for the block; one that is on its way stays late."""
        return world.alerting().delaying(world.site(target), LATE_SECONDS)

    def proof(self, world: World, target: Role) -> str | None:
        """Put an event on the bus: it has not reached the rules in time."""
        arrived = world.alerting().arrivals(world.site(target))
        return None if arrived else "an event put on the bus has not reached the rules yet"
