"""The declared alerting: alarms on health checks, rules on events, topics, and who is told.

What AWS demands of one value stands here beside it; what values require of each other stands in ``contradictions``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt
from pydantic.dataclasses import dataclass

from ziggie_harness.model.errors import Problem
from ziggie_harness.model.functions import Function
from ziggie_harness.model.values import STRICT, Name, Positive, Role, whole

MINUTE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, config=STRICT)
class Receiver:
    """Somebody who is told: a pager's HTTPS endpoint or a mailbox, in a region or, without one, outside all of them."""

    protocol: Literal["https", "email"]
    region: Role | None = None
    confirms: StrictBool = True
    """Whether the subscription is confirmed; one that is not gets nothing (SNS developer guide)."""


@dataclass(frozen=True, slots=True, config=STRICT)
class AlertTopic:
    """An SNS topic and who is subscribed to it."""

    region: Role
    receivers: Annotated[tuple[Name, ...], Field(min_length=1)]
    admits_events: StrictBool = True
    """The topic's policy lets EventBridge publish; the policy that AWS makes by default does not."""


@dataclass(frozen=True, slots=True, config=STRICT)
class HealthAlarm:
    """A CloudWatch alarm on the metrics of a health check.

    Limits: botocore service model cloudwatch 2010-08-01, shapes EvaluationPeriods and DatapointsToAlarm (1 or more),
    Period, Statistic, ComparisonOperator; PutMetricAlarmInput.TreatMissingData.
    """

    region: Role
    health_check: Name
    threshold: float
    comparison: Literal[
        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
    ]
    topics: tuple[Name, ...] = ()
    metric: Literal["HealthCheckStatus", "HealthCheckPercentageHealthy"] = "HealthCheckStatus"
    statistic: Literal["Average", "Minimum", "Maximum", "Sum", "SampleCount"] = "Minimum"
    period_seconds: Annotated[
        Positive, Field(validation_alias="period", serialization_alias="period"), AfterValidator(whole)
    ] = 60.0
    evaluation_periods: Annotated[StrictInt, Field(ge=1)] = 1
    datapoints_to_alarm: Annotated[StrictInt, Field(ge=1)] = 1
    missing_data: Literal["missing", "notBreaching", "breaching", "ignore"] = "missing"


@dataclass(frozen=True, slots=True, config=STRICT)
class EventRule:
    """An EventBridge rule: which events, or how often, and where they go: topics, buses of other regions, functions."""

    region: Role
    pattern: Mapping[str, Any] = Field(default_factory=dict)
    every_seconds: Annotated[Positive | None, Field(validation_alias="every", serialization_alias="every")] = None
    """Instead of a pattern: an event at a rate, of whole minutes (EventBridge user guide, "Rate-based schedules")."""
    topics: tuple[Name, ...] = ()
    buses: tuple[Role, ...] = ()
    functions: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, config=STRICT)
class Alerts:
    """The whole alerting."""

    receivers: Annotated[Mapping[Name, Receiver], Field(min_length=1)]
    topics: Annotated[Mapping[Name, AlertTopic], Field(min_length=1)]
    alarms: Mapping[Name, HealthAlarm] = Field(default_factory=dict)
    rules: Mapping[Name, EventRule] = Field(default_factory=dict)

    def contradictions(
        self, health_checks: Mapping[str, object], functions: Mapping[str, Function]
    ) -> Iterator[Problem]:
        """Yield what names nothing, and what AWS refuses because it lies in another region.

        Sources: PutMetricAlarm refuses an action in another region; EventBridge user guide, "Targets": "must be in the
        same Region as the rule", but for event buses.
        """
        for name, topic in self.topics.items():
            for receiver in topic.receivers:
                yield from _named(f"alerts.topics.{name}.receivers", receiver, self.receivers, "receiver")
        for name, alarm in self.alarms.items():
            yield from _named(f"alerts.alarms.{name}.health_check", alarm.health_check, health_checks, "health check")
            yield from self._reached(f"alerts.alarms.{name}.topics", alarm.region, alarm.topics)
            if alarm.datapoints_to_alarm > alarm.evaluation_periods:
                place, most = f"alerts.alarms.{name}.datapoints_to_alarm", alarm.evaluation_periods
                yield Problem(place, str(alarm.datapoints_to_alarm), f"at most evaluation_periods, {most}")
        for name, rule in self.rules.items():
            yield from self._reached(f"alerts.rules.{name}.topics", rule.region, rule.topics)
            yield from _invoked(f"alerts.rules.{name}.functions", rule, functions)
            if bool(rule.pattern) == (rule.every_seconds is not None):
                yield Problem(f"alerts.rules.{name}", "both or none", "a pattern, or `every` for a rate")
            if rule.every_seconds is not None and rule.every_seconds % MINUTE_SECONDS:
                yield Problem(f"alerts.rules.{name}.every", f"{rule.every_seconds:g} s", "whole minutes")
            if not (rule.topics or rule.buses or rule.functions):
                yield Problem(f"alerts.rules.{name}", "no target", "topics, buses or functions")

    def _reached(self, path: str, region: Role, topics: tuple[str, ...]) -> Iterator[Problem]:
        """Yield what keeps something in a region from reaching topics."""
        for topic in topics:
            yield from _named(path, topic, self.topics, "topic")
            if topic in self.topics and self.topics[topic].region is not region:
                there = self.topics[topic].region
                yield Problem(
                    path, f"{topic} in the {there} region", f"a topic in the {region} region: AWS asks for it"
                )


def _invoked(path: str, rule: EventRule, functions: Mapping[str, Function]) -> Iterator[Problem]:
    """Yield what keeps a rule from functions."""
    for name in rule.functions:
        yield from _named(path, name, functions, "function")
        if name in functions and functions[name].region is not rule.region:
            there = functions[name].region
            yield Problem(path, f"{name} in the {there} region", f"a function in the {rule.region} region, as AWS asks")


def _named(path: str, name: str, declared: Mapping[str, object], kind: str) -> Iterator[Problem]:
    """Yield a problem for a name that stands for nothing."""
    if name not in declared:
        yield Problem(path, repr(name), f"a declared {kind} ({', '.join(declared) or 'none'})")
