"""Failover by the owner's function, which an event hands over to: nobody helps it, and nobody waits for it but clients.

It is declared under `functions`, with the rule that invokes it. What this way does is to look until the secondary
region takes writes.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _function
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.ports import World


class ByFunction:
    """Waits until the function has moved the service, and does nothing else."""

    name: ClassVar[str] = "function"
    phrase: ClassVar[str] = "by the function"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.SERVICE, Capability.ALERTS, Capability.FUNCTIONS}
    )

    def run(self, world: World) -> None:
        """Wait until the secondary region takes writes."""
        _function.demand(world)
        _function.await_service(world)
