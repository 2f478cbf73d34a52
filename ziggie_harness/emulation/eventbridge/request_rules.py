"""What EventBridge refuses of a request, one function a rule, each with the source of the fact."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ziggie_harness.emulation.eventbridge.patterns import pattern_of
from ziggie_harness.emulation.eventbridge.schedules import is_rate
from ziggie_harness.emulation.eventbridge.values import PatternError

Parameters = Mapping[str, Any]
"""The parameters of a request, named as boto3 names them."""

ENTRIES_MOST: Final = 10
"""Source: botocore service model, events, PutEventsRequestEntryList, max 10."""

ENTRY_MOST_BYTES: Final = 256 * 1024
"""Source: EventBridge user guide, "Calculating Amazon EventBridge PutEvents event entry size"."""

TARGETS_MOST: Final = 5
"""Source: EventBridge user guide, quotas: "Targets: 5 per rule"; the code of the error is botocore's."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the API answers, or the error of one entry of a request."""

    code: str
    message: str


def pattern_is_valid(request: Parameters) -> Refusal | None:
    """Refuse a rule whose event pattern is none.

    Source: botocore service model, PutRule, InvalidEventPatternException ("The event pattern is not valid"). Observed:
    "Event pattern is not valid. Reason: ...".
    """
    text = request.get("EventPattern")
    if text is None:
        return None
    try:
        pattern_of(text)
    except PatternError as error:
        return Refusal("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}")
    return None


def schedule_is_spelled(request: Parameters) -> Refusal | None:
    """Refuse a schedule that is neither a rate, its unit in the right number, nor an expression of cron.

    Source: EventBridge user guide, "Rate expressions": the unit is singular for 1, and plural above. Observed:
    "Parameter ScheduleExpression is not valid."
    """
    schedule = request.get("ScheduleExpression")
    if not schedule or is_rate(schedule) or schedule.startswith("cron("):
        return None
    return Refusal("ValidationException", "Parameter ScheduleExpression is not valid.")


def few_targets(request: Parameters) -> Refusal | None:
    """Refuse more than five targets of a rule. Source: botocore service model, PutTargets, LimitExceededException."""
    if len(request.get("Targets", ())) <= TARGETS_MOST:
        return None
    return Refusal("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def few_entries(request: Parameters) -> Refusal | None:
    """Refuse more than ten entries. Source: botocore service model, PutEventsRequestEntryList."""
    if 1 <= len(request.get("Entries", ())) <= ENTRIES_MOST:
        return None
    text = "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length"
    return Refusal("ValidationException", f"{text} less than or equal to {ENTRIES_MOST}")


def tested_event_is_whole(request: Parameters) -> Refusal | None:
    """Refuse a tested event that lacks a field of every event.

    Source: botocore service model, TestEventPatternRequest.Event: "The JSON must follow the format specified in AWS
    Events, and the following fields are mandatory: id, account, source, time, region, resources, detail-type". The
    error's code is our reading of reports.
    """
    try:
        event = json.loads(request.get("Event", ""))
    except ValueError:
        return Refusal("ValidationException", "Parameter Event is not valid. Reason: it is not JSON")
    needed = ("id", "account", "source", "time", "region", "resources", "detail-type")
    missing = [name for name in needed if not isinstance(event, dict) or name not in event]
    if not missing:
        return None
    return Refusal("ValidationException", f"Parameter Event is not valid. Reason: {', '.join(missing)} is missing")


def entry_is_whole(entry: Parameters) -> Refusal | None:
    """Refuse an entry without source, detail-type or detail.

    Source: botocore service model, PutEventsRequestEntry: "Detail, DetailType, and Source are required". Observed:
    "Parameter Source is not valid. Reason: Source is a required argument."
    """
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return Refusal("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    return None


def source_is_own(entry: Parameters) -> Refusal | None:
    """Refuse an entry that claims to be of AWS.

    Source: EventBridge user guide, "Adding events with PutEvents": "source ... must not begin with aws."; observed:
    NotAuthorizedForSourceException, "Not authorized for the source."
    """
    if not entry.get("Source", "").startswith("aws."):
        return None
    return Refusal("NotAuthorizedForSourceException", "Not authorized for the source.")


def detail_is_an_object(entry: Parameters) -> Refusal | None:
    """Refuse a detail that is no JSON object.

    Source: botocore service model, PutEventsRequestEntry.Detail: "A valid JSON object". Observed: MalformedDetail,
    "Detail is malformed."
    """
    try:
        detail = json.loads(entry.get("Detail", ""))
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else Refusal("MalformedDetail", "Detail is malformed.")


def entry_is_small(entry: Parameters) -> Refusal | None:
    """Refuse a request of 256 KB and more.

    Source: EventBridge user guide, "Calculating PutEvents event entry size". The error's code is our reading.
    """
    size = sum(len(entry.get(name, "").encode()) for name in ("Source", "DetailType", "Detail"))
    if size < ENTRY_MOST_BYTES:
        return None
    return Refusal("ValidationException", f"Total size of the entries in the request is over the limit: {size}")


REQUEST_RULES: Final[Mapping[str, tuple[Callable[[Parameters], Refusal | None], ...]]] = {
    "PutRule": (pattern_is_valid, schedule_is_spelled),
    "TestEventPattern": (pattern_is_valid, tested_event_is_whole),
    "PutTargets": (few_targets,),
    "PutEvents": (few_entries,),
}
"""The rules of each operation; who breaks one gets its error."""

ENTRY_RULES: Final = (entry_is_whole, source_is_own, detail_is_an_object, entry_is_small)
"""The rules of one entry of PutEvents: the entry fails, the others are taken."""

RULES: Final[tuple[Callable[..., Refusal | None], ...]] = (
    *dict.fromkeys(rule for rules in REQUEST_RULES.values() for rule in rules),
    *ENTRY_RULES,
)
"""All of them, for documentation and tests."""


def refusal(operation: str, request: Parameters) -> Refusal | None:
    """Return the first objection to a request, or None."""
    return next((found for rule in REQUEST_RULES.get(operation, ()) if (found := rule(request))), None)


def entry_refusal(entry: Parameters) -> Refusal | None:
    """Return the first objection to an entry of PutEvents, or None."""
    return next((found for rule in ENTRY_RULES if (found := rule(entry))), None)
