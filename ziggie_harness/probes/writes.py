"""Clients that write: each request has an id of its own, is started on time, and does not wait for the one before."""

from __future__ import annotations

import itertools
from typing import ClassVar, Final

from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.ports import CLIENTS, Actors, World

CALM_SECONDS: Final = 1.0
"""Between two writes while all is well."""

ALERT_SECONDS: Final = 0.25
"""Between two writes in the first seconds of trouble."""

RESOLUTION: Final = 0.008
"""Later in an outage the spacing grows to this share of its length, so the RTO is known to better than one percent."""


class Writes:
    """Writes through the public name, denser while requests fail."""

    name: ClassVar[str] = "writes"

    def observe(self, world: World, actors: Actors) -> None:
        """Start a write whenever one is due, until stopped."""
        client = world.client(CLIENTS)
        failing_since: list[float] = []

        def write(identity: str) -> None:
            """Send one write and remember since when writes fail."""
            started = world.clock.now()
            ended = client.request(self.name, "write", identity)
            world.journal.record(ended)
            _update(failing_since, started, ended)

        before = sum(write.probe == self.name for _, write in world.journal.history().requests("write"))
        for number in itertools.count(before + 1):
            identity = f"order-{number:06d}"
            actors.start(f"write {identity}", lambda identity=identity: write(identity))  # type: ignore[misc]  # bound now
            world.clock.sleep(_spacing(failing_since, world.clock.now()))


def _spacing(failing_since: list[float], now: float) -> float:
    """Return the seconds until the next write."""
    if not failing_since:
        return CALM_SECONDS
    return max(ALERT_SECONDS, RESOLUTION * (now - failing_since[0]))


def _update(failing_since: list[float], started: float, ended: RequestEnded) -> None:
    """Begin an outage with a failed write, end it with an acknowledged one that started later."""
    if ended.outcome is not Outcome.ACKNOWLEDGED:
        if not failing_since:
            failing_since.append(started)
    elif failing_since and started > failing_since[0]:
        failing_since.clear()
