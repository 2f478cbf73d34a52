"""Clients can store objects and read them again: the longest time in which they could not is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ObjectAsked
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ObjectService:
    """After the fault no client is without its objects for longer than `at_most_seconds`, neither to store nor to read.

    An outage lasts from the start of the first request that failed to the start of the first one after it that
    succeeded; a read that brings something else than what was stored has failed. One that does not end is as long as
    the observation.
    """

    at_most_seconds: float
    name: ClassVar[str] = "object-service"

    def judge(self, history: History) -> Judgement:
        """Judge the longest outage of either kind of request."""
        fault = blow(history)
        asked = [event for _, event in history.of_kind(ObjectAsked) if event.started_seconds >= fault.at_seconds]
        if fault.objection is not None or not asked:
            sentence = fault.objection or "nobody asked for objects after the fault"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        stored = {event.key: event.digest for _, event in history.of_kind(ObjectAsked) if _stored(event)}
        outages = [
            (operation, *_longest(each, stored, history.end_seconds))
            for operation in ("put", "get")
            if (each := sorted((e for e in asked if e.operation == operation), key=lambda e: e.started_seconds))
        ]
        operation, seconds, reason = max(outages, key=lambda outage: outage[1], default=("", 0.0, ""))
        numbers = (Measurement("longest time without objects", seconds, "s", self.at_most_seconds),)
        if seconds <= 0.0:
            return Judgement(self.name, Verdict.PASSED, "clients could always store and read their objects", numbers)
        did = "store" if operation == "put" else "read"
        told = (
            f"clients could not {did} their objects for {seconds:.1f} s of at most {self.at_most_seconds:g} s: {reason}"
        )
        verdict = Verdict.PASSED if seconds <= self.at_most_seconds else Verdict.FAILED
        return Judgement(self.name, verdict, told, numbers)


def _stored(event: ObjectAsked) -> bool:
    """Say whether this request stored something for certain."""
    return event.operation == "put" and event.outcome is Outcome.ACKNOWLEDGED


def _objection(event: ObjectAsked, stored: dict[str, str]) -> str:
    """Return why a request did not give its client what it asked for, or nothing."""
    if event.outcome is not Outcome.ACKNOWLEDGED:
        return event.reason or str(event.outcome)
    if event.operation == "get" and event.digest != stored.get(event.key, event.digest):
        return f"{event.key} is not what was stored"
    return ""


def _longest(asked: Iterable[ObjectAsked], stored: dict[str, str], end_seconds: float) -> tuple[float, str]:
    """Return the length of the longest outage in requests of one kind, and its first reason."""
    longest, since, first = (0.0, ""), 0.0, ""
    for event in asked:
        reason = _objection(event, stored)
        if reason and not first:
            since, first = event.started_seconds, reason
        elif first and not reason:
            longest = max(longest, (event.started_seconds - since, first))
            first = ""
    return max(longest, (end_seconds - since, first)) if first else longest
