"""A client that keeps its own account of what it was promised, outside the harness's history."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.ports import CLIENTS, Actors, World

EVERY_SECONDS: Final = 1.0
"""Between two writes of its own accord."""

BETWEEN_SECONDS: Final = 0.2
"""Between two writes that it is asked for."""

PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One write that was acknowledged, and when the client learned of it."""

    identity: str
    acknowledged_seconds: float


class Ledger:
    """A probe that writes while it is let; its entries are the truth that a report is compared with."""

    name: ClassVar[str] = "ledger"

    def __init__(self) -> None:
        """Begin with an empty ledger, and write as soon as somebody observes."""
        self.entries: list[Entry] = []
        self._numbers = itertools.count(1)
        self._open = True
        self._writing = False

    def observe(self, world: World, actors: Actors) -> None:
        """Write one order after the other while the gate is open, until stopped."""
        while True:
            if self._open:
                self._writing = True
                self._write(world)
                self._writing = False
            world.clock.sleep(EVERY_SECONDS)

    def close(self, world: World) -> None:
        """Stop writing of its own accord, and wait for the end of a write that is under way."""
        self._open = False
        wait_until(
            world.clock,
            "the end of the last write",
            lambda: "a write is under way" if self._writing else None,
            at_most_seconds=PATIENCE_SECONDS,
            every_seconds=0.1,
        )

    def reopen(self) -> None:
        """Write of its own accord again."""
        self._open = True

    def write(self, world: World, count: int) -> Sequence[Entry]:
        """Write so many orders and return their entries. Raises ZiggieError when one is not acknowledged."""
        first = len(self.entries)
        for _ in range(count):
            if refusal := self._write(world):
                raise ZiggieError(
                    f"the ledger's write was not acknowledged: {refusal}",
                    hint="the service must be well until the blow",
                )
            world.clock.sleep(BETWEEN_SECONDS)
        return self.entries[first:]

    def _write(self, world: World) -> str | None:
        """Write one order, in the harness's history and in the ledger; return why it was not acknowledged, or None."""
        identity = f"ledger-{next(self._numbers):06d}"
        ended = world.client(CLIENTS).request(self.name, "write", identity)
        now = world.clock.now()
        world.journal.record(ended)
        if ended.outcome is not Outcome.ACKNOWLEDGED:
            return ended.reason or str(ended.outcome)
        self.entries.append(Entry(identity, now))
        return None
