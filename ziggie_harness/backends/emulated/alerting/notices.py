"""What CloudWatch says of an alarm that changed: its event, and its message to a topic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.cloudwatch.alarms import Alarm, State


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an alarm's state."""

    region: str
    arn: str
    alarm: Alarm
    before: State
    now: State
    reason: str


def _trigger(alarm: Alarm) -> Mapping[str, object]:
    """Describe what an alarm looks at, as its notification does."""
    return {
        "MetricName": alarm.metric.name,
        "Namespace": alarm.metric.namespace,
        "Statistic": alarm.statistic,
        "Dimensions": [{"name": name, "value": value} for name, value in sorted(alarm.metric.dimensions)],
        "Period": alarm.period_seconds,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.missing_data,
    }


def event_detail(change: Change, timestamp: str) -> Mapping[str, object]:
    """Return the detail of a change's event (CloudWatch user guide, "Alarm events and EventBridge")."""
    alarm = change.alarm
    metric = {
        "namespace": alarm.metric.namespace,
        "name": alarm.metric.name,
        "dimensions": dict(sorted(alarm.metric.dimensions)),
    }
    stat = {"metric": metric, "period": alarm.period_seconds, "stat": alarm.statistic}
    return {
        "alarmName": alarm.name,
        "configuration": {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]},
        "previousState": {"value": change.before},
        "state": {"value": change.now, "reason": change.reason, "timestamp": timestamp},
    }


def notification(change: Change) -> Mapping[str, str]:
    """Return the message of a change, in the members of Publish, with the keys that CloudWatch's messages have."""
    alarm = change.alarm
    message = {
        "AlarmName": alarm.name,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": change.now,
        "NewStateReason": change.reason,
        "Region": change.region,
        "AlarmArn": change.arn,
        "OldStateValue": change.before,
        "Trigger": _trigger(alarm),
    }
    return {"Subject": f'{change.now}: "{alarm.name}" in {change.region}'[:99], "Message": json.dumps(message)}


def invocation(change: Change, timestamp: str) -> str:
    """Return what a function that is an action is handed (CloudWatch user guide, "Lambda alarm actions")."""
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "alarmArn": change.arn,
            "accountId": ACCOUNT,
            "time": timestamp,
            "region": change.region,
            "alarmData": event_detail(change, timestamp),
        }
    )
