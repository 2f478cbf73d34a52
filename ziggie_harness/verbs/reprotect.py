"""Reprotect: the old primary becomes the replica, so that the next disaster does not lose everything.

It is rebuilt from the secondary region, which serves on. A replica passes its health check, so unless the failover was
committed before, failover records lead writers to it.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failbacks import _return
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class Reprotect:
    """Makes the primary region's database anew as a replica of the secondary's."""

    name: ClassVar[str] = "reprotect"
    phrase: ClassVar[str] = "reprotects the service"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.POSTGRESQL, Capability.SERVICE})

    def run(self, world: World) -> None:
        """Rebuild it, and wait until it has everything."""
        _return.follow(world, Role.PRIMARY)
