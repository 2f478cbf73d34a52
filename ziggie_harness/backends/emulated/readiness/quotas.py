"""The account may run as many servers in the region as in the one that it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.emulation.autoscaling.groups import QUOTA_CODE, QUOTA_NAME
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role


class Quotas:
    """Compares what Service Quotas tells of both regions; an increase is a request to AWS, which takes its time.

    Source: AWS Well-Architected REL01-BP02, "Manage service quotas across accounts and regions".
    """

    name: ClassVar[str] = "quota of servers"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell the quota of vCPUs; nothing where no capacity is declared."""
        if sight.topology.capacity is None:
            return
        other = Role.PRIMARY if sight.role is Role.SECONDARY else Role.SECONDARY
        here, there = (self._told(sight, role) for role in (sight.role, other))
        short = (
            f"the quota of {sight.region} is {here:g} vCPUs, and {sight.topology.region(other)} has {there:g}: "
            f"servers beyond it are not launched ({QUOTA_NAME})"
        )
        yield sight.examined(self.name, f"{here:g} vCPUs", f"{there:g} vCPUs", short if here < there else "")

    def _told(self, sight: Sight, role: Role) -> float:
        """Ask Service Quotas of a region."""
        answer = sight.ask("service-quotas", sight.topology.region(role), lambda quotas: quotas.get_service_quota(
            ServiceCode="ec2", QuotaCode=QUOTA_CODE))  # fmt: skip
        return float(answer["Quota"]["Value"])
