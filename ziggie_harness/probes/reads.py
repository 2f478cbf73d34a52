"""Clients that read: they ask for the write that was acknowledged last, so an answer from a stale copy is noticed."""

from __future__ import annotations

from typing import ClassVar, Final

from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.ports import CLIENTS, Actors, World

EVERY_SECONDS: Final = 6.0


class Reads:
    """Reads the last acknowledged write through the public name, every few seconds."""

    name: ClassVar[str] = "reads"

    def observe(self, world: World, actors: Actors) -> None:
        """Start a read whenever one is due, until stopped."""
        client = world.client(CLIENTS)

        def read(identity: str) -> None:
            """Send one read."""
            world.journal.record(client.request(self.name, "read", identity))

        while True:
            world.clock.sleep(EVERY_SECONDS)
            if identity := _last_acknowledged(world):
                actors.start(f"read {identity}", lambda identity=identity: read(identity))  # type: ignore[misc]  # bound now


def _last_acknowledged(world: World) -> str | None:
    """Return the id of the write that was acknowledged last, or None before the first."""
    for record in reversed(world.journal.history().records):
        event = record.event
        if isinstance(event, RequestEnded) and event.operation == "write" and event.outcome is Outcome.ACKNOWLEDGED:
            return event.identity
    return None
