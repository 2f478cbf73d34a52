"""What a history tells of the readiness of a region: what was looked at before anything broke, and what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadinessExamined:
    """One thing was looked at that a recovery in a region depends on."""

    thing: str
    region: str
    """The region that is to take over."""
    found: str
    wanted: str
    obstacle: str
    """Why the recovery would fail or suffer from what was found, as a sentence; empty when it would not."""
