"""What a history tells of servers: how many a region has, and what EC2 did not launch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapacityChanged:
    """A group of servers has another size."""

    group: str
    region: str
    servers: int
    desired: int


@dataclass(frozen=True, slots=True)
class LaunchFailed:
    """EC2 did not launch a server that a group wanted."""

    group: str
    region: str
    reason: str


ScalingEvent = CapacityChanged | LaunchFailed
