"""How EventBridge delivers: after a moment, again after a failure that may pass, and into a dead-letter queue at last.

Source: EventBridge user guide, "How EventBridge retries delivering events" and "Using dead-letter queues to process
undelivered events"; botocore service model, events, RetryPolicy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

LATENCY_SECONDS: Final = 0.5
"""How long an event takes to its target. An assumption: AWS promises no bound and says "typically half a second"."""

FIRST_RETRY_SECONDS: Final = 1.0
LONGEST_RETRY_SECONDS: Final = 512.0
"""Between which the wait for a retry doubles. An assumption: AWS says "exponential back off and jitter" only, and these
make 185 retries last about the 24 h that it names; jitter is left out."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and until how old, an event is tried.

    Source: "By default, EventBridge retries sending the event for 24 hours and up to 185 times".
    """

    retries: int = 185
    age_seconds: float = 86_400.0

    @staticmethod
    def of(target: Mapping[str, Any]) -> RetryPolicy:
        """Return the policy of a target as the API describes it."""
        given = target.get("RetryPolicy") or {}
        return RetryPolicy(
            int(given.get("MaximumRetryAttempts", RetryPolicy().retries)),
            float(given.get("MaximumEventAgeInSeconds", RetryPolicy().age_seconds)),
        )

    def waits(self) -> Iterator[float]:
        """Yield how long to wait before each retry, as long as there is one."""
        wait, age = FIRST_RETRY_SECONDS, 0.0
        for _ in range(self.retries):
            age += wait
            if age > self.age_seconds:
                return
            yield wait
            wait = min(2 * wait, LONGEST_RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery failed, and whether trying again can help.

    Source: "for errors that result from missing permissions to a target, or a target resource that no longer exists
    ... EventBridge sends these events directly to the DLQ".
    """

    code: str
    """As the dead letter's ERROR_CODE names it."""
    reason: str
    may_pass: bool


def dead_letter_attributes(rule_arn: str, target_arn: str, failure: Failure, retries: int) -> Mapping[str, str]:
    """Return the attributes of a dead letter.

    Source: "Using dead-letter queues ...": RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, RETRY_ATTEMPTS.
    """
    return {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": target_arn,
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.reason,
        "RETRY_ATTEMPTS": str(retries),
    }
