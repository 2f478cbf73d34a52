"""Alarms: when CloudWatch calls a metric out of bounds, within them, or unknown.

Source: CloudWatch user guide, "Using Amazon CloudWatch alarms" and "Configuring how CloudWatch alarms treat missing
data", whose two tables are the tests of this.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ziggie_harness.emulation.cloudwatch.metrics import Metric

EXTRA_PERIODS: Final = 2
"""How many periods more than the evaluation periods are looked at. "CloudWatch attempts to retrieve a higher number of
data points than ... Evaluation Periods. The exact number ... depends": the guide's tables have 5 for 3, so two more is
an assumption for every other number."""

COMPARISONS: Final[Mapping[str, tuple[Callable[[float, float], bool], str]]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""Source: botocore service model, cloudwatch, shape ComparisonOperator; those of anomaly bands are not emulated."""

MISSING_DATA: Final = ("missing", "notBreaching", "breaching", "ignore")
"""Source: botocore service model, PutMetricAlarmInput.TreatMissingData, "Valid Values"; the first is the default."""


class State(StrEnum):
    """The states of an alarm (botocore service model, StateValue)."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on one metric."""

    name: str
    metric: Metric
    statistic: str
    period_seconds: float
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison: str
    missing_data: str
    actions: Mapping[State, tuple[str, ...]]
    """The ARNs that are told of a change to a state; none when actions are disabled."""

    @property
    def looked_at(self) -> int:
        """How many periods an evaluation looks at, its evaluation range."""
        return self.evaluation_periods + EXTRA_PERIODS

    @staticmethod
    def of(described: Mapping[str, Any]) -> Alarm:
        """Return the alarm that a request or a description declares, in the members of PutMetricAlarm."""
        enabled = described.get("ActionsEnabled", True)
        actions = {
            State.OK: described.get("OKActions", ()),
            State.ALARM: described.get("AlarmActions", ()),
            State.INSUFFICIENT_DATA: described.get("InsufficientDataActions", ()),
        }
        return Alarm(
            name=described["AlarmName"],
            metric=Metric.of(described["Namespace"], described["MetricName"], described.get("Dimensions") or ()),
            statistic=described["Statistic"],
            period_seconds=float(described["Period"]),
            evaluation_periods=int(described["EvaluationPeriods"]),
            datapoints_to_alarm=int(described.get("DatapointsToAlarm") or described["EvaluationPeriods"]),
            threshold=float(described["Threshold"]),
            comparison=described["ComparisonOperator"],
            missing_data=described.get("TreatMissingData") or MISSING_DATA[0],
            actions={state: tuple(arns) if enabled else () for state, arns in actions.items()},
        )

    def breaches(self, value: float) -> bool:
        """Say whether a value is out of bounds."""
        return COMPARISONS[self.comparison][0](value, self.threshold)

    def evaluate(self, points: Sequence[float | None], state: State) -> State:
        """Return the state that follows from the points of the evaluation range, the oldest first.

        Real points count before missing ones: these are filled in only as far as real ones are too few.
        """
        real = [value for value in points if value is not None][-self.evaluation_periods :]
        breaching = sum(map(self.breaches, real))
        lacking = self.evaluation_periods - len(real)
        if lacking and self.missing_data == "breaching":
            breaching += lacking
        if breaching >= self.datapoints_to_alarm:
            return self._unless_ignored(State.ALARM, real, lacking, state)
        if lacking == 0 or self.missing_data == "notBreaching" or breaching < len(real):
            return State.OK
        if self.missing_data == "breaching":
            return State.OK
        if self.missing_data == "ignore":
            return state
        return State.ALARM if self._breached_long_ago(points) else State.INSUFFICIENT_DATA

    def _unless_ignored(self, found: State, real: Sequence[float], lacking: int, state: State) -> State:
        """Return the state found, or the present one where missing points are ignored and only breaching ones exist.

        Source: the tables' rows with breaching and missing points alone, column IGNORE: "Retain current state".
        """
        alone = all(map(self.breaches, real))
        return state if lacking and alone and self.missing_data == "ignore" else found

    def _breached_long_ago(self, points: Sequence[float | None]) -> bool:
        """Say whether the oldest breaching point is as old as the datapoints to alarm, all later ones being alike.

        Source: "Alarms ... always go into ALARM state when the oldest available breaching datapoint during the
        Evaluation Periods number of data points is at least as old as the value of Datapoints to Alarm, and all other
        more recent data points are breaching or missing".
        """
        ages = [len(points) - number for number, value in enumerate(points) if value is not None]
        return bool(ages) and ages[0] >= self.datapoints_to_alarm

    def reason(self, points: Sequence[float | None], state: State) -> str:
        """Say, in CloudWatch's manner, why an alarm is in a state."""
        real = [value for value in points if value is not None][-self.evaluation_periods :]
        if state is State.INSUFFICIENT_DATA:
            return f"Insufficient Data: {self.evaluation_periods - len(real)} datapoints were unknown."
        if not real:
            treated = f"missing datapoints were treated as [{self.missing_data}]"
            return (
                f"Threshold Crossed: no datapoints were received for {self.evaluation_periods} periods and {treated}."
            )
        breaching, told = sum(map(self.breaches, real)), ", ".join(f"{value:g}" for value in real)
        crossed = f"{breaching} out of the last {len(real)} datapoints [{told}] were {COMPARISONS[self.comparison][1]}"
        return (
            f"Threshold Crossed: {crossed} the threshold ({self.threshold:g}); {self.datapoints_to_alarm} are an alarm."
        )
