"""What a person on call does: look, decide, and move the service, the name last."""

from __future__ import annotations

from typing import Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

DECISION_SECONDS: Final = 120.0
"""How long the operator takes to look and decide; an assumption, until a drill with people measures it."""

CONFIRM_SECONDS: Final = 10.0


def detect(world: World) -> None:
    """Look until a client finds the primary region unhealthy. Raises WaitTimedOut."""
    wait_until(
        world.clock,
        "the primary region to be found unhealthy by a client",
        lambda: None if world.unhealthy(CLIENTS, Role.PRIMARY) else "it is healthy",
        at_most_seconds=_takeover.CEILING_SECONDS,
        every_seconds=CONFIRM_SECONDS,
    )
    world.journal.record(StepTaken("detected", "a client finds the primary region unhealthy"))


def decide(world: World) -> None:
    """Take the time that a decision takes."""
    world.clock.sleep(DECISION_SECONDS)
    world.journal.record(StepTaken("decided", f"the operator was given {DECISION_SECONDS:g} s to decide"))


def move(world: World) -> None:
    """Fence, promote, move the name, and then take the secrets over. Raises WaitTimedOut, ApiRefused."""
    _takeover.fence(world)
    _takeover.promote(world)
    world.point_name_at(Role.SECONDARY, world.site(Role.SECONDARY))
    world.journal.record(StepTaken("switched", "Route 53 accepted the change of the records"))
    _takeover.take_secrets(world)
