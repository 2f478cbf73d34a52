"""Commit: what moved stays. Nothing goes back by itself any more, however healthy the old primary region looks.

The secondary region becomes the first choice of the name, and the witness grants the writer's lease to nobody else
until somebody names a successor, which is what a failback begins with. It calls Route 53's control plane, so it comes
after the failover and is no part of it.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class Commit:
    """Makes the secondary region the first choice, of the name and of the witness."""

    name: ClassVar[str] = "commit"
    phrase: ClassVar[str] = "commits the failover"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DNS, Capability.API, Capability.SERVICE})

    def run(self, world: World) -> None:
        """Decide for the lease first: a name that leads to a region that may not write helps nobody."""
        if world.topology.fencing is not None:
            wait_until(
                world.clock,
                "the witness to commit the failover",
                lambda: world.commitment_obstacle(Role.SECONDARY, CLIENTS),
                at_most_seconds=_takeover.CEILING_SECONDS,
                every_seconds=_takeover.LEASE_POLL_SECONDS,
            )
        world.point_name_at(Role.SECONDARY, CLIENTS)
        world.journal.record(StepTaken("committed", "name and lease stay with the secondary region until decided"))
