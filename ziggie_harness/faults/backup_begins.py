"""A backup of a database begins: it goes on serving, but its control plane refuses what would disturb the backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World

SIGN = "backing-up"


class BackupBegins:
    """Opens the backup window of the region's instance; the backup ends by itself."""

    name: ClassVar[str] = "backup begins"
    phrase: ClassVar[str] = "a backup of the {role} region's database begins"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.API, Capability.POSTGRESQL})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Let the backup begin."""
        world.begin_backup(target)
        yield

    def proof(self, world: World, target: Role) -> str | None:
        """Ask the control plane for the instance's state."""
        told = world.promotion_obstacle(target, world.site(target)) or ""
        return told if SIGN in told else None
