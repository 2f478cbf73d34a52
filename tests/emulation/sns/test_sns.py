"""Delivery policies, and what a publication and a subscription may not ask.

Source: SNS developer guide, "Amazon SNS message delivery retries"; botocore service model, sns.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ziggie_harness.emulation.sns.request_rules import RULES, errors, message_for
from ziggie_harness.emulation.sns.retries import HTTP, MAIL, MANAGED, DeliveryPolicy, policy_of

HOUR_SECONDS = 3600.0


def test_mail_is_tried_fifty_times_over_six_hours() -> None:
    """AWS: 50 attempts over 6 hours, of which 2 retries 10 s apart, 10 growing from 10 s to 600 s, 38 at 600 s."""
    waits = list(MAIL.waits())
    assert len(waits) == 50
    assert (waits[:3], waits[11:13]) == ([10.0, 10.0, 10.0], [pytest.approx(600.0), 600.0])
    assert 6 * HOUR_SECONDS < sum(waits) < 8 * HOUR_SECONDS


def test_what_aws_manages_is_tried_for_weeks() -> None:
    """AWS: 100,015 times over 23 days."""
    waits = list(MANAGED.waits())
    assert len(waits) == 100_015
    assert (waits[:5], waits[-1]) == ([0.0, 0.0, 0.0, 1.0, 1.0], 20.0)
    assert 23 * 24 * HOUR_SECONDS < sum(waits) < 24 * 24 * HOUR_SECONDS


def test_an_https_endpoint_is_tried_three_times_more() -> None:
    """AWS: up to three retries, 20 s apart."""
    assert list(policy_of("https").waits()) == [20.0, 20.0, 20.0]
    assert policy_of("email", json.dumps({"healthyRetryPolicy": {"numRetries": 9}})) is MAIL
    assert policy_of("https", "{}") is HTTP


def test_an_https_subscription_may_have_a_policy_of_its_own() -> None:
    """Source: "Creating an HTTP/S delivery policy", its example."""
    own = {
        "minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 50, "numNoDelayRetries": 3, "numMinDelayRetries": 2,
        "numMaxDelayRetries": 35, "backoffFunction": "exponential",
    }  # fmt: skip
    waits = list(policy_of("https", json.dumps({"healthyRetryPolicy": own})).waits())
    assert (len(waits), waits[:5], waits[-1]) == (50, [0.0, 0.0, 0.0, 1.0, 1.0], 60.0)
    linear = DeliveryPolicy(0, 0, 3, 0, 10.0, 30.0, "linear")
    assert list(linear.waits()) == [10.0, 20.0, 30.0]


BROKEN: dict[str, tuple[str, dict[str, Any]]] = {
    "message_is_there_and_small": ("Publish", {"Message": "x" * 262_145}),
    "subject_is_a_line": ("Publish", {"Message": "m", "Subject": "two\nlines"}),
    "structure_has_a_default": ("Publish", {"Message": '{"email": "m"}', "MessageStructure": "json"}),
    "endpoint_fits_protocol": ("Subscribe", {"Protocol": "https", "Endpoint": "http://pager.example"}),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_refuses_what_breaks_it(rule: Any) -> None:  # noqa: ANN401 - one of the rules
    """The source stands with the rule."""
    operation, request = BROKEN[rule.__name__]
    assert list(rule(request)) == list(errors(operation, request)) != []


def test_what_is_right_is_taken() -> None:
    """No rule stands in the way of a sound request."""
    assert not errors("Publish", {"Message": "m", "Subject": "Primary region is down"})
    assert not errors("Subscribe", {"Protocol": "email", "Endpoint": "on-call@ziggie.example"})
    assert errors("Publish", {"Message": ""}) == ("Invalid parameter: Empty message",)


def test_a_message_may_differ_by_protocol() -> None:
    """Source: botocore service model, PublishInput.MessageStructure."""
    each = {"MessageStructure": "json", "Message": json.dumps({"default": "d", "email": "e"})}
    assert (message_for(each, "email"), message_for(each, "https")) == ("e", "d")
    assert message_for({"Message": "m"}, "https") == "m"
