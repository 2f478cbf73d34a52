"""What a history tells of a failover that was only tested: what there was before and after, and what the copy did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BEFORE_TEST: Final = "before the test"
AFTER_TEST: Final = "after the test"
AFTER_CLEAN_UP: Final = "after the clean-up"


@dataclass(frozen=True, slots=True)
class InventoryTaken:
    """Somebody listed what AWS has of the design."""

    moment: str
    entries: tuple[str, ...]
    """Each thing with its state, as `thing: state`."""

    @property
    def states(self) -> dict[str, str]:
        """The state of each thing."""
        return {thing: state for thing, _, state in (entry.partition(": ") for entry in self.entries)}


def differing(before: str, after: str) -> str:
    """Tell what of a thing's state is otherwise than before; its parts are separated by commas."""
    old, new = before.split(", "), after.split(", ")
    now = ", ".join(part for part in new if part not in old) or "no more"
    return f"{now} instead of {', '.join(part for part in old if part not in new) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class CopyTried:
    """A write was tried on what a failover was tested with, and read again after its database had been restarted."""

    region: str
    tried: str
    """Which database: a copy's, or the replica's own."""
    identity: str
    accepted: bool
    read_back: bool
    reason: str
    """Why it was not; empty when it was."""


RehearsalEvent = InventoryTaken | CopyTried
