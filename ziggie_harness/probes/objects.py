"""Clients that keep objects: they store one after the other, and read one again that was acknowledged before."""

from __future__ import annotations

import itertools
from typing import ClassVar, Final

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.ports import Actors, World

EVERY_SECONDS: Final = 6.0


class ObjectClients:
    """Stores an object every six seconds and reads an older one in between, where the topology has buckets."""

    name: ClassVar[str] = "objects"

    def observe(self, world: World, actors: Actors) -> None:
        """Start a request whenever one is due, until stopped."""
        if not world.topology.buckets:
            return
        acknowledged: list[str] = []

        def put(key: str) -> None:
            """Store one object."""
            ended = world.objects.put(key)
            world.journal.record(ended)
            if ended.outcome is Outcome.ACKNOWLEDGED:
                acknowledged.append(key)

        def get(key: str) -> None:
            """Read one object."""
            world.journal.record(world.objects.get(key))

        for number in itertools.count(1):
            key = f"uploads/{number:06d}"
            actors.start(f"put {key}", lambda key=key: put(key))  # type: ignore[misc]  # bound now
            world.clock.sleep(EVERY_SECONDS / 2)
            if acknowledged:
                # An old one, for what was stored just now may not be in the other region yet.
                older = acknowledged[len(acknowledged) // 2]
                actors.start(f"get {older}", lambda older=older: get(older))  # type: ignore[misc]  # bound now
            world.clock.sleep(EVERY_SECONDS / 2)
