"""Why EC2 launches no server, one function a rule, each with the source of the fact.

Who calls RunInstances is answered so; of an Auto Scaling group the activity fails, and nobody is answered anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.autoscaling.groups import ZONES


@dataclass(frozen=True, slots=True)
class Launch:
    """One server that is asked for."""

    region: str
    instance_type: str
    vcpus: int
    running_vcpus: int
    """How many the account runs in the region already, those that start included."""
    quota: int | None
    """How many it may run there; None where nothing is known of a quota."""
    exhausted: bool
    """Whether EC2 has no server of the type left there."""


def quota_holds(launch: Launch) -> Iterator[str]:
    """Launch nothing beyond the account's quota of vCPUs in the region: VcpuLimitExceeded.

    Source: EC2 user guide, "On-Demand Instance quotas". Text: reports of RunInstances and of scaling activities.
    """
    if launch.quota is not None and launch.running_vcpus + launch.vcpus > launch.quota:
        yield (
            f"You have requested more vCPU capacity than your current vCPU limit of {launch.quota} allows for the "
            "instance bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
        )


def servers_are_left(launch: Launch) -> Iterator[str]:
    """Launch nothing where EC2 has no server of the type to give: InsufficientInstanceCapacity.

    Source: EC2 user guide, "Insufficient instance capacity". Text: reports of RunInstances and of scaling activities,
    without the zones that it advises; that of a whole region here speaks of its first zone.
    """
    if launch.exhausted:
        yield (
            f"We currently do not have sufficient {launch.instance_type} capacity in the Availability Zone you "
            f"requested ({launch.region}{ZONES[0]}). Our system will be working on provisioning additional capacity."
        )


Rule = Callable[[Launch], Iterator[str]]

LAUNCH_RULES: Final[tuple[Rule, ...]] = (quota_holds, servers_are_left)


def obstacle(launch: Launch) -> str | None:
    """Return why EC2 does not launch a server, or None."""
    return next((text for rule in LAUNCH_RULES for text in rule(launch)), None)
