"""The events that AWS emits of what a disaster touches, so that a rule that waits for another one is found out.

General source: EventBridge events reference, docs.aws.amazon.com/eventbridge/latest/ref, one page a service, which
lists every event that the service sends directly; calls of an API come by CloudTrail. What is open in an event is
``Unknown``; an array lists the values that AWS documents. A source that is not listed here may emit anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.eventbridge.patterns import Event, Pattern
from ziggie_harness.emulation.eventbridge.values import Unknown

REFERENCE: Final = "https://docs.aws.amazon.com/eventbridge/latest/ref/"

OPEN: Final = Unknown()

ALARM_STATES: Final = ("OK", "ALARM", "INSUFFICIENT_DATA")
"""Source: botocore service model, cloudwatch, StateValue."""

BY_CLOUDTRAIL: Final = "AWS API Call via CloudTrail"

ENVELOPE: Final[Mapping[str, object]] = {
    "version": "0", "id": OPEN, "account": OPEN, "time": OPEN, "region": OPEN, "resources": OPEN,
}  # fmt: skip
"""The fields that every event has. Source: EventBridge user guide, "AWS service event metadata"."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A kind of event that AWS emits."""

    source: str
    detail_type: str
    detail: object
    page: str
    """Where AWS says so."""

    @property
    def event(self) -> Event:
        """The event, with what is open in it."""
        own = {"source": self.source, "detail-type": self.detail_type, "detail": self.detail}
        return {**ENVELOPE, **own}


def _fields(*names: str, **known: object) -> dict[str, object]:
    """Describe a detail: fields whose values are open, and fields whose values AWS lists."""
    return {**dict.fromkeys(names, OPEN), **known}


def _alarm_state() -> dict[str, object]:
    """Describe a state of an alarm in an event."""
    return _fields("reason", "reasonData", "timestamp", "evaluationState", value=list(ALARM_STATES))


def _alarms() -> Iterator[Emitted]:
    """Source: CloudWatch user guide, "Alarm events and EventBridge", sample events."""
    page = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"
    named = {"alarmName": OPEN, "configuration": OPEN}
    changed = {**named, "state": _alarm_state(), "previousState": _alarm_state()}
    yield Emitted("aws.cloudwatch", "CloudWatch Alarm State Change", changed, page)
    configured = {
        **named,
        "operation": ["create", "update", "delete"],
        "state": _alarm_state(),
        "previousConfiguration": OPEN,
    }
    yield Emitted("aws.cloudwatch", "CloudWatch Alarm Configuration Change", configured, page)
    yield Emitted("aws.cloudwatch", "CloudWatch Alarm Contributor State Change", OPEN, page)


def _rds() -> Iterator[Emitted]:
    """Source: events reference, "Amazon Relational Database Service events"; RDS user guide, event categories."""
    detail = _fields("EventCategories", "SourceArn", "Date", "SourceIdentifier", "Message", "EventID", "Tags")
    kinds = {
        "RDS DB Instance Event": "DB_INSTANCE",
        "RDS DB Security Group Event": "SECURITY_GROUP",
        "RDS DB Parameter Group Event": "DB_PARAM",
        "RDS DB Snapshot Event": "SNAPSHOT",
        "RDS DB Cluster Event": "CLUSTER",
        "RDS DB Cluster Snapshot Event": "CLUSTER_SNAPSHOT",
    }
    for kind, source_type in kinds.items():
        yield Emitted("aws.rds", kind, {**detail, "SourceType": [source_type]}, f"{REFERENCE}events-ref-rds.html")
    others = (
        "RDS Custom Engine Version Event", "RDS Blue Green Deployment Event", "RDS DB Shard Group Event",
        "RDS DB Proxy Event", "RDS Zero ETL Event",
    )  # fmt: skip
    for kind in others:
        yield Emitted("aws.rds", kind, OPEN, f"{REFERENCE}events-ref-rds.html")


def _s3() -> Iterator[Emitted]:
    """Source: S3 user guide, "Using EventBridge": replication events go to SNS, SQS and Lambda only."""
    page = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html"
    kinds = (
        "Object Created", "Object Deleted", "Object Restore Initiated", "Object Restore Completed",
        "Object Restore Expired", "Object Tags Added", "Object Tags Deleted", "Object ACL Updated",
        "Object Storage Class Changed", "Object Access Tier Changed",
    )  # fmt: skip
    for kind in kinds:
        yield Emitted("aws.s3", kind, OPEN, page)


def _health() -> Iterator[Emitted]:
    """Source: AWS Health user guide, "Reference: AWS Health events Amazon EventBridge schema"."""
    page = "https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html"
    detail = _fields(
        "eventArn", "service", "eventTypeCode", "eventScopeCode", "communicationId", "startTime", "endTime",
        "lastUpdatedTime", "eventRegion", "eventDescription", "affectedEntities", "eventMetadata", "page", "totalPages",
        "affectedAccount", "backupEvent", "personas", "actionability",
        eventTypeCategory=["issue", "accountNotification", "investigation", "scheduledChange"],
        statusCode=["open", "closed", "upcoming"],
    )  # fmt: skip
    yield Emitted("aws.health", "AWS Health Event", detail, page)
    yield Emitted("aws.health", "AWS Health Abuse Event", detail, page)


