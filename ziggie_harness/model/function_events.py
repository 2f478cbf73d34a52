"""What a history tells of functions: what was deployed, each attempt to run it, and what was given up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FunctionDeployed:
    """A function got its code."""

    function: str
    region: str
    handler: str
    code_sha256: str


@dataclass(frozen=True, slots=True)
class FunctionStarted:
    """A function began to answer an event."""

    request: str
    function: str
    region: str
    attempt: int
    invoked_by: str
    """A service of AWS, or the site of a caller."""
    event: str
    """The event as JSON, from its beginning."""


@dataclass(frozen=True, slots=True)
class FunctionEnded:
    """An attempt of a function to answer an event ended."""

    request: str
    function: str
    region: str
    attempt: int
    started_seconds: float
    error_type: str
    """The class of the error, or Lambda's name for it; empty when there was none."""
    error: str
    result: str
    """What it returned, as JSON, from its beginning."""
    log_tail: str
    """What it logged last."""


@dataclass(frozen=True, slots=True)
class FunctionGivenUp:
    """Lambda will not try an event again."""

    request: str
    function: str
    region: str
    attempts: int
    reason: str
    """As a destination is told: RetriesExhausted or EventAgeExceeded."""
    told: str
    """The ARN of the queue or topic that was sent the event; empty when there is none."""
    refusal: str
    """Why that did not take it, as a sentence; empty when it did."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody asked what moves the service to stop: the owner by the witness, or an operator by an abort."""

    by: str
    for_seconds: float
    """How long the witness keeps it, unless it is asked again; 0 for an abort, which is meant for one run alone."""


FunctionEvent = FunctionDeployed | FunctionStarted | FunctionEnded | FunctionGivenUp | StopAsked
