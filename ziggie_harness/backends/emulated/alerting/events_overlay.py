"""The API of EventBridge, where moto is lax or fails: patterns, entries, and events that reach their targets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.alerting.state import DEFAULT_BUS
from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import gap
from ziggie_harness.emulation.eventbridge.patterns import pattern_of
from ziggie_harness.emulation.eventbridge.request_rules import entry_refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ziggie_harness.backends.emulated.alerting.buses import Buses
    from ziggie_harness.backends.emulated.calls import Call

SERVICE: Final = "events"


class EventsApi:
    """An overlay of the gateway."""

    def __init__(self, buses: Buses) -> None:
        """Put events on buses."""
        self._buses = buses

    def handle(self, call: Call) -> Answer | None:
        """Refuse what EventBridge refuses, and answer what moto answers wrongly."""
        if call.service != SERVICE:
            return None
        if refused := refusal(call.operation, call.parameters):
            raise AwsError(refused.code, refused.message)
        schedule = call.parameters.get("ScheduleExpression") if call.operation == "PutRule" else None
        if schedule and schedule.startswith("cron("):
            raise gap("events PutRule", f"the schedule {schedule}: rates alone are")
        if call.operation == "TestEventPattern":
            pattern = pattern_of(call.parameters["EventPattern"])
            return Answer({"Result": pattern.matches(json.loads(call.parameters["Event"]))})
        if call.operation == "PutEvents":
            entries = [self._put(call.region, entry) for entry in call.parameters["Entries"]]
            return Answer({"Entries": entries, "FailedEntryCount": sum("ErrorCode" in entry for entry in entries)})
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Let a schedule begin; leave what moto answered as it is."""
        if call.service == SERVICE and call.operation == "PutRule" and call.parameters.get("ScheduleExpression"):
            self._buses.follow(call.region, call.parameters["Name"])
        return answer

    def _put(self, region: str, entry: Mapping[str, Any]) -> Mapping[str, str]:
        """Put one event on its bus; a refused one is told in its place, and the others are taken."""
        if refused := entry_refusal(entry):
            return {"ErrorCode": refused.code, "ErrorMessage": refused.message}
        detail = json.loads(entry["Detail"])
        resources = tuple(entry.get("Resources") or ())
        event = self._buses.made(region, entry["Source"], entry["DetailType"], detail, resources)
        bus: str = entry.get("EventBusName") or DEFAULT_BUS
        self._buses.carry(region, bus.rpartition("/")[2], event)
        return {"EventId": event["id"]}
