"""What the timeline shows beside the events as they are: stored writes by region, lag as a curve, and skipped time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ziggie_harness.evidence.report.lanes import Lane, Run, runs
from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.told import Group, Shape
from ziggie_harness.model.database_events import LagTold
from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ReplicationMeasured
from ziggie_harness.model.timeline import acknowledged_writes

SLICES: Final = 400
"""The drill's time is cut into so many slices to say in which of them it was skipped."""

NEARLY_ALL: Final = 0.9
NEARLY_NOTHING: Final = 0.1


def stored_writes(history: History, places: Places, lost: frozenset[str]) -> Iterator[Lane]:
    """Yield a lane per region whose database acknowledged writes; what is lost later stands out in it.

    A run ends where another region acknowledges, so that two writers at a time are seen as such.
    """
    by_region: dict[str, list[tuple[float, float, Tone, str]]] = {}
    writer = ""
    turn = 0
    for write in sorted(acknowledged_writes(history).values(), key=lambda one: one.acknowledged_seconds):
        turn += write.writer != writer
        writer = write.writer
        is_lost = write.identity in lost
        words = "acknowledged, and not there afterwards" if is_lost else "acknowledged"
        tone = Tone.LOST if is_lost else places.tone(writer)
        span = (write.started_seconds, write.acknowledged_seconds, tone, f"{words}\0{turn}")
        by_region.setdefault(writer, []).append(span)
    for region, spans in by_region.items():
        found = [
            Run(run.start_seconds, run.end_seconds, run.tone, run.text.partition("\0")[0], run.count)
            for run in runs(spans)
        ]
        yield Lane(Group.STORES, f"stored in {places.short(region)}", Shape.SPAN, found, repeats=True)


def curves(history: History, places: Places) -> Sequence[Mapping[str, object]]:
    """Return the lags that somebody measured, each as points of drill time and value."""
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for at, told in history.of_kind(LagTold):
        where = places.short(told.region)
        points.setdefault((f"lag of {where} by {told.told_by}", "s"), []).append((at, told.told_seconds))
        points.setdefault((f"lacking in {where}", "bytes"), []).append((at, told.missing_bytes))
    for at, measured in history.of_kind(ReplicationMeasured):
        points.setdefault((f"replication latency of {measured.bucket}", "s"), []).append((at, measured.latency_seconds))
    return [
        {
            "group": Group.STORES.value,
            "name": name,
            "unit": unit,
            "points": [[round(at, 3), value] for at, value in each],
        }
        for (name, unit), each in points.items()
    ]


def clock(history: History) -> Lane:
    """Return a lane that says when the drill's time was skipped, when it was worked, and when both in turns."""
    return Lane(Group.DRILL, "clock", Shape.STATE, list(_merged(_slices(history))), repeats=True)


def _slices(history: History) -> Iterator[tuple[float, float, float]]:
    """Yield slices of the drill's time: from, to, and the skipped share."""
    least = history.end_seconds / SLICES
    start = skipped = 0.0
    for record in history.records:
        length = record.at_seconds - start
        if length > 0 and (length >= least or record is history.records[-1]):
            share = (record.skipped_seconds - skipped) / length
            yield start, record.at_seconds, min(max(share, 0.0), 1.0)
            start, skipped = record.at_seconds, record.skipped_seconds


def _merged(slices: Iterator[tuple[float, float, float]]) -> Iterator[Run]:
    """Yield slices of the same kind as one."""
    current: Run | None = None
    for start, end, share in slices:
        text, tone = _kind(share)
        if current is not None and current.text == text:
            current.end_seconds = end
            continue
        if current is not None:
            yield current
        current = Run(start, end, tone, text)
    if current is not None:
        yield current


def _kind(share: float) -> tuple[str, Tone]:
    """Return what a slice with this skipped share is called."""
    if share >= NEARLY_ALL:
        return "everything waited, so the clock jumped (more than 90 % skipped)", Tone.SKIPPED
    if share <= NEARLY_NOTHING:
        return "work, at wall speed (less than 10 % skipped)", Tone.PLAIN
    return "work and jumps in turns (10 to 90 % skipped)", Tone.OTHER
