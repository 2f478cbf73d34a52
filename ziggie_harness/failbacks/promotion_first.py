"""Failback with a mistake: the rebuilt replica is promoted while the secondary region still takes writes.

The order looks natural, since the service goes on until the last moment; but a promoted replica receives nothing any
more, so every write that the other region acknowledges until its lease goes over stays behind.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failbacks import _return
from ziggie_harness.failovers import _takeover
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class PromotionFirst:
    """Promotes the rebuilt replica, then stops the writer of the secondary region, then moves the name."""

    name: ClassVar[str] = "promotion first"
    phrase: ClassVar[str] = "by promotion first"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Do the steps in the wrong order."""
        _return.hold_name(world)
        _return.follow(world, Role.PRIMARY)
        _takeover.part(world, Role.PRIMARY)
        _takeover.promote(world, Role.PRIMARY)
        world.point_name_at(Role.PRIMARY, CLIENTS)
        _takeover.stop_writer(world, Role.PRIMARY)
