"""Observers inside the regions: who would acknowledge a write there, whatever names, caches and the network say."""

from __future__ import annotations

import itertools
from typing import ClassVar, Final

from ziggie_harness.model.history import WriterObserved
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import Actors, World

EVERY_SECONDS: Final = 10.0


class Writers:
    """Tries to write in each of the two regions, from within, every few seconds."""

    name: ClassVar[str] = "writers"

    def observe(self, world: World, actors: Actors) -> None:
        """Record who accepts, until stopped."""
        for number in itertools.count(1):
            for role in (Role.PRIMARY, Role.SECONDARY):
                obstacle = world.writer_obstacle(role, f"canary-{role}-{number:05d}")
                world.journal.record(WriterObserved(world.site(role), obstacle is None, obstacle or ""))
            world.clock.sleep(EVERY_SECONDS)
