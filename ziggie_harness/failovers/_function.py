"""What every failover by a function of the owner's does: nobody helps it; its owner may stop it at the witness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.function_events import FunctionEnded, FunctionStarted, StopAsked
from ziggie_harness.model.history import Noted, StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World

LOOK_SECONDS: Final = 5.0
"""How often somebody looks."""

STOP: Final = "failover-stop"
"""The lease by which the witness keeps a stop, as the corrected function has it."""

OWNER: Final = "its owner"

AT_WORK_SECONDS: Final = 15.0
"""A run that goes on for so long has found something to do."""


def demand(world: World) -> None:
    """Raise LabError when the topology declares no function."""
    if not world.topology.functions:
        raise LabError("the topology has no function", hint="declare it under `functions`, and a rule that calls it")


def await_service(world: World) -> None:
    """Look until the secondary region takes writes. Raises WaitTimedOut."""
    wait_until(
        world.clock,
        "the function to move the service",
        lambda: world.writer_obstacle(Role.SECONDARY, f"canary-function-{world.clock.now():.6f}"),
        at_most_seconds=_takeover.CEILING_SECONDS,
        every_seconds=LOOK_SECONDS,
    )
    world.journal.record(StepTaken("promoted", "the secondary region takes writes"))


def stop_at_work(world: World, for_seconds: float) -> None:
    """Ask the witness for a stop once a run is at work, and look until no run is. Raises WaitTimedOut, LabError."""
    _await(world, "a run of the function to be at work", lambda: None if _at_work(world) else "none is")
    if reason := world.claim_obstacle(STOP, OWNER, for_seconds, CLIENTS):
        raise LabError(f"the function cannot be stopped: {reason}")
    world.journal.record(StopAsked(OWNER, for_seconds))
    _await(world, "the function to stop", lambda: "a run is at work" if _at_work(world) else None)
    world.journal.record(Noted("the function has stopped"))


def _await(world: World, awaited: str, obstacle: Callable[[], str | None]) -> None:
    """Look until there is no obstacle. Raises WaitTimedOut."""
    wait_until(world.clock, awaited, obstacle, at_most_seconds=_takeover.CEILING_SECONDS, every_seconds=LOOK_SECONDS)


def _at_work(world: World) -> bool:
    """Say whether an attempt began some time ago and has not ended."""
    history, since = world.journal.history(), world.clock.now() - AT_WORK_SECONDS
    over = {(event.request, event.attempt) for _, event in history.of_kind(FunctionEnded)}
    begun = ((event.request, event.attempt) for at, event in history.of_kind(FunctionStarted) if at <= since)
    return any(attempt not in over for attempt in begun)
