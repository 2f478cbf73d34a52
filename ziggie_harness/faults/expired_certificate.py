"""A certificate expires: clients refuse the server, and health checkers, which do not validate, call it healthy.

Source: Route 53 Developer Guide, "How Amazon Route 53 determines whether a health check is healthy".
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class ExpiredCertificate:
    """Starts the region's API server anew with an expired certificate, and with its own at the end."""

    name: ClassVar[str] = "expired certificate"
    phrase: ClassVar[str] = "the certificate of the {role} region expires"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.PROCESSES, Capability.SERVICE})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Let the certificate be expired for the block."""
        return world.expired_certificate(target)

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the region's health endpoint as a client does, who validates certificates."""
        reason = world.unhealthy(CLIENTS, target)
        return reason if reason and "expired" in reason else None
