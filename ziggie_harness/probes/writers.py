"""Observers inside the regions: who would acknowledge a write there, whatever names, caches and the network say."""

from __future__ import annotations

import itertools
from typing import ClassVar, Final

from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import Actors, World

EVERY_SECONDS: Final = 10.0

REGIONS: Final = (Role.PRIMARY, Role.SECONDARY)


class Writers:
    """Tries to write in each of the two regions, from within, every few seconds."""

    name: ClassVar[str] = "writers"

    def observe(self, world: World, actors: Actors) -> None:
        """Record who accepts, until stopped."""
        before = len([*world.journal.history().of_kind(WriterObserved)]) // len(REGIONS)
        for number in itertools.count(before + 1):
            for role in REGIONS:
                world.journal.record(world.writer_seen(role, f"canary-{role}-{number:05d}"))
            world.clock.sleep(EVERY_SECONDS)
