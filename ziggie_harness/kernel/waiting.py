"""The one way to wait for something: an obstacle, and a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ziggie_harness.model.errors import ZiggieError


class Sleeper(Protocol):
    """What waiting needs of a clock."""

    def now(self) -> float:
        """Return the time in seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Rest for some seconds."""
        ...


class WaitTimedOut(ZiggieError):
    """What was waited for did not come; ``obstacle`` is the last reason."""

    def __init__(self, awaited: str, obstacle: str, at_most_seconds: float) -> None:
        """Explain the time-out by its last obstacle."""
        super().__init__(
            f"waited {at_most_seconds:g} s for {awaited}, in vain: {obstacle}",
            hint="the last obstacle is why it did not come; the history shows what happened meanwhile",
        )
        self.obstacle = obstacle


def wait_until(
    clock: Sleeper,
    awaited: str,
    obstacle: Callable[[], str | None],
    *,
    at_most_seconds: float,
    every_seconds: float = 0.25,
) -> float:
    """Wait until there is no obstacle left and return the drill time of that moment.

    ``obstacle`` returns a sentence that says why not yet, or None. Raises WaitTimedOut with the last sentence after
    ``at_most_seconds``, which is a ceiling and never an objective.
    """
    ends_at = clock.now() + at_most_seconds
    while True:
        sentence = obstacle()
        now = clock.now()
        if sentence is None:
            return now
        if now >= ends_at:
            raise WaitTimedOut(awaited, sentence, at_most_seconds)
        clock.sleep(min(every_seconds, ends_at - now))
