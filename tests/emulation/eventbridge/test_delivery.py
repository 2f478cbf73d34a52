"""Retries, dead letters, permissions, and what requests are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ziggie_harness.emulation.eventbridge.delivery import Failure, RetryPolicy, dead_letter_attributes
from ziggie_harness.emulation.eventbridge.permissions import EVENTS, objection
from ziggie_harness.emulation.eventbridge.request_rules import RULES, entry_refusal, refusal

TOPIC = "arn:aws:sns:eu-north-1:123456789012:on-call"
RULE = "arn:aws:events:eu-north-1:123456789012:rule/failover"
ENTRY = {"Source": "ziggie.drill", "DetailType": "asked", "Detail": "{}"}
EVENT = dict.fromkeys(("id", "account", "source", "time", "region", "resources", "detail-type"), "")

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "pattern_is_valid": ({"EventPattern": "[]"}, "InvalidEventPatternException"),
    "schedule_is_spelled": ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException"),
    "few_targets": ({"Targets": [{"Id": str(number)} for number in range(6)]}, "LimitExceededException"),
    "few_entries": ({"Entries": [ENTRY] * 11}, "ValidationException"),
    "tested_event_is_whole": ({"EventPattern": '{"source": ["a"]}', "Event": '{"id": "1"}'}, "ValidationException"),
    "entry_is_whole": ({**ENTRY, "DetailType": ""}, "InvalidArgument"),
    "source_is_own": ({**ENTRY, "Source": "aws.route53"}, "NotAuthorizedForSourceException"),
    "detail_is_an_object": ({**ENTRY, "Detail": "[]"}, "MalformedDetail"),
    "entry_is_small": ({**ENTRY, "Detail": json.dumps({"a": "x" * 262_144})}, "ValidationException"),
}
"""A request that breaks each rule, and the code of AWS's answer; the source stands with the rule."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_refuses_what_breaks_it(rule: Any) -> None:  # noqa: ANN401 - rules take parameters of any request
    """Every rule has a request here that it refuses, with AWS's code."""
    request, code = CASES[rule.__name__]
    found = rule(request)
    assert found is not None
    assert found.code == code


def test_what_is_right_is_taken() -> None:
    """No rule stands in the way of a sound request."""
    assert refusal("PutRule", {"EventPattern": '{"source": ["aws.cloudwatch"]}'}) is None
    assert refusal("PutRule", {"ScheduleExpression": "rate(1 minute)"}) is None
    assert refusal("PutEvents", {"Entries": [ENTRY]}) is None
    assert refusal("TestEventPattern", {"EventPattern": '{"a": [1]}', "Event": json.dumps(EVENT)}) is None
    assert entry_refusal(ENTRY) is None


def test_an_event_is_retried_for_a_day_and_185_times_at_most() -> None:
    """Source: EventBridge user guide, "How EventBridge retries delivering events"."""
    waits = list(RetryPolicy().waits())
    assert len(waits) <= 185
    assert 80_000 < sum(waits) <= 86_400
    assert waits == sorted(waits)
    assert list(RetryPolicy.of({"RetryPolicy": {"MaximumRetryAttempts": 2}}).waits()) == [1.0, 2.0]
    aged = RetryPolicy.of({"RetryPolicy": {"MaximumEventAgeInSeconds": 60}})
    assert sum(aged.waits()) <= 60
    assert list(RetryPolicy(0).waits()) == []


def test_a_dead_letter_tells_why() -> None:
    """Source: EventBridge user guide, "Using dead-letter queues to process undelivered events"."""
    failure = Failure("NO_PERMISSIONS", "no statement allows it", may_pass=False)
    attributes = dead_letter_attributes(RULE, TOPIC, failure, 0)
    assert set(attributes) == {"RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE", "RETRY_ATTEMPTS"}


def statement(**members: object) -> dict[str, object]:
    """Return a policy of one statement that lets EventBridge publish."""
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": EVENTS},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        **members,
    }
    return {"Version": "2012-10-17", "Statement": [allowed]}


@pytest.mark.parametrize(
    ("policy", "granted"),
    [
        (None, False),
        (statement(), True),
        (statement(Action=["sns:*"]), True),
        (statement(Action="SNS:Publish"), True),
        (statement(Action="sqs:SendMessage"), False),
        (statement(Principal={"Service": "lambda.amazonaws.com"}), False),
        (statement(Principal="*"), True),
        (statement(Resource="arn:aws:sns:eu-west-1:123456789012:on-call"), False),
        (statement(Condition={"ArnEquals": {"aws:SourceArn": RULE}}), True),
        (statement(Condition={"ArnLike": {"AWS:SourceArn": f"{RULE}-other"}}), False),
        (statement(Principal={"AWS": "*"}, Condition={"StringEquals": {"AWS:SourceOwner": "123456789012"}}), False),
        (statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), False),
        ({"Statement": [*statement()["Statement"], *statement(Effect="Deny")["Statement"]]}, False),  # type: ignore[misc]
    ],
)
def test_a_target_lets_eventbridge_in_or_not(policy: dict[str, object] | None, granted: bool) -> None:  # noqa: FBT001 - a table
    """Source: EventBridge user guide, resource-based policies; the default policy of a topic names AWS:SourceOwner."""
    context = {"aws:sourcearn": RULE, "aws:sourceaccount": "123456789012"}
    assert (objection(policy, EVENTS, "sns:Publish", TOPIC, context) is None) is granted
