"""What CloudWatch refuses of an alarm, one function a rule, each with the source of the fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ziggie_harness.emulation.cloudwatch.alarms import COMPARISONS, MISSING_DATA
from ziggie_harness.emulation.cloudwatch.metrics import STATISTICS

Parameters = Mapping[str, Any]
"""The parameters of PutMetricAlarm, named as boto3 names them."""

SHORT_PERIODS_SECONDS: Final = (10, 20, 30)
MINUTE_SECONDS: Final = 60
HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 86_400
WEEK_SECONDS: Final = 604_800
ARN_REGION: Final = 3
"""Which part of an ARN, between colons, names the region."""


def period_is_offered(request: Parameters, _: str) -> Iterator[str]:
    """Refuse other periods than 10, 20, 30 and multiples of 60 s.

    Source: botocore service model, PutMetricAlarmInput.Period: "Valid values are 10, 20, 30, and any multiple of 60".
    """
    period = request.get("Period", MINUTE_SECONDS)
    if period not in SHORT_PERIODS_SECONDS and (period < MINUTE_SECONDS or period % MINUTE_SECONDS):
        yield "Period must be 10, 20, 30 or a multiple of 60"


def looks_back_a_day(request: Parameters, _: str) -> Iterator[str]:
    """Refuse an alarm that looks back further than a day, or than a week where a period is an hour or longer.

    Source: botocore service model, PutMetricAlarmInput.EvaluationPeriods.
    """
    period, periods = request.get("Period", MINUTE_SECONDS), request.get("EvaluationPeriods", 1)
    most = WEEK_SECONDS if period >= HOUR_SECONDS else DAY_SECONDS
    if period * periods > most:
        yield f"Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= {most})."


def datapoints_within_periods(request: Parameters, _: str) -> Iterator[str]:
    """Refuse more datapoints to alarm than evaluation periods, and less than one of either.

    Source: botocore service model, shapes EvaluationPeriods and DatapointsToAlarm, min 1; CloudWatch user guide, "M
    out of N".
    """
    periods, points = request.get("EvaluationPeriods", 1), request.get("DatapointsToAlarm", 1)
    if periods < 1 or points < 1 or points > periods:
        yield "DatapointsToAlarm must be at least 1 and at most EvaluationPeriods"


def values_are_listed(request: Parameters, _: str) -> Iterator[str]:
    """Refuse a comparison, statistic or treatment of missing data that AWS does not list.

    Source: botocore service model, shapes ComparisonOperator and Statistic; PutMetricAlarmInput.TreatMissingData.
    """
    listed = {"ComparisonOperator": COMPARISONS, "Statistic": STATISTICS, "TreatMissingData": MISSING_DATA}
    for name, allowed in listed.items():
        if name in request and request[name] not in allowed:
            yield f"{name} {request[name]} is none of {', '.join(allowed)}"


def actions_are_in_the_region(request: Parameters, region: str) -> Iterator[str]:
    """Refuse an action on something in another region.

    Source: observed in reports of PutMetricAlarm: "Invalid region us-east-1 specified. Only us-west-2 is supported."
    """
    for name in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        for arn in request.get(name, ()):
            parts = arn.split(":")
            if len(parts) <= ARN_REGION or parts[0] != "arn":
                yield f"Invalid arn syntax: {arn}"
            elif parts[ARN_REGION] != region:
                yield f"Invalid region {parts[ARN_REGION]} specified. Only {region} is supported."


RULES: Final[tuple[Callable[[Parameters, str], Iterator[str]], ...]] = (
    period_is_offered,
    looks_back_a_day,
    datapoints_within_periods,
    values_are_listed,
    actions_are_in_the_region,
)
"""Who breaks one of these gets ValidationError."""


def gaps(request: Parameters) -> tuple[str, ...]:
    """Return what an alarm asks for that CloudWatch has and this emulation has not."""
    unknown = {"Metrics", "ExtendedStatistic", "ThresholdMetricId", "EvaluateLowSampleCountPercentile"}
    return tuple(f"alarms with {name} are not emulated" for name in sorted(unknown & request.keys()))


def errors(request: Parameters, region: str) -> tuple[str, ...]:
    """Return the messages against an alarm in a region."""
    return tuple(message for rule in RULES for message in rule(request, region))
