"""An attacker overwrites every object and deletes the older versions everywhere, in a backup, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ObjectsRansomed:
    """Overwrites and deletes versions as far as S3 permits it; nothing comes back at the end."""

    name: ClassVar[str] = "objects ransomed"
    phrase: ClassVar[str] = "the objects of the {role} region are held to ransom"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.OBJECTS})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Overwrite and delete; there is nothing to undo."""
        world.objects.ransom(target)
        yield

    def proof(self, world: World, target: Role) -> str | None:
        """Look for two objects with the same content: clients store none."""
        digests = [line.rpartition(" ")[2] for line in world.objects.surviving(target).objects]
        same = len(digests) - len(set(digests))
        return f"{same + 1} objects of the {target} region have the same content" if same else None
