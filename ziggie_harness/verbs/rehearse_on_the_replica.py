"""A test failover with a mistake: the replica itself is promoted, and production has none any more.

It looks like the shortest way to see whether a promotion works, and works well, until the disaster comes: a promoted
replica receives nothing, and RDS cannot make it one again.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _takeover
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.rehearsal_events import AFTER_TEST, BEFORE_TEST, CopyTried
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class RehearseOnTheReplica:
    """Promotes the replica while the primary region serves."""

    name: ClassVar[str] = "test on the replica"
    phrase: ClassVar[str] = "tests the failover on the replica itself"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Promote it, and see whether the region takes a write."""
        world.journal.record(world.inventory(BEFORE_TEST))
        _takeover.promote(world)
        identity = f"test-failover-{world.clock.now():.6f}"
        seen = world.writer_seen(Role.SECONDARY, identity)
        region = world.site(Role.SECONDARY)
        world.journal.record(CopyTried(region, "the replica", identity, seen.accepts, seen.accepts, seen.reason))
        world.journal.record(world.inventory(AFTER_TEST))
