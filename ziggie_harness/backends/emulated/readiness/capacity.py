"""The region's servers carry the peak as they are: to scale up on the day is a bet on spare capacity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.readiness_events import ReadinessExamined


class CapacityOfTheServers:
    """Compares what the declared servers take with the declared peak.

    Source: AWS Well-Architected REL11-BP05, static stability; Amazon EC2, InsufficientInstanceCapacity.
    """

    name: ClassVar[str] = "capacity"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell what the servers take; nothing where no capacity is declared."""
        capacity = sight.topology.capacity
        if capacity is None:
            return
        role = sight.role
        takes, peak = capacity.requests_per_second(role), capacity.peak_requests_per_second
        found, wanted = f"{takes} requests a second", f"{peak} requests a second"
        short = (
            f"the {capacity.servers(role)} server(s) of {sight.region} take {found} together, and the peak is {peak}"
        )
        yield sight.examined(self.name, found, wanted, short if takes < peak else "")
