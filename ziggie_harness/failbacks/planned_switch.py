"""Failback where the old primary is a replica already, since the service was reprotected: a switch, and it is done.

It begins with the decision that a committed failover asks for: the witness is told who the successor is.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failbacks import _return
from ziggie_harness.failovers import _takeover
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class PlannedSwitch:
    """Switches over as planned, and rebuilds the secondary region's database as a replica."""

    name: ClassVar[str] = "planned switch"
    phrase: ClassVar[str] = "by a planned switch"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in their order."""
        _takeover.switch(world, Role.PRIMARY)
        _return.follow(world, Role.SECONDARY)
