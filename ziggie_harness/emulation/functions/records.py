"""What Lambda says of an invocation: errors of the code and of the runtime, and the record for a destination."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.functions.function import LATEST

UNHANDLED: Final = "Unhandled"
"""The value of X-Amz-Function-Error (Lambda API reference, Invoke): "indicates that an error occurred"."""

TAIL_BYTES: Final = 4096
"""How much of the log an invoker may ask for. Source: Lambda API reference, Invoke, LogResult: "The last 4 KB"."""

SUCCESS: Final = "Success"
EXHAUSTED: Final = "RetriesExhausted"
TOO_OLD: Final = "EventAgeExceeded"
"""Why a destination is told. Source: developer guide, "Capturing records of Lambda asynchronous invocations"."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt of an invocation ended."""

    payload: str
    """What the handler returned, as JSON, or the description of the error."""
    error_type: str
    """The class of the error, or Lambda's name for it; empty when there was none."""
    error: str
    log: str
    """What was logged, from its end."""
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether it ended by an error."""
        return bool(self.error_type)


def failure(error_type: str, error: str, log: str, seconds: float) -> Outcome:
    """Return the outcome of an attempt that Lambda ended, or whose process ended by itself."""
    return Outcome(json.dumps({"errorType": error_type, "errorMessage": error}), error_type, error, log, seconds)


def timed_out(request: str, timeout_seconds: float, log: str, seconds: float) -> Outcome:
    """Return the outcome of an attempt that took too long.

    Observed, and in the developer guide's "Troubleshoot invocation issues": "Task timed out after 3.00 seconds".
    """
    told = f"RequestId: {request} Error: Task timed out after {timeout_seconds:.2f} seconds"
    return failure("Sandbox.Timedout", told, log, seconds)


def ended_itself(request: str, status: int, log: str, seconds: float) -> Outcome:
    """Return the outcome of an attempt whose process ended without an answer, as one does that needs too much memory.

    Source: developer guide, "Troubleshoot invocation issues": "RequestId: ... Error: Runtime exited with error: signal:
    killed", of a function that exceeded its memory.
    """
    how = "signal: killed" if status < 0 else f"exit status {status}"
    return failure("Runtime.ExitError", f"RequestId: {request} Error: Runtime exited with error: {how}", log, seconds)


def destination_record(  # noqa: PLR0913, PLR0917 - a record names all of it
    arn: str, request: str, condition: str, attempts: int, event: str, outcome: Outcome, timestamp: str
) -> Mapping[str, object]:
    """Return what a destination is sent (developer guide, "Capturing records ...", "invocation record")."""
    failed = {"functionError": UNHANDLED} if outcome.failed else {}
    return {
        "version": "1.0",
        "timestamp": timestamp,
        "requestContext": {
            "requestId": request,
            "functionArn": f"{arn}:{LATEST}",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(event),
        "responseContext": {"statusCode": 200, "executedVersion": LATEST, **failed},
        "responsePayload": json.loads(outcome.payload),
    }


def dead_letter_attributes(request: str, outcome: Outcome) -> Mapping[str, str]:
    """Return the attributes of a dead letter.

    Source: developer guide, "Adding a dead-letter queue": RequestID, ErrorCode (the HTTP status), ErrorMessage ("the
    first 1 KB").
    """
    return {"RequestID": request, "ErrorCode": "200", "ErrorMessage": outcome.error[:1024]}
