"""What Route 53 tells CloudWatch of its health checks, when, and where: in one region, whatever they check.

Source: Route 53 developer guide, "Monitoring health checks using CloudWatch": HealthCheckStatus is 1 for healthy and 0
for unhealthy, HealthCheckPercentageHealthy the share of checkers; at one-minute intervals; "If you want to view
metrics ... choose US East (N. Virginia)"; "several minutes might elapse between the time that a health check fails and
the time that you receive the associated SNS notification".
"""

from __future__ import annotations

from typing import Final

from ziggie_harness.emulation.cloudwatch.metrics import Metric

NAMESPACE: Final = "AWS/Route53"

REGION: Final = "us-east-1"
"""Where these metrics are, and nowhere else."""

EVERY_SECONDS: Final = 60.0

DELAY_SECONDS: Final = 60.0
"""How old a value is when CloudWatch shows it. An assumption: the guide says "several minutes" of the whole way from
failure to notification, of which detection, this, and the alarm's own periods are parts."""


def status_of(check_id: str) -> Metric:
    """Return the metric of a health check's status."""
    return Metric(NAMESPACE, "HealthCheckStatus", frozenset({("HealthCheckId", check_id)}))


def percentage_of(check_id: str) -> Metric:
    """Return the metric of the share of checkers, in percent, that call the endpoint healthy."""
    return Metric(NAMESPACE, "HealthCheckPercentageHealthy", frozenset({("HealthCheckId", check_id)}))


def never_arrives(metric: Metric, region: str) -> str | None:
    """Return why a metric has no values in a region, as a sentence, or None when nothing speaks against them."""
    if metric.namespace != NAMESPACE or region == REGION:
        return None
    return (
        f"metrics of {NAMESPACE} are in {REGION} only, so nothing of {metric.name} ever arrives in {region} "
        "(Route 53 developer guide, Monitoring health checks using CloudWatch)"
    )
