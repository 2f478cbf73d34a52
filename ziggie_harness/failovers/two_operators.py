"""Failover by the corrected script, started by two people who do not know of each other, the second a little later."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from ziggie_harness.failovers import _operator, _script
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

APART_SECONDS: Final = 5.0
"""How much later the second one starts it: while the first one promotes."""


class TwoOperators:
    """Runs the script twice at the same time."""

    name: ClassVar[str] = "two operators"
    phrase: ClassVar[str] = "by the corrected script, started by two operators"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE, Capability.RUNBOOKS}
    )

    def run(self, world: World) -> None:
        """Start it twice when the operators have decided, and wait for both."""
        _operator.detect(world)
        _operator.decide(world)
        first_ended = world.clock.signal()

        def first() -> None:
            """Run it; whatever ends it, the other need not wait for more."""
            try:
                _script.run(world, "corrected/failover", Role.SECONDARY)
            finally:
                first_ended.set()

        with world.clock.actors("the first of two operators") as actors:
            actors.start("the first of two operators", first)
            world.clock.sleep(APART_SECONDS)
            _script.run(world, "corrected/failover", Role.SECONDARY)
            first_ended.wait(math.inf)
