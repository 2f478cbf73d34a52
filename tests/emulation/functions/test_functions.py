"""What Lambda refuses, when it tries again, and which permission a call asks for.

Source: Lambda developer guide and API reference; Service Authorization Reference.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from ziggie_harness.emulation.functions.function import name_of
from ziggie_harness.emulation.functions.request_rules import RULES, refusal
from ziggie_harness.emulation.functions.retries import RetryPolicy
from ziggie_harness.emulation.iam.demands import Demand, demand_of

INVALID = "InvalidParameterValueException"


def packed() -> bytes:
    """Return a zip file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("lambda_function.py", "")
    return archive.getvalue()


SOUND: dict[str, Any] = {"Code": {"ZipFile": packed()}, "Timeout": 900, "MemorySize": 10_240}

CASES: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("timeout_is_offered", "CreateFunction", {**SOUND, "Timeout": 901}, "ValidationException"),
    ("memory_is_offered", "CreateFunction", {**SOUND, "MemorySize": 64}, "ValidationException"),
    ("environment_is_small", "CreateFunction", {**SOUND, "Environment": {"Variables": {"A": "x" * 4096}}}, INVALID),
    ("environment_is_own", "CreateFunction", {**SOUND, "Environment": {"Variables": {"AWS_REGION": "x"}}}, INVALID),
    ("code_is_an_archive", "UpdateFunctionCode", {"ZipFile": b"def"}, INVALID),
    ("payload_is_small", "Invoke", {"Payload": b" " * 6_291_457 + b"1"}, "RequestTooLargeException"),
    (
        "payload_is_small",
        "Invoke",
        {"Payload": b" " * 1_048_577 + b"1", "InvocationType": "Event"},
        "RequestTooLargeException",
    ),
    ("payload_is_json", "Invoke", {"Payload": b"{"}, "InvalidRequestContentException"),
    ("retries_are_offered", "PutFunctionEventInvokeConfig", {"MaximumRetryAttempts": 3}, "ValidationException"),
    ("retries_are_offered", "PutFunctionEventInvokeConfig", {"MaximumEventAgeInSeconds": 30}, "ValidationException"),
)


@pytest.mark.parametrize(("rule", "operation", "request_", "code"), CASES)
def test_lambda_refuses_what_breaks_a_rule(rule: str, operation: str, request_: dict[str, Any], code: str) -> None:
    """Each request is refused by the rule that it breaks; the source stands with the rule."""
    refused = refusal(operation, request_)
    assert refused is not None
    assert refused.code == code
    found = [each.__name__ for each in RULES if next(each(operation, request_), None)]
    assert found == [rule]


def test_every_rule_has_a_request() -> None:
    """A rule without a request here could be broken unseen, and a sound one breaks none."""
    assert {rule for rule, *_ in CASES} == {rule.__name__ for rule in RULES}
    assert refusal("CreateFunction", SOUND) is None


def test_it_is_tried_again_after_one_and_two_minutes() -> None:
    """Source: developer guide, "How Lambda handles errors and retries with asynchronous invocation"."""
    assert list(RetryPolicy().waits()) == [60.0, 120.0]
    assert list(RetryPolicy(retries=0).waits()) == []
    assert RetryPolicy().age_seconds == 21_600.0


@pytest.mark.parametrize(
    "named",
    [
        "failover",
        "failover:$LATEST",
        "123456789012:function:failover",
        "arn:aws:lambda:eu-west-1:1:function:failover:1",
    ],
)
def test_a_function_has_several_names(named: str) -> None:
    """Source: Lambda API reference, FunctionName: name, ARN, partial ARN."""
    assert name_of(named) == "failover"


@pytest.mark.parametrize(
    ("call", "parameters", "action", "resource"),
    [
        (
            ("route53", "ChangeResourceRecordSets"), {"HostedZoneId": "Z1"},
            "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1",
        ),
        (("route53", "GetChange"), {"Id": "/change/C1"}, "route53:GetChange", "arn:aws:route53:::change/C1"),
        (
            ("rds", "PromoteReadReplica"), {"DBInstanceIdentifier": "replica"},
            "rds:PromoteReadReplica", "arn:aws:rds:eu-west-1:1:db:replica",
        ),
        (("sns", "Publish"), {"TopicArn": "arn:topic"}, "sns:Publish", "arn:topic"),
        (("lambda", "Invoke"), {"FunctionName": "f"}, "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:function:f"),
        (("s3", "HeadObject"), {"Bucket": "b", "Key": "k"}, "s3:GetObject", "arn:aws:s3:::b/k"),
        (("cloudwatch", "DescribeAlarms"), {}, "cloudwatch:DescribeAlarms", "*"),
    ],
)  # fmt: skip
def test_a_call_asks_for_a_permission(
    call: tuple[str, str], parameters: dict[str, str], action: str, resource: str
) -> None:
    """Source: Service Authorization Reference, of each service: action and resource types."""
    assert demand_of(*call, "eu-west-1", "1", parameters) == Demand(action, resource)


def test_some_calls_ask_for_none() -> None:
    """GetCallerIdentity is free, and Secrets Manager asks for itself."""
    assert demand_of("sts", "GetCallerIdentity", "eu-west-1", "1", {}) is None
    assert demand_of("secretsmanager", "GetSecretValue", "eu-west-1", "1", {}) is None
