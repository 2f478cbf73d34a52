"""One event as it stands on the timeline: in which lane, from when to when, in which words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ziggie_harness.evidence.report.places import Tone


class Shape(StrEnum):
    """What the events of a lane are."""

    STATE = "state"
    """Each holds until the next one of its lane."""
    SPAN = "span"
    """Each has a beginning and an end of its own."""
    MOMENT = "moment"


class Group(StrEnum):
    """The parts of the timeline, in the order in which they stand on the page."""

    DRILL = "The drill"
    CLIENTS = "What clients saw"
    DNS = "Where the name led"
    HEALTH = "Health checks"
    REGIONS = "Regions and their databases"
    STORES = "Writes and copies"
    CALLS = "Calls of AWS APIs"
    ALERTS = "Alerts"
    OTHER = "Everything else"


@dataclass(frozen=True, slots=True)
class Told:
    """An event in the words of the page; those of a lane with equal words follow each other as one run."""

    group: Group
    lane: str
    text: str
    tone: Tone = Tone.PLAIN
    shape: Shape = Shape.MOMENT
    started_seconds: float | None = None
    """The drill time at which a SPAN began; its end is the event's own time."""
