"""Failback as it should be: rebuild, catch up, stop the writer, switch, rebuild the replica of the secondary region.

On RDS the source of a promoted replica cannot follow it: it is deleted, with a final snapshot of the writes that nobody
else has, and made anew as a replica (RDS user guide, "Working with DB instance read replicas"). On servers of one's own
pg_rewind is the shorter way where the old data directory is whole; RDS has no such thing. The service goes on in the
secondary region meanwhile, so clients see the switch alone.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failbacks import _return
from ziggie_harness.failovers import _takeover
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class Rebuild:
    """Makes the primary region's database a replica, switches over as planned, and rebuilds the secondary's."""

    name: ClassVar[str] = "rebuild"
    phrase: ClassVar[str] = "after a rebuild"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        _return.hold_name(world)
        _return.follow(world, Role.PRIMARY)
        _takeover.switch(world, Role.PRIMARY)
        _return.follow(world, Role.SECONDARY)
