"""The declared capacity: how many servers each region has, and what one of them takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StrictInt
from pydantic.dataclasses import dataclass

from ziggie_harness.model.errors import Problem
from ziggie_harness.model.values import STRICT, Role

Servers = Annotated[StrictInt, Field(ge=1)]
Rate = Annotated[StrictInt, Field(ge=1)]


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

    def servers(self, role: Role) -> int:
        """Return how many servers a region has."""
        return self.primary_servers if role is Role.PRIMARY else self.secondary_servers

    def requests_per_second(self, role: Role) -> int:
        """Return what the servers of a region take together."""
        return self.servers(role) * self.server_requests_per_second

    def contradictions(self) -> Iterator[Problem]:
        """Yield a primary region that is too small for its own clients: no disaster is needed then."""
        takes = self.requests_per_second(Role.PRIMARY)
        if takes < self.peak_requests_per_second:
            expected = f"{self.peak_requests_per_second} requests a second or more, the declared peak"
            yield Problem("capacity.primary_servers", f"servers for {takes} requests a second", expected)
