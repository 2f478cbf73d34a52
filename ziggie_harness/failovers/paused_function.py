"""Failover by the owner's function, which the owner stops while it is at work, and then lets go on."""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.failovers import _function
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.ports import World

STOP_SECONDS: Final = 120.0
"""How long the owner looks into it; an assumption."""


class PausedFunction:
    """Stops the function at work, lets the stop lapse, and waits until it has moved the service."""

    name: ClassVar[str] = "paused function"
    phrase: ClassVar[str] = "by the function, stopped by its owner for some time"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.SERVICE, Capability.ALERTS, Capability.FUNCTIONS}
    )

    def run(self, world: World) -> None:
        """Stop it, and look until the secondary region takes writes."""
        _function.demand(world)
        _function.stop_at_work(world, STOP_SECONDS)
        _function.await_service(world)
