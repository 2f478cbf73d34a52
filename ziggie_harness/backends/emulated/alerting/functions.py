"""Functions as alerting sees them: something that is handed an event, by somebody who may be let in or not."""

from __future__ import annotations

from typing import Protocol

from ziggie_harness.emulation.eventbridge.delivery import Failure


class Functions(Protocol):
    """Where functions run."""

    def hand_over(self, arn: str, payload: str, service: str, source_arn: str) -> Failure | None:
        """Invoke a function asynchronously for a service of AWS; return why it was not taken, or None."""
        ...


class NoFunctions:
    """Where none are declared."""

    def hand_over(self, arn: str, payload: str, service: str, source_arn: str) -> Failure | None:
        """Tell that there is no such function."""
        return Failure("RESOURCE_NOT_FOUND", f"there is no function {arn}", may_pass=False)
