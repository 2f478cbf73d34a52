"""Alarms, row by row of the tables in AWS's guide, and what a request of them may not ask.

Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", its two tables.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggie_harness.emulation.cloudwatch.alarms import MISSING_DATA, Alarm, State
from ziggie_harness.emulation.cloudwatch.health_check_metrics import never_arrives, percentage_of, status_of
from ziggie_harness.emulation.cloudwatch.metrics import Metric, Metrics
from ziggie_harness.emulation.cloudwatch.request_rules import RULES, errors, gaps

TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"

REQUEST: dict[str, Any] = {
    "AlarmName": "primary-down",
    "Namespace": "AWS/Route53",
    "MetricName": "HealthCheckStatus",
    "Dimensions": [{"Name": "HealthCheckId", "Value": "check"}],
    "Statistic": "Minimum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 1.0,
    "ComparisonOperator": "LessThanThreshold",
    "AlarmActions": [TOPIC],
}

POINTS = {"0": 1.0, "X": 0.0, "-": None}
"""The guide's letters: within the threshold, breaching it, missing."""

RETAINED = "retained"


def points(row: str) -> list[float | None]:
    """Read a row of the guide."""
    return [POINTS[letter] for letter in row.split()]


def alarm(**members: object) -> Alarm:
    """Return an alarm as a request makes it."""
    return Alarm.of({**REQUEST, **members})


ROWS = [
    (3, "0 - X - X", "OK", "OK", "OK", "OK"),
    (3, "0 - - - -", "OK", "OK", "OK", "OK"),
    (3, "- - - - -", "INSUFFICIENT_DATA", RETAINED, "ALARM", "OK"),
    (3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, "- - - - X", "INSUFFICIENT_DATA", RETAINED, "ALARM", "OK"),
    (3, "X - - - -", "ALARM", RETAINED, "ALARM", "OK"),
    (2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0 - X - -", "OK", "OK", "ALARM", "OK"),
    (2, "- - - - 0", "OK", "OK", "ALARM", "OK"),
    (2, "- - - - X", "INSUFFICIENT_DATA", RETAINED, "ALARM", "OK"),
]
"""Datapoints to alarm of three, the points, and the state for missing, ignore, breaching and notBreaching."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} of 3: {row[1]}")
@pytest.mark.parametrize("before", State)
def test_every_row_of_the_guide(row: tuple[int, str, str, str, str, str], before: State) -> None:
    """All four treatments of missing data, from each state."""
    datapoints, letters, *expected = row
    for treatment, wanted in zip(("missing", "ignore", "breaching", "notBreaching"), expected, strict=True):
        found = alarm(DatapointsToAlarm=datapoints, TreatMissingData=treatment).evaluate(points(letters), before)
        assert found == (before if wanted == RETAINED else wanted), treatment


@given(
    st.lists(st.sampled_from([0.0, 1.0]), min_size=5, max_size=5),
    st.sampled_from(MISSING_DATA),
    st.sampled_from(State),
    st.integers(1, 3),
)
def test_without_missing_data_only_the_last_points_count(
    values: list[float], treatment: str, before: State, datapoints: int
) -> None:
    """Source: "If no data points in the evaluation range are missing, CloudWatch evaluates the most recent"."""
    judged = alarm(DatapointsToAlarm=datapoints, TreatMissingData=treatment)
    wanted = State.ALARM if values[-3:].count(0.0) >= datapoints else State.OK
    assert judged.evaluate(values, before) is wanted


def test_a_single_breaching_point_of_one_is_enough() -> None:
    """One of one: the most frequent alarm on a health check; a value that is late is passed over."""
    one = alarm(EvaluationPeriods=1)
    assert one.looked_at == 3
    assert one.evaluate(points("0 X -"), State.OK) is State.ALARM
    assert one.evaluate(points("X 0 -"), State.ALARM) is State.OK
    assert one.evaluate(points("- - -"), State.OK) is State.INSUFFICIENT_DATA
    crossed = "1 out of the last 1 datapoints [0] were less than the threshold (1)"
    assert crossed in one.reason(points("0 X -"), State.ALARM)
    assert "treated as [breaching]" in alarm(TreatMissingData="breaching").reason(points("- - -"), State.ALARM)
    assert "unknown" in one.reason(points("- - -"), State.INSUFFICIENT_DATA)


def test_disabled_actions_are_none() -> None:
    """Source: botocore service model, PutMetricAlarmInput.ActionsEnabled."""
    assert alarm().actions[State.ALARM] == (TOPIC,)
    assert alarm(ActionsEnabled=False).actions[State.ALARM] == ()


def test_points_are_statistics_of_periods_and_late_values_come_late() -> None:
    """A period without a value is missing, and so is one whose value is not shown yet."""
    metrics, metric = Metrics(), Metric("Ziggie", "Orders")
    for at, value in ((10.0, 1.0), (50.0, 3.0), (70.0, 5.0)):
        metrics.put(metric, at, value)
    metrics.put(metric, 130.0, 9.0, shown_seconds=200.0)
    assert metrics.points(metric, "Average", 60, 3, 180.0) == [2.0, 5.0, None]
    assert metrics.points(metric, "Sum", 60, 3, 180.0) == [4.0, 5.0, None]
    assert metrics.points(metric, "SampleCount", 60, 1, 210.0) == [None]
    assert metrics.points(metric, "Maximum", 90, 1, 210.0) == [9.0]
    assert metrics.points(Metric("Ziggie", "Others"), "Sum", 60, 2, 180.0) == [None, None]
    assert (metrics.count(metric), metrics.count(Metric("Ziggie", "Others"))) == (4, 0)


def test_health_check_metrics_are_in_one_region() -> None:
    """G08. Source: Route 53 developer guide, "Monitoring health checks using CloudWatch"."""
    assert never_arrives(status_of("check"), "us-east-1") is None
    assert "us-east-1 only" in (never_arrives(percentage_of("check"), "eu-north-1") or "")
    assert never_arrives(Metric("AWS/RDS", "ReplicaLag"), "eu-north-1") is None
    assert alarm().metric == status_of("check")


BROKEN: dict[str, dict[str, Any]] = {
    "period_is_offered": {"Period": 45},
    "looks_back_a_day": {"EvaluationPeriods": 25, "Period": 3540},
    "datapoints_within_periods": {"DatapointsToAlarm": 4},
    "values_are_listed": {"TreatMissingData": "nothing"},
    "actions_are_in_the_region": {"AlarmActions": ["arn:aws:sns:eu-north-1:123456789012:on-call"]},
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_refuses_what_breaks_it(rule: Any) -> None:  # noqa: ANN401 - one of the rules
    """The source stands with the rule."""
    assert not list(rule(REQUEST, "us-east-1"))
    assert list(rule({**REQUEST, **BROKEN[rule.__name__]}, "us-east-1"))


def test_the_words_of_an_alarm_in_the_wrong_region() -> None:
    """Observed in reports of PutMetricAlarm; what is not emulated says so."""
    assert errors(REQUEST, "eu-north-1") == ("Invalid region us-east-1 specified. Only eu-north-1 is supported.",)
    assert gaps({**REQUEST, "Metrics": []}) == ("alarms with Metrics are not emulated",)
    assert gaps(REQUEST) == ()
