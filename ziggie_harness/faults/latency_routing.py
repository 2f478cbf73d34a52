"""The name is routed by latency: clients who are closer to the other region go there, though one alone writes.

Source: guide §2 Latency-Based Routing (Active-Active); botocore service model, ResourceRecordSet.Region.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class LatencyRouting:
    """Replaces the records of the name by latency records, through Route 53's API, and puts the declared ones back."""

    name: ClassVar[str] = "latency routing"
    phrase: ClassVar[str] = "latency routing takes clients from the {role} region"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.DNS, Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Route the name by latency for the block."""
        return world.routed_by_latency(CLIENTS)

    def proof(self, world: World, target: Role) -> str | None:
        """Look the name up at the authority, as a client does who is close to neither region."""
        addresses = world.answered_by_authority().addresses
        if not addresses or world.address_of(target) in addresses:
            return None
        return f"the name leads to {', '.join(addresses)}"
