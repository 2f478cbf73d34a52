"""How SNS tries again: the phases of its delivery policies, by protocol.

Source: SNS developer guide, "Amazon SNS message delivery retries", the table of delivery protocols and policies, and
"Creating an HTTP/S delivery policy". Jitter, which AWS adds, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

ANSWER_SECONDS: Final = 15.0
"""How long SNS waits for an HTTPS endpoint: "If your endpoint does not respond within 15 seconds ... a failed attempt"
(SNS developer guide, "Step 1: Make sure your endpoint is ready to process Amazon SNS messages")."""

LONGEST_SECONDS: Final = 3600.0
""""The total policy retry time for an HTTP/S endpoint cannot be greater than 3,600 seconds"."""


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """Retries in four phases: at once, before the backoff, growing, and after it."""

    without_delay: int
    before_backoff: int
    backoff: int
    after_backoff: int
    least_seconds: float
    """The wait before the backoff, and its first."""
    most_seconds: float
    """The last wait of the backoff, and those after it."""
    grows: str = "exponential"

    def waits(self) -> Iterator[float]:
        """Yield how long to wait before each retry."""
        yield from [0.0] * self.without_delay
        yield from [self.least_seconds] * self.before_backoff
        for number in range(self.backoff):
            yield self._growing(number / (self.backoff - 1) if self.backoff > 1 else 1.0)
        yield from [self.most_seconds] * self.after_backoff

    def _growing(self, share: float) -> float:
        """Return the wait after a share of the backoff; only exponential growth is AWS's own, the others are options.

        Arithmetic and geometric growth, which HTTP/S policies may ask for, grow like the linear one here.
        """
        if self.grows != "exponential" or not self.least_seconds:
            return self.least_seconds + share * (self.most_seconds - self.least_seconds)
        return float(self.least_seconds * (self.most_seconds / self.least_seconds) ** share)


MANAGED: Final = DeliveryPolicy(3, 2, 10, 100_000, 1.0, 20.0)
"""SQS, Lambda, Firehose: 100,015 attempts over 23 days."""

MAIL: Final = DeliveryPolicy(0, 2, 10, 38, 10.0, 600.0)
"""SMTP, SMS, mobile push: 50 attempts over 6 hours."""

HTTP: Final = DeliveryPolicy(0, 0, 3, 0, 20.0, 20.0, "linear")
"""HTTP/S: "up to three retries with a delay between failed attempts set at 20 seconds"."""

OF_PROTOCOL: Final = {"https": HTTP, "http": HTTP, "email": MAIL, "email-json": MAIL, "sqs": MANAGED, "lambda": MANAGED}


def policy_of(protocol: str, subscription_policy: str | None = None) -> DeliveryPolicy:
    """Return the delivery policy of a subscription; only HTTP/S may have one of its own, as JSON."""
    given = json.loads(subscription_policy).get("healthyRetryPolicy") if subscription_policy else None
    if protocol not in {"http", "https"} or not given:
        return OF_PROTOCOL[protocol]
    return _own(given)


def _own(given: dict[str, Any]) -> DeliveryPolicy:
    """Read a healthyRetryPolicy; what it does not name is as in the default policy."""
    first, before, last = (int(given.get(f"num{name}Retries", 0)) for name in ("NoDelay", "MinDelay", "MaxDelay"))
    return DeliveryPolicy(
        without_delay=first,
        before_backoff=before,
        backoff=max(0, int(given.get("numRetries", HTTP.backoff)) - first - before - last),
        after_backoff=last,
        least_seconds=float(given.get("minDelayTarget", HTTP.least_seconds)),
        most_seconds=float(given.get("maxDelayTarget", HTTP.most_seconds)),
        grows=str(given.get("backoffFunction", HTTP.grows)),
    )
