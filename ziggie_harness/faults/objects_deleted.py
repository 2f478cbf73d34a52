"""A slip deletes every object, and the delete markers are copied to the other region: the answer is a restore."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class ObjectsDeleted:
    """Deletes every object of the region's bucket without naming versions; they do not come back at the end."""

    name: ClassVar[str] = "objects deleted"
    phrase: ClassVar[str] = "the objects of the {role} region are deleted"
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.OBJECTS})

    @contextmanager
    def strike(self, world: World, target: Role) -> Iterator[None]:
        """Delete them; there is nothing to undo."""
        world.objects.delete_all(target)
        yield

    def proof(self, world: World, target: Role) -> str | None:
        """Count the objects that a delete marker hides."""
        hidden = world.objects.deleted(target)
        return f"{hidden} objects of the {target} region are hidden by delete markers" if hidden else None
