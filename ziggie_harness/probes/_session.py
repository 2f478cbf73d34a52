"""One client that remembers: it writes, and reads what it was told was written before it writes again."""

from __future__ import annotations

import itertools
from typing import Final

from ziggie_harness.model.client_events import Outcome, answered
from ziggie_harness.ports import CLIENTS, Actors, World

PAUSE_SECONDS: Final = 2.0
"""Between an answer and the next write."""

AGAIN_SECONDS: Final = 1.0
"""How soon a read that had no answer is sent again."""


class Session:
    """Writes through the public name, and reads its last acknowledged write until somebody answers. A probe."""

    def __init__(self, name: str) -> None:
        """Know its name, by which the history tells one client from another."""
        self.name = name

    def observe(self, world: World, actors: Actors) -> None:
        """Write and read in turn, until stopped."""
        client = world.client(CLIENTS)
        acknowledged = ""
        before = sum(write.probe == self.name for _, write in world.journal.history().requests("write"))
        for number in itertools.count(before + 1):
            identity = f"{self.name}-{number:05d}"
            written = client.request(self.name, "write", identity)
            world.journal.record(written)
            if written.outcome is Outcome.ACKNOWLEDGED:
                acknowledged = identity
            while acknowledged:
                read = client.request(self.name, "read", acknowledged)
                world.journal.record(read)
                if answered(read):
                    break
                world.clock.sleep(AGAIN_SECONDS)
            world.clock.sleep(PAUSE_SECONDS)
