"""The book of cuts: who holds which direction between two sites cut. Overlapping cuts of several owners compose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable

Direction = tuple[str, str]
"""Source and destination site."""


class CutBook:
    """Counts owners per direction. Not thread-safe by itself: the network keeps it under its lock."""

    def __init__(self) -> None:
        """Start with everything connected."""
        self._owners: dict[Direction, set[str]] = {}

    def add(self, directions: Iterable[Direction], owner: str) -> tuple[Direction, ...]:
        """Enter cuts; the directions that are cut only from now on. LabError when this owner holds one already."""
        wanted = tuple(directions)
        for source, destination in wanted:
            if owner in self._owners.get((source, destination), ()):
                raise LabError(
                    f"{source} to {destination} is cut already by {owner!r}",
                    hint="heal it first, or give the second cut an owner of its own (by=...)",
                )
        fresh = tuple(direction for direction in wanted if direction not in self._owners)
        for direction in wanted:
            self._owners.setdefault(direction, set()).add(owner)
        return fresh

    def remove(self, directions: Iterable[Direction], owner: str) -> tuple[Direction, ...]:
        """Strike cuts out; the directions that nobody holds any more. LabError when this owner does not hold one."""
        wanted = tuple(directions)
        for source, destination in wanted:
            if owner not in self._owners.get((source, destination), ()):
                holders = ", ".join(sorted(self._owners.get((source, destination), ()))) or "nobody"
                raise LabError(
                    f"{source} to {destination} is not cut by {owner!r} but by {holders}",
                    hint="heal what was cut, with the owner that cut it (by=...)",
                )
        freed = []
        for direction in wanted:
            self._owners[direction].discard(owner)
            if not self._owners[direction]:
                del self._owners[direction]
                freed.append(direction)
        return tuple(freed)

    def directions(self) -> frozenset[Direction]:
        """List every direction that somebody holds cut."""
        return frozenset(self._owners)
