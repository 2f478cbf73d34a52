"""Something that happens once, for actors of the drill's clock to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ziggie_harness.kernel.actors import Rest


class Resting(Protocol):
    """What a signal needs of its clock."""

    lock: threading.Lock

    def rest(self, until_seconds: float, joins: Callable[[Rest], bool]) -> bool:
        """Rest until a drill time or until what the rest joined wakes it; return whether that came."""
        ...

    def wake(self, rest: Rest) -> None:
        """Put a resting actor to work. Called under the lock."""
        ...


class OneSignal:
    """Something that happens once; actors wait for it on the drill clock."""

    def __init__(self, clock: Resting) -> None:
        """Make an unset signal; ``clock.signal`` does."""
        self._clock = clock
        self._happened = False
        self._rests: list[Rest] = []

    def is_set(self) -> bool:
        """Say whether it happened."""
        return self._happened

    def set(self) -> None:
        """Make it happen; who waits is at work from this moment."""
        with self._clock.lock:
            self._happened = True
            for rest in self._rests:
                rest.ready = True
                self._clock.wake(rest)
            self._rests.clear()

    def wait(self, until_seconds: float) -> bool:
        """Rest until it happens or the drill time comes; return whether it happened."""
        return self._clock.rest(until_seconds, joins=self._join)

    def _join(self, rest: Rest) -> bool:
        """Note a rest that waits for this; False when it happened already. Called under the clock's lock."""
        if self._happened:
            rest.ready = True
            return False
        self._rests.append(rest)
        return True
