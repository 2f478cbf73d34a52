"""Failover by DNS alone: the name moves when the health check fails, and nobody promotes the replica."""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class DnsAlone:
    """Waits until the name points at the secondary region, and does nothing else."""

    name: ClassVar[str] = "DNS alone"
    phrase: ClassVar[str] = "by DNS alone"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DNS, Capability.HEALTH_CHECKS})

    def run(self, world: World) -> None:
        """Wait for the switch of the name."""
        standby = world.address_of(Role.SECONDARY)

        def elsewhere() -> str | None:
            """Say where the name points instead."""
            addresses = world.answered_by_authority().addresses
            return None if standby in addresses else f"it is {addresses}"

        wait_until(
            world.clock,
            "the name to point at the secondary region",
            elsewhere,
            at_most_seconds=_takeover.CEILING_SECONDS,
        )
        world.journal.record(StepTaken("switched", "the name points at the secondary region"))
