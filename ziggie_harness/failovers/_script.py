"""What every failover by a script of the owner's does: an operator runs it, and looks at what is true then."""

from __future__ import annotations

from ziggie_harness.failovers import _operator
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


def run(world: World, runbook: str) -> None:
    """Look, decide, run the script at the operator's place, and record the facts at its end. Raises WaitTimedOut."""
    _operator.detect(world)
    _operator.decide(world)
    world.journal.record(world.run_script(runbook, CLIENTS))
    world.journal.record(world.answered_by_authority())
    world.journal.record(world.writer_seen(Role.SECONDARY, f"canary-script-{world.clock.now():.6f}"))
