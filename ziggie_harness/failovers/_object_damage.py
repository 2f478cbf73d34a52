"""How an operator finds out that objects are damaged, and decides to restore them."""

from __future__ import annotations

from typing import Final

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.object_events import ObjectAsked
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

DECISION_SECONDS: Final = 120.0
"""How long the operator takes to look and decide; an assumption, until a drill with people measures it."""

AUDIT_SECONDS: Final = 10.0
"""How often somebody compares what was acknowledged with what is there."""


def decide(world: World) -> float:
    """Wait for the damage and for the decision; return when the last of the damaged objects had been acknowledged."""
    well_seconds = _await_damage(world)
    world.journal.record(StepTaken("detected", f"objects are gone or changed, the last one of {well_seconds:.1f} s"))
    world.clock.sleep(DECISION_SECONDS)
    world.journal.record(StepTaken("decided", f"the operator was given {DECISION_SECONDS:g} s to decide"))
    return well_seconds


def _await_damage(world: World) -> float:
    """Return when the last of the damaged objects had been acknowledged; rests until one is damaged."""
    while True:
        stored = {
            f"{event.key} {event.digest}": at
            for at, event in world.journal.history().of_kind(ObjectAsked)
            if event.operation == "put" and event.outcome is Outcome.ACKNOWLEDGED
        }
        there = frozenset(world.objects.surviving(Role.PRIMARY).objects)
        damaged = [at for line, at in stored.items() if line not in there]
        if damaged:
            return max(damaged)
        world.clock.sleep(AUDIT_SECONDS)
