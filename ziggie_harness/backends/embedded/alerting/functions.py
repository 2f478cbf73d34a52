"""Functions as alerting sees them: something that is handed an event, by somebody who may be let in or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ziggie_harness.model.alert_events import FunctionHanded

if TYPE_CHECKING:
    from ziggie_harness.emulation.eventbridge.delivery import Failure
    from ziggie_harness.ports import Journal


class Functions(Protocol):
    """Where functions run."""

    def hand_over(self, arn: str, payload: str, service: str, source_arn: str) -> Failure | None:
        """Invoke a function asynchronously for a service of AWS; return why it was not taken, or None."""
        ...


class RecordedFunctions:
    """Functions that do not run: what they are handed is kept in the history."""

    def __init__(self, journal: Journal) -> None:
        """Record into a journal."""
        self._journal = journal

    def hand_over(self, arn: str, payload: str, service: str, source_arn: str) -> Failure | None:
        """Record what a function was handed."""
        self._journal.record(FunctionHanded(arn, payload))
        return None
