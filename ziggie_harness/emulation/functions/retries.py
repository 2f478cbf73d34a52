"""When Lambda tries an asynchronous invocation again.

Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation": "by default Lambda
attempts to run it two more times, with a one-minute wait between the first two attempts, and two minutes between the
second and third attempts"; "Configuring error handling settings": MaximumRetryAttempts 0 to 2, MaximumEventAgeInSeconds
up to 6 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

WAITS_SECONDS: Final = (60.0, 120.0)
"""Between the attempts."""

HOUR_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often an event is tried again, and how old it may become."""

    retries: int = 2
    age_seconds: float = 6 * HOUR_SECONDS

    def waits(self) -> Iterator[float]:
        """Yield how long to wait before each retry."""
        yield from WAITS_SECONDS[: self.retries]
