"""What Auto Scaling refuses: an example for each rule, to which that rule alone objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.emulation.autoscaling.groups import Group
from ziggie_harness.emulation.autoscaling.launch_rules import LAUNCH_RULES, Launch, obstacle
from ziggie_harness.emulation.autoscaling.request_rules import RULES, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = Group("api", "eu-west-1", 1, 4, 2, 2, "t3.medium", 2)

REFUSED: tuple[tuple[str, str, Mapping[str, object], Group | None, str], ...] = (
    ("group_exists", "SetDesiredCapacity", {"AutoScalingGroupName": "x", "DesiredCapacity": 1}, None, "not found - x"),
    # Text: kubernetes/autoscaler, issue 943
    (
        "wish_within_bounds",
        "SetDesiredCapacity",
        {"DesiredCapacity": 5},
        GROUP,
        "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.",
    ),
    ("wish_within_bounds", "SetDesiredCapacity", {"DesiredCapacity": 0}, GROUP, "0 is below min value 1"),
    # Text: convox/praxis, pull request 258
    (
        "bounds_hold_the_wish",
        "UpdateAutoScalingGroup",
        {"MinSize": 4, "MaxSize": 10, "DesiredCapacity": 2},
        GROUP,
        "Desired capacity:2 must be between the specified min size:4 and max size:10",
    ),
)


@pytest.mark.parametrize(("rule", "operation", "request_", "group", "text"), REFUSED)
def test_one_rule_objects(
    rule: str, operation: str, request_: Mapping[str, object], group: Group | None, text: str
) -> None:
    """Each request is refused by the rule that it is an example of, and by no other."""
    assert [each.__name__ for each in RULES if list(each(operation, request_, group))] == [rule]
    assert text in (refusal(operation, request_, group) or "")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("SetDesiredCapacity", {"DesiredCapacity": 4}),
        ("UpdateAutoScalingGroup", {"MinSize": 3}),
        ("UpdateAutoScalingGroup", {"MaxSize": 1}),
        ("DescribeAutoScalingGroups", {}),
    ],
)
def test_what_breaks_no_rule_is_accepted(operation: str, request_: Mapping[str, object]) -> None:
    """Bounds without a wish move the wish."""
    assert refusal(operation, request_, GROUP) is None


def test_every_rule_has_an_example() -> None:
    """A rule without one could be broken unseen."""
    assert {rule for rule, *_ in REFUSED} == {rule.__name__ for rule in RULES}


def test_bounds_move_the_wish() -> None:
    """Auto Scaling API reference, UpdateAutoScalingGroup."""
    assert GROUP.sized(3, None, None).desired == 3
    assert GROUP.sized(None, 1, None).desired == 1
    assert GROUP.sized(None, None, 4).desired == 4


LAUNCH = Launch("eu-north-1", "t4g.xlarge", 2, 4, 6, exhausted=False)

NO_CAPACITY = (
    "We currently do not have sufficient t4g.xlarge capacity in the Availability Zone you requested (eu-north-1a). Our "
    "system will be working on provisioning additional capacity."
)
"""Text: commonwarexyz/monorepo, issue 2859."""

BEYOND_QUOTA = (
    "You have requested more vCPU capacity than your current vCPU limit of 384 allows for the instance bucket that the "
    "specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an "
    "adjustment to this limit."
)
"""Text: kubernetes/kops, pull request 15778."""


@pytest.mark.parametrize(
    ("rule", "launch", "text"),
    [
        ("quota_holds", replace(LAUNCH, running_vcpus=384, quota=384), BEYOND_QUOTA),
        ("quota_holds", replace(LAUNCH, running_vcpus=383, quota=384), BEYOND_QUOTA),
        ("servers_are_left", replace(LAUNCH, exhausted=True), NO_CAPACITY),
        ("servers_are_left", replace(LAUNCH, exhausted=True, quota=None), NO_CAPACITY),
    ],
)
def test_ec2_says_why_it_launches_nothing(rule: str, launch: Launch, text: str) -> None:
    """In its own words, by one rule."""
    assert [each.__name__ for each in LAUNCH_RULES if list(each(launch))] == [rule]
    assert obstacle(launch) == text


def test_up_to_the_quota_servers_are_launched() -> None:
    """The last one that it allows, too; where no quota is known, any number."""
    assert obstacle(LAUNCH) is None
    assert obstacle(replace(LAUNCH, quota=None, running_vcpus=10_000)) is None
    assert {rule.__name__ for rule in LAUNCH_RULES} == {"quota_holds", "servers_are_left"}
