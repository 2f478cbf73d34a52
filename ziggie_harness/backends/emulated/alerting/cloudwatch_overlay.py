"""The API of CloudWatch, where moto is lax or inert: alarms that begin without data, and are judged."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import gap
from ziggie_harness.emulation.cloudwatch import request_rules
from ziggie_harness.emulation.cloudwatch.alarms import State
from ziggie_harness.emulation.cloudwatch.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ziggie_harness.backends.emulated.alerting.watch import Watch
    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.dates import DrillDates

SERVICE: Final = "cloudwatch"

SHORTEST_PERIOD_SECONDS: Final = 60
"""Alarms on high-resolution metrics are not emulated."""


class CloudWatchApi:
    """An overlay of the gateway."""

    def __init__(self, watch: Watch, dates: DrillDates) -> None:
        """Tell a watch what it is told."""
        self._watch, self._dates = watch, dates
        self._kept: dict[tuple[str, str], State] = {}

    def handle(self, call: Call) -> Answer | None:
        """Refuse what CloudWatch refuses, and set states so that somebody is told."""
        if call.service != SERVICE:
            return None
        if call.operation == "PutMetricAlarm":
            self._check(call)
        if call.operation == "PutCompositeAlarm":
            raise gap("cloudwatch PutCompositeAlarm", "composite alarms are not judged")
        if call.operation == "SetAlarmState":
            return self._set(call)
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Let a new alarm begin without data, and take in values of metrics."""
        if call.service == SERVICE and call.operation == "PutMetricAlarm":
            name = call.parameters["AlarmName"]
            # "When you update an existing alarm, its state is left unchanged" (botocore service model, PutMetricAlarm).
            before = self._kept.pop((call.region, name), State.INSUFFICIENT_DATA)
            state.set_alarm_state(call.region, name, before, "Unchecked: Initial alarm creation")
        if call.service == SERVICE and call.operation == "PutMetricData":
            for datum in call.parameters["MetricData"]:
                self._take(call.region, call.parameters["Namespace"], datum)
        return answer

    def _check(self, call: Call) -> None:
        """Raise AWS's error for an alarm that it refuses, the emulator's for one that it does not know."""
        if messages := request_rules.errors(call.parameters, call.region):
            raise AwsError("ValidationError", ", ".join(messages))
        gaps = request_rules.gaps(call.parameters)
        if not gaps and call.parameters.get("Period", SHORTEST_PERIOD_SECONDS) < SHORTEST_PERIOD_SECONDS:
            gaps = ("alarms on high-resolution metrics are not emulated",)
        if gaps:
            raise gap("cloudwatch PutMetricAlarm", "; ".join(gaps))
        name = call.parameters["AlarmName"]
        if kept := state.alarms(call.region).get(name):
            self._kept[call.region, name] = kept[1]

    def _set(self, call: Call) -> Answer:
        """Set an alarm's state, until it is judged again.

        Source: botocore service model, SetAlarmState, ResourceNotFound: "The named resource does not exist".
        """
        name, given = call.parameters["AlarmName"], call.parameters["StateValue"]
        if name not in state.alarms(call.region):
            raise AwsError("ResourceNotFound", "The named resource does not exist.", 404)
        if given not in list(State):
            raise AwsError("ValidationError", f"StateValue {given} is none of {', '.join(State)}")
        self._watch.set_state(call.region, name, State(given), call.parameters["StateReason"])
        return Answer()

    def _take(self, region: str, namespace: str, datum: Mapping[str, Any]) -> None:
        """Take in one datum; a set of statistics counts as its average."""
        metric = Metric.of(namespace, datum["MetricName"], datum.get("Dimensions") or ())
        now = self._dates.seconds(self._dates.now())
        at = datum.get("Timestamp")
        at_seconds = self._dates.seconds(at.replace(tzinfo=dt.UTC)) if at else now
        values = [datum["Value"]] if "Value" in datum else datum.get("Values") or []
        if statistics := datum.get("StatisticValues"):
            values = [statistics["Sum"] / statistics["SampleCount"]]
        for value in values:
            self._watch.put(region, metric, at_seconds, float(value), now)
