"""Alarms go blind: no value of a metric reaches CloudWatch any more."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class AlarmsBlind:
    """Lets no value of a metric reach CloudWatch in the region; alarms judge what is missing as they were told to."""

    name: ClassVar[str] = "alarms blind"
    phrase: ClassVar[str] = "the alarms of the {role} region go blind"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.ALERTS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Keep every value from CloudWatch in the region, for the block."""
        return world.alerting().blinding(world.site(target))

    def proof(self, world: World, target: Role) -> str | None:
        """Send a value of a metric: CloudWatch does not take it in."""
        seen = world.alerting().sees_values(world.site(target))
        return None if seen else "a value sent to CloudWatch did not arrive"
