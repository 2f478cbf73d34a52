"""What AWS emits, and which rules wait in vain.

Source: EventBridge events reference; the alarm event's sample: CloudWatch user guide, "Alarm events and EventBridge".
"""

from __future__ import annotations

import json

import pytest

from ziggie_harness.emulation.eventbridge.catalogue import EMITTED, KNOWN_SOURCES, never_fires
from ziggie_harness.emulation.eventbridge.patterns import pattern_of

PRINTED = {
    "source": ["aws.route53"],
    "detail-type": ["Route 53 Health Check Status Change"],
    "detail": {"eventTypeCode": ["AWS_ROUTE53_HEALTH_CHECK_STATUS_CHANGED"], "statusCode": ["FAILURE"]},
}
"""The rule of the guide, §6 (G03)."""

ALARMED = {
    "source": ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm State Change"],
    "detail": {"alarmName": [{"prefix": "primary"}], "state": {"value": ["ALARM"]}},
}

INSTANCE = {"source": ["aws.rds"], "detail-type": ["RDS DB Instance Event"]}


def told(pattern: object) -> str | None:
    """Return why a rule never fires."""
    return never_fires(pattern_of(json.dumps(pattern)))


def test_the_rule_of_the_guide_never_fires() -> None:
    """G03: EventBridge's reference has no such event of Route 53; the sentence says what AWS offers instead."""
    sentence = told(PRINTED)
    assert sentence is not None
    assert "no event of aws.route53 has the detail-type" in sentence
    assert "'CloudWatch Alarm State Change'" in sentence


@pytest.mark.parametrize(
    "pattern",
    [
        ALARMED,
        {"source": ["aws.rds"], "detail": {"EventCategories": ["failover"], "SourceType": ["DB_INSTANCE"]}},
        {"source": ["aws.health"], "detail": {"service": ["EC2"], "eventTypeCategory": ["issue"]}},
        {"source": ["aws.ec2"], "detail": {"state": ["terminated"]}},
        {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["b"]}}},
        {"source": ["aws.secretsmanager"], "detail": {"eventName": ["RotationFailed"]}},
        {"source": ["aws.route53"], "detail": {"eventName": ["ChangeResourceRecordSets"]}},
        {"source": ["ziggie.failover"], "detail-type": ["Failover asked for"]},
        {"source": ["aws.dynamodb"], "detail-type": ["what the catalogue does not know"]},
        {"source": [{"prefix": "aws."}]},
        {"account": ["123456789012"]},
    ],
)
def test_a_rule_that_can_fire_is_not_blamed(pattern: object) -> None:
    """Whatever the catalogue knows, or cannot know, may match."""
    assert told(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        (ALARMED | {"detail": {"state": {"value": ["FAILURE"]}}}, "detail.state.value"),
        ({"source": ["aws.s3"], "detail-type": ["Object Replication Failed"]}, "SNS, SQS and Lambda only"),
        ({"source": ["aws.health"], "detail": {"statusCode": ["FAILURE"]}}, "detail.statusCode"),
        (INSTANCE | {"detail": {"EventCategory": ["failover"]}}, "detail.EventCategory"),
        ({"source": ["mine"], "version": ["1"]}, "no event has the version"),
    ],
)
def test_a_rule_that_waits_in_vain_is_told_why(pattern: object, part: str) -> None:
    """The sentence names the field, so that its owner can mend it."""
    assert part in (told(pattern) or "")


def test_the_sample_of_aws_is_in_the_catalogue() -> None:
    """The sample event of the CloudWatch user guide has no field that the catalogue lacks."""
    sample = {
        "alarmName": "ServerCpuTooHigh",
        "configuration": {"description": "Goes into alarm when server CPU utilization is too high!"},
        "previousState": {"reason": "Threshold Crossed", "timestamp": "2019-10-02T17:04:40.985+0000", "value": "OK"},
        "state": {"reason": "Threshold Crossed", "timestamp": "2019-10-02T17:04:40.989+0000", "value": "ALARM"},
    }
    asked = {name: [{"exists": True}] for name in ("alarmName", "configuration")} | {
        state: {field: [{"exists": True}] for field in sample["state"]} for state in ("state", "previousState")
    }
    assert (
        told({"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"], "detail": asked}) is None
    )


def test_every_entry_has_its_page() -> None:
    """A claim about AWS without its source could not be checked."""
    assert all(emitted.page.startswith("https://docs.aws.amazon.com/") for emitted in EMITTED)
    assert {"aws.cloudwatch", "aws.rds", "aws.s3", "aws.health", "aws.ec2", "aws.secretsmanager"} <= KNOWN_SOURCES
    assert not any("Health Check" in emitted.detail_type for emitted in EMITTED)
