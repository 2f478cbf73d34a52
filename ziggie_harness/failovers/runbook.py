"""Failover by an operator's runbook, corrected: confirm, decide, fence, promote, then move the name.

The order is the point (guide §6 has it the other way round): traffic moves only when a write in the new region is
durable and the old writer is fenced. The records are changed in one batch that keeps them failover records, so the
name stays with the secondary region when the old primary comes back.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _operator
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.ports import World


class Runbook:
    """Moves the service by the steps of a person on call."""

    name: ClassVar[str] = "runbook"
    phrase: ClassVar[str] = "by the runbook"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        _operator.detect(world)
        _operator.decide(world)
        _operator.move(world)
