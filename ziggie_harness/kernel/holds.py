"""What may keep the drill's clock from jumping, for a while: something happens that no actor knows of."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORTEST_PAUSE_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 0.01
PAUSE_SHARE = 0.1
"""After how much of the time for which it has objected a hold is asked again, within bounds, in wall time.

An answer is that much late at most. Some holds last for seconds, and a question may cost a server an answer.
"""


class _Hold:
    """One block of ``hold``: its question, and since when, in wall time, the answer is a sentence."""

    __slots__ = ("objects_since", "obstacle", "patience_seconds")

    def __init__(self, obstacle: Callable[[], str | None], patience_seconds: float) -> None:
        self.obstacle = obstacle
        self.patience_seconds = patience_seconds
        self.objects_since: float | None = None


class Holds:
    """The holds of one clock; each is overruled when it has objected for longer than its patience."""

    def __init__(self, wall_seconds: Callable[[], float], patience_seconds: float) -> None:
        """Start with none; the patience is wall time, as ``wall_seconds`` tells it, for those that bring none."""
        self.overruled: list[str] = []
        self._wall_seconds = wall_seconds
        self._patience_seconds = patience_seconds
        self._holds: list[_Hold] = []
        self._asking = threading.Lock()

    @contextmanager
    def including(self, obstacle: Callable[[], str | None], patience_seconds: float | None) -> Iterator[None]:
        """Ask this one too, for the block."""
        hold = _Hold(obstacle, self._patience_seconds if patience_seconds is None else patience_seconds)
        self._holds.append(hold)
        try:
            yield
        finally:
            self._holds.remove(hold)

    def object(self) -> bool:
        """Ask the holds; return True when one objects and has not used up its patience, or is just being asked."""
        if not self._holds:
            return False
        if not self._asking.acquire(blocking=False):
            return True
        try:
            return any([self._objects(hold) for hold in list(self._holds)])  # noqa: C419 - each is asked, for its patience
        finally:
            self._asking.release()

    def pause_seconds(self) -> float:
        """Return how long to wait before they are asked again, in wall time: short at first, and never long."""
        since = min((hold.objects_since for hold in list(self._holds) if hold.objects_since is not None), default=None)
        if since is None:
            return SHORTEST_PAUSE_SECONDS
        share = PAUSE_SHARE * (self._wall_seconds() - since)
        return min(LONGEST_PAUSE_SECONDS, max(SHORTEST_PAUSE_SECONDS, share))

    def _objects(self, hold: _Hold) -> bool:
        """Ask one hold, and overrule it when it has objected without a break for longer than its patience."""
        try:
            sentence = hold.obstacle()
        except Exception as error:  # noqa: BLE001 - the timekeeper must survive; who reads `overruled` sees it
            sentence = f"a hold cannot say whether it objects: {error!r}"
        if sentence is None:
            hold.objects_since = None
            return False
        now = self._wall_seconds()
        hold.objects_since = now if hold.objects_since is None else hold.objects_since
        if now - hold.objects_since < hold.patience_seconds:
            return True
        if sentence not in self.overruled:
            self.overruled.append(sentence)
        return False