def _others() -> Iterator[Emitted]:
    """Source: events reference, the pages of Amazon EC2, Secrets Manager, Route 53 Resolver and EventBridge."""
    states = ["pending", "running", "shutting-down", "stopped", "stopping", "terminated"]
    instance = _fields("instance-id", state=states)
    yield Emitted("aws.ec2", "EC2 Instance State-change Notification", instance, f"{REFERENCE}events-ref-ec2.html")
    for kind in (
        "EC2 Instance Rebalance Recommendation", "EC2 Spot Instance Interruption Warning", "EBS Volume Notification",
        "EBS Snapshot Notification", "EC2 AMI State Change", "EC2 Fast Launch State-change Notification",
        "EBS Multi-Volume Snapshots Completion Status", "EBS Fast Snapshot Restore State-change Notification",
        "EC2 Spot Instance Request Fulfillment", "EC2 ODCR Underutilization Warning",
    ):  # fmt: skip
        yield Emitted("aws.ec2", kind, OPEN, f"{REFERENCE}events-ref-ec2.html")
    secrets = f"{REFERENCE}events-ref-secretsmanager.html"
    yield Emitted("aws.secretsmanager", "AWS Service Event via CloudTrail", OPEN, secrets)
    for kind in ("DNS Firewall Block", "DNS Firewall Alert"):
        yield Emitted("aws.route53resolver", kind, OPEN, f"{REFERENCE}events-ref-route53resolver.html")
    yield Emitted("aws.events", "Scheduled Event", {}, f"{REFERENCE}events-ref-events.html")


BY_CALL: Final = ("cloudwatch", "ec2", "events", "health", "rds", "route53", "route53resolver", "s3", "secretsmanager")


def _calls() -> Iterator[Emitted]:
    """Source: EventBridge user guide, "AWS service events delivered via AWS CloudTrail".

    That Route 53's own calls come too, in us-east-1, is general knowledge: the reference has no page for them.
    """
    page = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html"
    record = _fields(
        "eventVersion", "userIdentity", "eventTime", "eventName", "awsRegion", "sourceIPAddress", "userAgent",
        "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID",
        "eventID", "readOnly", "resources", "eventType", "managementEvent", "recipientAccountId", "eventCategory",
        "sessionCredentialFromConsole", "tlsDetails", "apiVersion", "sharedEventID", "vpcEndpointId",
    )  # fmt: skip
    for service in BY_CALL:
        called = {**record, "eventSource": [f"{'monitoring' if service == 'cloudwatch' else service}.amazonaws.com"]}
        yield Emitted(f"aws.{service}", BY_CLOUDTRAIL, called, page)


EMITTED: Final[tuple[Emitted, ...]] = (*_alarms(), *_rds(), *_s3(), *_health(), *_others(), *_calls())
"""The catalogue."""

KNOWN_SOURCES: Final = frozenset(emitted.source for emitted in EMITTED)

ANYBODY_ELSE: Final[Event] = {
    **ENVELOPE, "source": Unknown(never=KNOWN_SOURCES), "detail-type": OPEN, "detail": OPEN,
}  # fmt: skip
"""An event of a source that the catalogue does not know, the owner's own among them."""

HINTS: Final[Mapping[str, str]] = {
    "aws.route53": (
        "Route 53 reports health checks to CloudWatch alone, in us-east-1: an alarm there on HealthCheckStatus emits "
        "'CloudWatch Alarm State Change' (Route 53 developer guide, Monitoring health checks using CloudWatch)"
    ),
    "aws.s3": "replication events go to SNS, SQS and Lambda only (S3 user guide, EventBridge)",
}
"""What an owner who waits for something of a source may have meant."""


def never_fires(pattern: Pattern) -> str | None:
    """Return why a rule with this pattern can never fire, as a sentence, or None when some event may match it."""
    elsewhere = pattern.objection(ANYBODY_ELSE)
    objections = [(emitted, pattern.objection(emitted.event)) for emitted in EMITTED]
    if elsewhere is None or any(path is None for _, path in objections):
        return None
    of_source = [(emitted, path) for emitted, path in objections if path != "source"]
    if not of_source:
        return f"no event has the {elsewhere} that the pattern asks for"
    sources = _unique(emitted.source for emitted, _ in of_source)
    source, hints = " or ".join(sources), "".join(f"; {HINTS[name]}" for name in sources if name in HINTS)
    of_kind = [(emitted, path) for emitted, path in of_source if path != "detail-type"]
    if not of_kind:
        kinds = ", ".join(repr(kind) for kind in _unique(emitted.detail_type for emitted, _ in of_source))
        return f"no event of {source} has the detail-type that the pattern asks for: AWS emits {kinds} of it{hints}"
    told = ", ".join(_unique(f"{emitted.detail_type!r} has no {path} that fits" for emitted, path in of_kind))
    return f"no event of {source} fits: {told} ({of_kind[0][0].page}){hints}"


def _unique(texts: Iterable[str]) -> list[str]:
    """Return each text once, in order."""
    return list(dict.fromkeys(texts))
