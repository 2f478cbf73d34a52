"""What the servers of a region take in a second, as one process that stands for all of them."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path


class Capacity:
    """A bucket that fills by the second: a request takes one part out, and one that finds none is refused."""

    def __init__(self, requests_per_second: int, now_seconds: float, told: str = "") -> None:
        """Begin full, with what may come within one second at once; the file ``told`` says when it changes."""
        self.requests_per_second = requests_per_second
        self._told = Path(told) if told else None
        self._left = float(requests_per_second)
        self._at_seconds = now_seconds
        self._lock = threading.Lock()

    def takes(self, now_seconds: float) -> bool:
        """Take a request, or say that it is one too many."""
        with self._lock:
            self._look()
            passed = max(0.0, now_seconds - self._at_seconds)
            self._at_seconds = max(self._at_seconds, now_seconds)
            limit = float(self.requests_per_second)
            self._left = min(limit, self._left + passed * self.requests_per_second)
            if self._left < 1.0:
                return False
            self._left -= 1.0
            return True

    def _look(self) -> None:
        """See whether there are more or fewer servers now; a file that is not there changes nothing."""
        if self._told is not None:
            with suppress(OSError, ValueError):
                self.requests_per_second = int(self._told.read_text(encoding="ascii"))
