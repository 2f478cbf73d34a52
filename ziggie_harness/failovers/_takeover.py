"""What every sound failover does in the standby region: fence, promote, wait until it is true."""

from __future__ import annotations

from typing import Final

from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import HealthCheck, Role, Topology
from ziggie_harness.ports import World

CEILING_SECONDS: Final = 3600.0
"""When a failover gives up waiting for one of its steps; the objective is judged from the history, never from this."""

LEASE_POLL_SECONDS: Final = 1.0

PROMOTION_POLL_SECONDS: Final = 5.0
"""RDS takes minutes, and a control plane that is asked too often throttles."""


def primary_check(topology: Topology) -> HealthCheck:
    """Return the declared health check of the primary region: its interval and threshold set the pace of detection."""
    return next(check for check in topology.health_checks.values() if check.target == Role.PRIMARY)


def fence(world: World) -> None:
    """Take the writer's lease: it is granted only when the old writer cannot acknowledge anything any more."""
    if world.topology.fencing is None:
        return
    wait_until(
        world.clock,
        "the writer's lease",
        lambda: world.lease_obstacle(Role.SECONDARY),
        at_most_seconds=CEILING_SECONDS,
        every_seconds=LEASE_POLL_SECONDS,
    )
    world.journal.record(StepTaken("fenced", "the secondary region holds the writer's lease"))


def promote(world: World) -> None:
    """Promote the replica, from its own region, and wait until RDS and the server itself agree that it is done."""
    caller = world.site(Role.SECONDARY)
    world.promote(Role.SECONDARY, caller)
    wait_until(
        world.clock,
        "the promotion of the replica",
        lambda: world.promotion_obstacle(Role.SECONDARY, caller),
        at_most_seconds=CEILING_SECONDS,
        every_seconds=PROMOTION_POLL_SECONDS,
    )
    world.journal.record(StepTaken("promoted", "the replica is a primary of its own and available"))
