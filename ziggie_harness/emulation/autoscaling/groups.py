"""An Auto Scaling group and its activities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

IN_PROGRESS, SUCCESSFUL, FAILED = "InProgress", "Successful", "Failed"
"""How an activity stands. Source: botocore service model, autoscaling, ScalingActivityStatusCode."""

RETRY_SECONDS: Final = 60.0
"""After how long Auto Scaling tries again to launch what it could not: it does, and how often is not documented."""

ZONES: Final = "abc"
"""The letters of a region's availability zones; a group here has all three."""

QUOTA_CODE: Final = "L-1216C47A"
QUOTA_NAME: Final = "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
"""The quota of EC2 that counts the vCPUs of ordinary servers. Source: EC2 user guide, "On-Demand Instance quotas"."""


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group at one moment; its servers are all of one type."""

    name: str
    region: str
    minimum: int
    maximum: int
    desired: int
    in_service: int
    instance_type: str
    vcpus: int
    """Of one server."""

    def sized(self, minimum: int | None, maximum: int | None, desired: int | None) -> Group:
        """Return it as UpdateAutoScalingGroup leaves it.

        Source: Auto Scaling API reference, UpdateAutoScalingGroup: a new minimum above the desired capacity raises it,
        a new maximum below it lowers it, where none is given.
        """
        low = self.minimum if minimum is None else minimum
        high = self.maximum if maximum is None else maximum
        wanted = min(max(self.desired, low), high) if desired is None else desired
        return replace(self, minimum=low, maximum=high, desired=wanted)


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that Auto Scaling did or tried: it is told by DescribeScalingActivities alone."""

    identity: str
    started_seconds: float
    description: str
    cause: str
    status: str
    message: str = ""
    ended_seconds: float | None = None
