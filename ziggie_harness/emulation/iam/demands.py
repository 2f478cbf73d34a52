"""Which permission a call asks for: the action, and the resource that it is asked for.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service; where an operation
has no resource of its own there, it is asked for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

EVERYTHING: Final = "*"

PREFIXES: Final = {
    "route53": "route53",
    "rds": "rds",
    "sns": "sns",
    "sqs": "sqs",
    "lambda": "lambda",
    "events": "events",
    "cloudwatch": "cloudwatch",
    "ssm": "ssm",
    "iam": "iam",
    "sts": "sts",
    "s3": "s3",
    "autoscaling": "autoscaling",
    "service-quotas": "servicequotas",
}
"""The prefix of a service's actions. Secrets Manager asks for itself, and KMS with it."""

ACTIONS: Final = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
}
"""Actions whose name is not that of the operation."""

FREE: Final = frozenset({("sts", "GetCallerIdentity")})
"""Calls that need no permission. Source: STS API reference, GetCallerIdentity."""

DENIED_CODES: Final = {
    "sns": "AuthorizationError",
    "events": "AccessDeniedException",
    "lambda": "AccessDeniedException",
    "ssm": "AccessDeniedException",
}
"""How a service names a refusal, where it is not AccessDenied. Source: botocore's models; SNS: "AuthorizationError"."""

ACCESS_DENIED: Final = "AccessDenied"


@dataclass(frozen=True, slots=True)
class Demand:
    """A permission that a call asks for."""

    action: str
    resource: str


def demand_of(service: str, operation: str, region: str, account: str, parameters: Mapping[str, Any]) -> Demand | None:
    """Return what a call asks for; None when it needs no permission, or its service asks for itself."""
    prefix = PREFIXES.get(service)
    if prefix is None or (service, operation) in FREE:
        return None
    where = _Place(region, account, parameters)
    resource = RESOURCES[service](where) if service in RESOURCES else EVERYTHING
    return Demand(f"{prefix}:{ACTIONS.get((service, operation), operation)}", resource or EVERYTHING)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a call goes, and with which parameters."""

    region: str
    account: str
    parameters: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a parameter, empty when it is missing."""
        return str(self.parameters.get(name) or "")

    def arn(self, service: str, rest: str) -> str:
        """Return the ARN of something here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"


def _route53(where: _Place) -> str:
    """A hosted zone, a health check, or a change."""
    names = {"hostedzone": where.text("HostedZoneId") or where.text("Id"), "healthcheck": where.text("HealthCheckId")}
    kind, named = next(((kind, named) for kind, named in names.items() if named), ("", ""))
    named = named.rpartition("/")[2]
    if where.text("Id").rpartition("/")[2].startswith("C"):
        kind = "change"
    return f"arn:aws:route53:::{kind}/{named}" if named else ""


def _rds(where: _Place) -> str:
    """A database instance."""
    named = where.text("DBInstanceIdentifier")
    return named if named.startswith("arn:") else where.arn("rds", f"db:{named}") if named else ""


def _sns(where: _Place) -> str:
    """A topic."""
    return where.text("TopicArn") or where.text("TargetArn")


def _sqs(where: _Place) -> str:
    """A queue, by its URL."""
    named = where.text("QueueUrl").rpartition("/")[2] or where.text("QueueName")
    return where.arn("sqs", named) if named else ""


def _lambda(where: _Place) -> str:
    """A function."""
    named = where.text("FunctionName")
    return named if named.startswith("arn:") else where.arn("lambda", f"function:{named}") if named else ""


def _ssm(where: _Place) -> str:
    """A parameter."""
    named = where.text("Name")
    return where.arn("ssm", f"parameter/{named.removeprefix('/')}") if named else ""


def _s3(where: _Place) -> str:
    """A bucket, or an object in one."""
    bucket, key = where.text("Bucket"), where.text("Key")
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}" if bucket else ""


def _cloudwatch(where: _Place) -> str:
    """An alarm."""
    named = where.text("AlarmName")
    return where.arn("cloudwatch", f"alarm:{named}") if named else ""


def _events(where: _Place) -> str:
    """A rule."""
    named = where.text("Rule") or where.text("Name")
    return where.arn("events", f"rule/{named}") if named else ""


RESOURCES: Final[Mapping[str, Callable[[_Place], str]]] = {
    "route53": _route53,
    "rds": _rds,
    "sns": _sns,
    "sqs": _sqs,
    "lambda": _lambda,
    "ssm": _ssm,
    "s3": _s3,
    "cloudwatch": _cloudwatch,
    "events": _events,
}
