"""What every sound failover does in the standby region: fence, promote, wait until it is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.database_events import ReplicaChanged
from ziggie_harness.model.errors import ApiRefused
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import HealthCheck, Role, Topology
from ziggie_harness.ports import CLIENTS, World

CEILING_SECONDS: Final = 3600.0
"""When a failover gives up waiting for one of its steps; the objective is judged from the history, never from this."""

OTHER: Final[Mapping[Role, Role]] = {Role.PRIMARY: Role.SECONDARY, Role.SECONDARY: Role.PRIMARY}
"""The other one of the two regions that serve."""

LEASE_POLL_SECONDS: Final = 1.0

PROMOTION_POLL_SECONDS: Final = 10.0
"""RDS takes minutes, and a control plane that is asked too often throttles; `aws rds wait` asks every 30 s."""


def primary_check(topology: Topology) -> HealthCheck:
    """Return the declared health check of the primary region: its interval and threshold set the pace of detection."""
    return next(check for check in topology.health_checks.values() if check.target == Role.PRIMARY)


def fence(world: World, role: Role = Role.SECONDARY) -> None:
    """Take the writer's lease: it is granted only when the old writer cannot acknowledge anything any more."""
    if world.topology.fencing is None:
        return
    wait_until(
        world.clock,
        "the writer's lease",
        lambda: world.lease_obstacle(role),
        at_most_seconds=CEILING_SECONDS,
        every_seconds=LEASE_POLL_SECONDS,
    )
    world.journal.record(StepTaken("fenced", f"the {role} region holds the writer's lease"))


def promote(world: World, role: Role = Role.SECONDARY) -> None:
    """Promote the replica, from its own region, and wait until RDS and the server itself agree that it is done."""
    caller = world.site(role)
    wait_until(
        world.clock,
        "RDS to accept the promotion",
        lambda: _promotion_refusal(world, role, caller),
        at_most_seconds=CEILING_SECONDS,
        every_seconds=PROMOTION_POLL_SECONDS,
    )
    wait_until(
        world.clock,
        "the promotion of the replica",
        lambda: world.promotion_obstacle(role, caller),
        at_most_seconds=CEILING_SECONDS,
        every_seconds=PROMOTION_POLL_SECONDS,
    )
    world.journal.record(StepTaken("promoted", "the replica is a primary of its own and available"))


def take_secrets(world: World) -> None:
    """Make the replicas of the secrets in the standby region secrets of their own, so that they can be rotated there.

    It comes last: the service needs their values, which replicas have too, and nobody waits for a rotation.
    """
    if world.topology.secrets:
        world.secrets.take_over(Role.SECONDARY)
        world.journal.record(StepTaken("secrets", "the secrets of the secondary region were taken over as declared"))


def _promotion_refusal(world: World, role: Role, caller: str) -> str | None:
    """Ask for the promotion; return why it is refused, or None: while it is backed up a replica cannot be promoted."""
    try:
        world.promote(role, caller)
    except ApiRefused as refusal:
        return str(refusal)
    return None


def switch(world: World, role: Role) -> None:
    """Move the service to a region whose database follows the other's, as planned: nothing that was written is lost.

    The writer stops first, because its lease goes to nobody but the successor; then the replica receives the rest. The
    name moves while nobody may write, so caches expire during the promotion.
    """
    stop_writer(world, role)
    wait_until(
        world.clock,
        "the replica to have everything",
        lambda: world.replica_obstacle(role),
        at_most_seconds=CEILING_SECONDS,
    )
    world.point_name_at(role, CLIENTS)
    world.journal.record(StepTaken("switched", f"the name leads to the {role} region"))
    part(world, role)
    promote(world, role)


def stop_writer(world: World, successor: Role) -> None:
    """Let the lease go to a region and nobody else; return when it has it and the other may not write any more."""
    appoint(world, successor)
    fence(world, successor)


def appoint(world: World, successor: Role) -> None:
    """Have the witness renew the lease for a region and nobody else, also when another holds it now."""
    wait_until(
        world.clock,
        "the witness to appoint the next writer",
        lambda: world.appointment_obstacle(successor, CLIENTS),
        at_most_seconds=CEILING_SECONDS,
        every_seconds=LEASE_POLL_SECONDS,
    )


def part(world: World, role: Role) -> None:
    """Record that the database of a region no longer follows the other's: from here on the data has one home."""
    world.journal.record(ReplicaChanged(world.site(role), world.site(OTHER[role]), follows=False))
