"""Who is silent: the addresses and ports at which nothing answers because their process is frozen."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ziggie_harness.lab.locations import Place


class Silences:
    """Reasons by place. They stop no packet; they let waits know what no network can see."""

    def __init__(self, tell: Callable[[], None]) -> None:
        """Begin with none; ``tell`` is called after every change."""
        self._tell = tell
        self._lock = threading.Lock()
        self._reasons: dict[Place, str] = {}

    @contextmanager
    def noted(self, place: Place, reason: str) -> Iterator[None]:
        """Note one for a block; LabError when the place is silent already."""
        with self._lock:
            if place in self._reasons:
                raise LabError(
                    f"{place[0]}:{place[1]} is silent already: {self._reasons[place]}",
                    hint="end the first silence before the second begins",
                )
            self._reasons[place] = reason
        self._tell()
        try:
            yield
        finally:
            with self._lock:
                del self._reasons[place]
            self._tell()

    def reason(self, place: Place) -> str | None:
        """Return why nothing answers at a place, or None. Cheap and without a lock: clocks ask it all the time."""
        return self._reasons.get(place)
