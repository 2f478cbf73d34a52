"""What every way back does: keep the name where the service is, and give the data a second home again."""

from __future__ import annotations

from typing import Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.database_events import ReplicaChanged
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

REPLICA_POLL_SECONDS: Final = 5.0


def hold_name(world: World) -> None:
    """Keep the name at the secondary region: a replica is healthy too, so failover records would lead writers to it."""
    world.point_name_at(Role.SECONDARY, CLIENTS)
    world.journal.record(StepTaken("held", "the name stays with the secondary region until it is moved"))


def follow(world: World, role: Role) -> None:
    """Rebuild the database of a region as a replica of the other's, and wait until it has everything."""
    world.rebuild(role, CLIENTS)
    wait_until(
        world.clock,
        f"the replica of the {role} region to have everything",
        lambda: world.replica_obstacle(role),
        at_most_seconds=_takeover.CEILING_SECONDS,
        every_seconds=REPLICA_POLL_SECONDS,
    )
    world.journal.record(ReplicaChanged(world.site(role), world.site(_takeover.OTHER[role]), follows=True))
