"""A firewall is closed to Route 53's health checkers, and to nobody else: a region that serves is called unhealthy.

Source: Route 53 Developer Guide, "IP address ranges of Amazon Route 53 servers".
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

PROOF_SECONDS = 35.0
"""Longer than the longest interval of a health check, in which each checker has asked once more and waited in vain."""


class ClosedFirewall:
    """Makes what health checkers send to the region vanish."""

    name: ClassVar[str] = "closed firewall"
    phrase: ClassVar[str] = "the firewall of the {role} region keeps health checkers out"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PARTITIONS, Capability.HEALTH_CHECKS})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Close the firewall for the block."""
        return world.closed_firewall(target)

    def proof(self, world: World, target: Role) -> str | None:
        """Look at what most checkers of the region said last, and that a client is served at the same time."""
        world.clock.sleep(PROOF_SECONDS)
        told = next((told for told in world.health_told() if told.region == world.site(target)), None)
        return told.said if told and "firewall" in told.said and not told.refusal else None
