"""Test failover: bring the service up on a copy of the standby's database, while the primary region serves on.

The copy is made from a snapshot of the replica and follows nobody; its server holds no lease, and no name leads to it.
A write has to survive a restart of the copy. While the snapshot is taken RDS refuses to promote the replica, so a
disaster in that minute is recovered from a minute later. `clean up` removes what this leaves.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.rehearsal_events import AFTER_TEST, BEFORE_TEST
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class Rehearse:
    """Copies, writes, reads, and lists what there was before and is afterwards."""

    name: ClassVar[str] = "test failover"
    phrase: ClassVar[str] = "tests the failover"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        world.journal.record(world.inventory(BEFORE_TEST))
        world.rehearsal.copy(Role.SECONDARY, CLIENTS)
        tried = world.rehearsal.try_out(Role.SECONDARY, CLIENTS, f"test-failover-{world.clock.now():.6f}")
        world.journal.record(tried)
        world.journal.record(world.inventory(AFTER_TEST))
