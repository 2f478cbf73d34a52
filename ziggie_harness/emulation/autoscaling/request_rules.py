"""What Auto Scaling refuses, one function a rule, each with the source of the fact.

It refuses little: that EC2 has no servers to give is no error of a call, but of an activity that comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ziggie_harness.emulation.autoscaling.groups import Group

Parameters = Mapping[str, Any]
"""The parameters of a request, named as boto3 names them."""

VALIDATION: Final = "ValidationError"
"""The code of every refusal. Source: Auto Scaling API reference, "Common errors"."""

CHANGING: Final = ("SetDesiredCapacity", "UpdateAutoScalingGroup")


def group_exists(operation: str, request: Parameters, group: Group | None) -> Iterator[str]:
    """Refuse to change a group that the region does not have.

    Source: Auto Scaling API reference, "Common errors", ValidationError. The text is ours.
    """
    if operation in CHANGING and group is None:
        yield f"AutoScalingGroup name not found - {request.get('AutoScalingGroupName')}"


def wish_within_bounds(operation: str, request: Parameters, group: Group | None) -> Iterator[str]:
    """Refuse a desired capacity above the group's maximum or below its minimum.

    Source: botocore service model, SetDesiredCapacity. Text: reports of SetDesiredCapacity.
    """
    if operation != "SetDesiredCapacity" or group is None:
        return
    wanted = request["DesiredCapacity"]
    for beyond, bound in ((wanted > group.maximum, "max"), (wanted < group.minimum, "min")):
        if beyond:
            value = group.maximum if bound == "max" else group.minimum
            side = "above" if bound == "max" else "below"
            yield f"New SetDesiredCapacity value {wanted} is {side} {bound} value {value} for the AutoScalingGroup."


def bounds_hold_the_wish(operation: str, request: Parameters, group: Group | None) -> Iterator[str]:
    """Refuse a minimum and a maximum that the desired capacity, as it is then, is not between.

    Source: botocore service model, UpdateAutoScalingGroup, DesiredCapacity. Text: reports of UpdateAutoScalingGroup.
    """
    if operation != "UpdateAutoScalingGroup" or group is None:
        return
    sized = group.sized(*(request.get(name) for name in ("MinSize", "MaxSize", "DesiredCapacity")))
    if not sized.minimum <= sized.desired <= sized.maximum:
        yield (
            f"Desired capacity:{sized.desired} must be between the specified min size:{sized.minimum} and max "
            f"size:{sized.maximum}"
        )


Rule = Callable[[str, Parameters, Group | None], Iterator[str]]

RULES: Final[tuple[Rule, ...]] = (group_exists, wish_within_bounds, bounds_hold_the_wish)


def refusal(operation: str, request: Parameters, group: Group | None) -> str | None:
    """Return the first objection to a request about a group, or None."""
    return next((text for rule in RULES for text in rule(operation, request, group)), None)
