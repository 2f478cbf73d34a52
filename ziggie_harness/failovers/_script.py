"""What every failover by a script of the owner's does: an operator runs it, and looks at what is true then."""

from __future__ import annotations

from typing import Literal

from ziggie_harness.failovers import _operator
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


def fail_over(world: World, script: str) -> None:
    """Look, decide, and run a script at the operator's place. Raises WaitTimedOut."""
    _operator.detect(world)
    _operator.decide(world)
    run(world, script, Role.SECONDARY)


def declared(world: World, kind: Literal["failover", "failback"]) -> str:
    """Return the script that the design declares, or the corrected one that the harness brings."""
    return world.topology.runbooks.get(kind, f"corrected/{kind}.sh").removesuffix(".sh")


def place(world: World) -> str:
    """Return the site where the scripts are: outside every region, unless the operator keeps them on a host of one."""
    operator = world.topology.operator
    return CLIENTS if operator is None or operator.place == "outside" else world.site(Role(operator.place))


def run(world: World, script: str, role: Role, *, interrupted_after: str = "") -> None:
    """Run a script that moves the service to a region, and record what is true at its end."""
    world.journal.record(world.run_script(script, place(world), role, interrupted_after=interrupted_after))
    world.journal.record(world.answered_by_authority())
    world.journal.record(world.writer_seen(role, f"canary-script-{world.clock.now():.6f}"))
