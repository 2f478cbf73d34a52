"""Readings of a history that the checks of secrets need. Pure and total, as model/timeline.py is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ziggie_harness.model.history import CallMade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ziggie_harness.model.history import History
    from ziggie_harness.model.secret_events import SecretAsked

OWNERS_MISTAKES: Final = ("AccessDeniedException", "ResourceNotFoundException", "InvalidRequestException")
"""Answers that are no outage: who asks may not, or what is asked for is not there."""


def calls_of(history: History, ended_seconds: float, asked: SecretAsked) -> Sequence[CallMade]:
    """Return the calls that an application made while it was asked for a secret."""
    return [
        call
        for at, call in history.of_kind(CallMade)
        if asked.started_seconds <= at <= ended_seconds
        and call.operation == "GetSecretValue"
        and call.caller == asked.region
    ]
