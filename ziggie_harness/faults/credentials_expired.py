"""Credentials expire while they are needed: a token that somebody fetched in the morning, and nobody renews it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class CredentialsExpired:
    """Lets every token that the region's STS gave out before count as expired; one fetched later is good."""

    name: ClassVar[str] = "credentials expired"
    phrase: ClassVar[str] = "the credentials issued in the {role} region expire"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API})

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Let them expire for the block."""
        return world.api.expiring(target)

    def proof(self, world: World, target: Role) -> str | None:
        """Call AWS by such a token, and see what it says."""
        return world.api.expired(CLIENTS, target)
