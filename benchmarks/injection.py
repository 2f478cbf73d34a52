"""What the benchmark does to a drill: faults that it times by itself, and a clock that it keeps from skipping."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import Fault, World


class Timed:
    """Strikes as another fault does, and notes by itself from when to when that was in force.

    It is over when the region, asked from within without a pause, answers: a killed server has to start first.
    """

    name: ClassVar[str] = "timed fault"
    phrase: ClassVar[str] = "the {role} region is hurt for a known time"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS, Capability.PROCESSES})

    def __init__(self, fault: Fault) -> None:
        """Strike as ``fault`` does."""
        self.struck_seconds = self.healed_seconds = 0.0
        self._fault = fault

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Hurt the target for the block, between two looks at the clock."""
        with self._fault.strike(world, target):
            self.struck_seconds = world.clock.now()
            yield
        # A fenced region answers too, with a refusal; only one whose server has not started says nothing in HTTP.
        while (reason := world.unhealthy(world.site(target), target)) and not reason.startswith("HTTP "):
            pass
        self.healed_seconds = world.clock.now()

    def proof(self, world: World, target: Role) -> str | None:
        """Look for the fault's own proof."""
        return self._fault.proof(world, target)


@contextmanager
def wall_speed(clock: DrillClock) -> Iterator[None]:
    """Keep the clock from skipping for the block: somebody who does not rest on it is at work."""
    over = threading.Event()

    def work() -> None:
        """Work, as far as the clock can tell, until the block is over."""
        over.wait()

    with clock.actors("wall speed") as actors:
        actors.start("who keeps the clock at wall speed", work)
        try:
            yield
        finally:
            over.set()
