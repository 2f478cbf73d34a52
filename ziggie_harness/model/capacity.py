"""The declared capacity: how many servers each region has, and what one of them takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, StrictInt
from pydantic.dataclasses import dataclass

from ziggie_harness.model.errors import Problem
from ziggie_harness.model.values import STRICT, Duration, Name, Role

Servers = Annotated[StrictInt, Field(ge=1)]
Rate = Annotated[StrictInt, Field(ge=1)]

VCPUS: Final = {"t3.medium": 2}
"""Source: EC2 instance types, "T3"."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Capacity:
    """What clients of the API may ask for in a second, by region; what is beyond it is answered with 503.

    Health checks are answered beside it.
    """

    server_requests_per_second: Rate
    """What one server takes; measure yours."""
    primary_servers: Servers
    secondary_servers: Servers
    peak_requests_per_second: Rate
    """What clients ask for at the worst hour, of whichever region serves."""
    group: Name = "ziggie-api"
    """The Auto Scaling group of the servers, of this name in each region; its maximum is the larger region's number."""
    instance_type: Literal["t3.medium"] = "t3.medium"
    primary_vcpu_quota: Servers = 32
    secondary_vcpu_quota: Servers = 32
    """How many vCPUs of ordinary servers the account may run in a region."""
    assumed_launch_seconds: Annotated[
        Duration, Field(validation_alias="assumed_launch", serialization_alias="assumed_launch")
    ] = 120.0
    """From the launch of a server until it serves. AWS gives no time."""

    def servers(self, role: Role) -> int:
        """Return how many servers a region has."""
        return self.primary_servers if role is Role.PRIMARY else self.secondary_servers

    def requests_per_second(self, role: Role) -> int:
        """Return what the servers of a region take together."""
        return self.servers(role) * self.server_requests_per_second

    @property
    def most_servers(self) -> int:
        """Return how many servers the larger region has."""
        return max(self.primary_servers, self.secondary_servers)

    def vcpu_quota(self, role: Role) -> int:
        """Return how many vCPUs a region may run."""
        return self.primary_vcpu_quota if role is Role.PRIMARY else self.secondary_vcpu_quota

    def vcpus(self, servers: int) -> int:
        """Return how many vCPUs a number of servers has."""
        return servers * VCPUS[self.instance_type]

    def contradictions(self) -> Iterator[Problem]:
        """Yield a primary region that is too small for its own clients, and servers beyond their quota."""
        takes = self.requests_per_second(Role.PRIMARY)
        if takes < self.peak_requests_per_second:
            expected = f"{self.peak_requests_per_second} requests a second or more, the declared peak"
            yield Problem("capacity.primary_servers", f"servers for {takes} requests a second", expected)
        for role in (Role.PRIMARY, Role.SECONDARY):
            needed, quota = self.vcpus(self.servers(role)), self.vcpu_quota(role)
            if needed > quota:
                expected = f"{needed} or more, which the servers of the {role} region have"
                yield Problem(f"capacity.{role}_vcpu_quota", str(quota), expected)
