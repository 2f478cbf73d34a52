"""The lanes of the timeline: what happened, with equal neighbours drawn as one run that says how many they are.

Nothing is left out. A run ends where the words change, so every failure is in a run of failures with its reason and
its count; and where nothing was seen for a while, so that a pause does not look like service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.tellers import tell
from ziggie_harness.evidence.report.told import Group, Shape, Told
from ziggie_harness.model.history import History

PAUSE_SECONDS: Final = 10.0
"""Equal events further apart than this are runs of their own; a state goes on all the same."""


@dataclass(slots=True)
class Run:
    """Equal events that follow each other in one lane."""

    start_seconds: float
    end_seconds: float
    tone: Tone
    text: str
    count: int = 1


@dataclass(slots=True)
class Lane:
    """One row of the timeline."""

    group: Group
    name: str
    shape: Shape
    runs: list[Run] = field(default_factory=list)
    repeats: bool = False
    """Whether its events stand in another lane as well, so that nobody counts them twice."""


def lanes(history: History, places: Places) -> Sequence[Lane]:
    """Return the lane of every event of a history, in the order of the page."""
    told: dict[tuple[Group, str], list[tuple[float, Told]]] = {}
    for record in history.records:
        words = tell(record.event, places)
        told.setdefault((words.group, words.lane), []).append((record.at_seconds, words))
    found = [_lane(group, name, events, history.end_seconds) for (group, name), events in told.items()]
    return sorted(found, key=lambda lane: list(Group).index(lane.group))


def _lane(group: Group, name: str, events: Sequence[tuple[float, Told]], end_seconds: float) -> Lane:
    """Return one lane with its runs."""
    shape = events[0][1].shape
    if shape is Shape.STATE:
        return Lane(group, name, shape, list(_states(events, end_seconds)))
    spans = sorted(
        (at if told.started_seconds is None else told.started_seconds, at, told.tone, told.text) for at, told in events
    )
    return Lane(group, name, shape, list(runs(spans)))


def runs(spans: Iterable[tuple[float, float, Tone, str]]) -> Iterator[Run]:
    """Yield runs of equal spans (start, end, tone, text) that follow each other without a pause."""
    current: Run | None = None
    for start, end, tone, text in spans:
        if (
            current is not None
            and (current.tone, current.text) == (tone, text)
            and start - current.end_seconds <= PAUSE_SECONDS
        ):
            current.end_seconds = max(current.end_seconds, end)
            current.count += 1
            continue
        if current is not None:
            yield current
        current = Run(start, end, tone, text)
    if current is not None:
        yield current


def _states(events: Sequence[tuple[float, Told]], end_seconds: float) -> Iterator[Run]:
    """Yield runs that hold until the next one, the last until the end."""
    current: Run | None = None
    for at, told in events:
        if current is not None and (current.tone, current.text) == (told.tone, told.text):
            current.count += 1
            continue
        if current is not None:
            current.end_seconds = at
            yield current
        current = Run(at, end_seconds, told.tone, told.text)
    if current is not None:
        current.end_seconds = end_seconds
        yield current


def encoded(found: Iterable[Lane], texts: dict[str, int]) -> Sequence[Mapping[str, object]]:
    """Return lanes as the page reads them; equal texts stand once, in `texts`, by their place in it."""
    return [
        {
            "group": lane.group.value,
            "name": lane.name,
            "shape": lane.shape.value,
            "runs": [
                [
                    round(run.start_seconds, 3),
                    round(run.end_seconds, 3),
                    run.tone.value,
                    texts.setdefault(run.text, len(texts)),
                    run.count,
                ]
                for run in lane.runs
            ],
        }
        for lane in found
    ]
