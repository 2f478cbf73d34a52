"""Failover by the owner's function, which the owner stops while it is at work, and keeps stopped."""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _function
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.ports import World

STOP_SECONDS: Final = 3600.0
"""The longest that the witness keeps a stop: longer than a drill looks."""


class StoppedFunction:
    """Waits until the function is at work, and stops it."""

    name: ClassVar[str] = "stopped function"
    phrase: ClassVar[str] = "by the function, stopped by its owner"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.SERVICE, Capability.ALERTS, Capability.FUNCTIONS}
    )

    def run(self, world: World) -> None:
        """Stop it; return when it has stopped."""
        _function.demand(world)
        _function.stop_at_work(world, STOP_SECONDS)
