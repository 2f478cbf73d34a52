"""moto's state of EventBridge, CloudWatch, SNS and SQS, read as our own dataclasses, and written where moto is silent.

moto's version is pinned; ``tests/backends/emulated/alerting`` goes through all that is used here.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.cloudwatch.alarms import Alarm, State
from ziggie_harness.emulation.eventbridge.patterns import Pattern, pattern_of

DEFAULT_BUS: Final = "default"

ENABLED: Final = "ENABLED"

NOTHING: Final = pattern_of('{"source": [""]}')
"""The pattern of a rule that waits for no event."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled rule."""

    name: str
    arn: str
    pattern: Pattern
    targets: tuple[Mapping[str, Any], ...]
    """As the API describes them."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of a topic."""

    arn: str
    protocol: str
    endpoint: str
    delivery_policy: str
    raw: bool
    wants: Callable[[Mapping[str, Any], str], bool]
    """Says whether its filter lets a message with these attributes pass."""


def rules(region: str, bus: str = DEFAULT_BUS) -> tuple[Rule, ...]:
    """Return the enabled rules of a bus that have a pattern."""
    found = _backend("events", region).event_buses.get(bus)
    kept = tuple(found.rules.values()) if found else ()
    return tuple(
        Rule(rule.name, rule.arn, pattern_of(rule.event_pattern.dump()), tuple(map(dict, rule.targets)))
        for rule in kept
        if rule.state == ENABLED and rule.event_pattern.dump()
    )


def scheduled(region: str, name: str) -> tuple[str, Rule] | None:
    """Return an enabled rule with a schedule, and that schedule; None when there is none."""
    found = _backend("events", region).event_buses[DEFAULT_BUS].rules.get(name)
    if found is None or found.state != ENABLED or not found.scheduled_expression:
        return None
    return found.scheduled_expression, Rule(found.name, found.arn, NOTHING, tuple(map(dict, found.targets)))


def alarms(region: str) -> Mapping[str, tuple[Alarm, State]]:
    """Return the alarms on single metrics, with their states, by name."""
    kept = dict(_backend("cloudwatch", region).alarms)
    return {
        name: (_alarm(alarm), State(alarm.state_value))
        for name, alarm in kept.items()
        if not alarm.rule and alarm.metric_name
    }


def alarm_arn(region: str, name: str) -> str:
    """Return the ARN of an alarm."""
    return str(_backend("cloudwatch", region).alarms[name].alarm_arn)


def set_alarm_state(region: str, name: str, state: State, reason: str) -> None:
    """Give an alarm a state; one that was deleted meanwhile has none."""
    alarm = _backend("cloudwatch", region).alarms.get(name)
    if alarm is not None:
        alarm.update_state(reason, "{}", str(state))


def topic_policy(region: str, arn: str) -> Mapping[str, Any] | None:
    """Return the policy of a topic, or None when there is no topic."""
    topic = _backend("sns", region).topics.get(arn)
    if topic is None:
        return None
    policy: Mapping[str, Any] = json.loads(topic.policy)
    return policy


def subscriptions(region: str, topic_arn: str) -> Sequence[Subscription]:
    """Return the subscriptions of a topic."""
    kept = tuple(_backend("sns", region).subscriptions.values())
    return [_subscription(each) for each in kept if each.topic.arn == topic_arn]


def send_to_queue(arn: str, body: str, attributes: Mapping[str, str]) -> None:
    """Put a message into a queue; raise KeyError when there is none."""
    region, name = queue_of(arn)
    given = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
    _backend("sqs", region).send_message(queue_name=name, message_body=body, message_attributes=given)


def queue_policy(arn: str) -> Mapping[str, Any] | None:
    """Return the policy of a queue; raise KeyError when there is no queue."""
    region, name = queue_of(arn)
    policy = _backend("sqs", region).queues[name].policy
    read: Mapping[str, Any] | None = json.loads(policy) if policy and isinstance(policy, str) else policy or None
    return read


def queue_of(arn: str) -> tuple[str, str]:
    """Return region and name of a queue's ARN."""
    _, _, _, region, _, name = arn.split(":", 5)
    return region, name


def _alarm(alarm: Any) -> Alarm:  # noqa: ANN401 - moto ships no type information
    """Read an alarm of moto."""
    return Alarm.of(
        {
            "AlarmName": alarm.name,
            "Namespace": alarm.namespace,
            "MetricName": alarm.metric_name,
            "Dimensions": [{"Name": each.name, "Value": each.value} for each in alarm.dimensions],
            "Statistic": alarm.statistic,
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "DatapointsToAlarm": alarm.datapoints_to_alarm,
            "Threshold": alarm.threshold,
            "ComparisonOperator": alarm.comparison_operator,
            "TreatMissingData": alarm.treat_missing_data,
            "ActionsEnabled": alarm.actions_enabled,
            "OKActions": alarm.ok_actions,
            "AlarmActions": alarm.alarm_actions or (),
            "InsufficientDataActions": alarm.insufficient_data_actions,
        }
    )


def _subscription(each: Any) -> Subscription:  # noqa: ANN401 - as above
    """Read a subscription of moto."""
    matcher = each._filter_policy_matcher  # noqa: SLF001 - moto has no other way to ask it
    return Subscription(
        arn=each.arn,
        protocol=each.protocol,
        endpoint=each.endpoint,
        delivery_policy=each.attributes.get("DeliveryPolicy", ""),
        raw=str(each.attributes.get("RawMessageDelivery", "false")).lower() == "true",
        wants=lambda attributes, message: matcher is None or bool(matcher.matches(attributes, message)),
    )


def _backend(service: str, region: str) -> Any:  # noqa: ANN401 - as above
    """Return moto's state of a service in a region."""
    return getattr(importlib.import_module(f"moto.{service}.models"), f"{service}_backends")[ACCOUNT][region]
