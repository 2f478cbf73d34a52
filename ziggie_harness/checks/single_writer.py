"""Exactly one region accepts writes: two that do each acknowledge what the other never sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.history import WriterObserved
from ziggie_harness.model.timeline import acknowledged_writes, blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ziggie_harness.model.history import History

SAME_ROUND_SECONDS: Final = 5.0
"""Observations of several regions that are no further apart belong to one round of an observer."""

HARM: Final = "each acknowledges writes that the other never sees"
"""Why two writers matter, for a reader who does not know."""


@dataclass(frozen=True, slots=True)
class _Acceptance:
    """A region accepted a write at some moment between two."""

    region: str
    from_seconds: float
    until_seconds: float


@dataclass(frozen=True, slots=True)
class SingleWriter:
    """At no time two regions accept writes, and at the end exactly one does.

    Acknowledged writes and observers' attempts are put in order where their order is certain. A failover hands the
    right to write over once, a failover and its failback twice: `handovers_at_most`. More means that two regions took
    turns, so that both accepted writes at the same time.
    """

    handovers_at_most: int = 1
    name: ClassVar[str] = "single-writer"

    def judge(self, history: History) -> Judgement:
        """Judge who accepted writes, and when."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        turns = _longest_turns(_acceptances(history))
        numbers = (Measurement("handovers of the writer", max(0, len(turns) - 1), "handovers", self.handovers_at_most),)
        if len(turns) - 1 > self.handovers_at_most:
            return Judgement(
                self.name, Verdict.FAILED, _taking_turns(turns[max(0, self.handovers_at_most - 1) :]), numbers
            )
        latest = {event.region: (at, event) for at, event in history.of_kind(WriterObserved) if at >= fault.at_seconds}
        verdict, sentence = _at_the_end(latest)
        return Judgement(self.name, verdict, sentence, numbers)


def _acceptances(history: History) -> Sequence[_Acceptance]:
    """Return every time a region is known to have accepted a write, ordered by when it was known."""
    found = [
        _Acceptance(write.region, write.started_seconds, write.acknowledged_seconds)
        for write in acknowledged_writes(history).values()
        if write.region
    ]
    found += [_Acceptance(event.region, at, at) for at, event in history.of_kind(WriterObserved) if event.accepts]
    return sorted(found, key=lambda acceptance: acceptance.until_seconds)


def _longest_turns(acceptances: Sequence[_Acceptance]) -> Sequence[_Acceptance]:
    """Return the longest row of acceptances by alternating regions in which each surely came after the one before.

    Two that overlap may have happened in either order, and are no evidence of it.
    """
    rows = [_turns(acceptances, region) for region in sorted({acceptance.region for acceptance in acceptances})]
    return max(rows, key=len, default=())


def _turns(acceptances: Sequence[_Acceptance], first_region: str) -> Sequence[_Acceptance]:
    """Return the row that begins with a region's first acceptance, each next one the earliest that is possible."""
    row: list[_Acceptance] = []
    for acceptance in acceptances:
        if not row:
            if acceptance.region == first_region:
                row.append(acceptance)
        elif acceptance.region != row[-1].region and acceptance.from_seconds >= row[-1].until_seconds:
            row.append(acceptance)
    return row


def _taking_turns(turns: Sequence[_Acceptance]) -> str:
    """Say that regions took turns, naming them with their times."""
    told = ", ".join(f"{turn.region} at {turn.until_seconds:.1f} s" for turn in turns[:4])
    regions = " and ".join(sorted({turn.region for turn in turns}))
    return f"two regions accepted writes at the same time, {regions}: {told} of drill time; {HARM}"


def _at_the_end(latest: Mapping[str, tuple[float, WriterObserved]]) -> tuple[Verdict, str]:
    """Judge the latest observation of each region."""
    accepting = {region: at for region, (at, event) in latest.items() if event.accepts}
    if len(latest) == 0:
        return Verdict.UNKNOWN, "nobody observed after the fault which regions accept writes"
    if not accepting:
        told = ", ".join(
            f"{region}: {event.reason or 'no reason was given'}" for region, (_, event) in sorted(latest.items())
        )
        return Verdict.FAILED, f"no region accepts writes at the end: {told}"
    if len(latest) == 1:
        return Verdict.UNKNOWN, f"{next(iter(latest))} accepts writes at the end, but no other region was observed"
    if len(accepting) == 1:
        others = ", ".join(sorted(latest.keys() - accepting.keys()))
        return (
            Verdict.PASSED,
            f"at the end {next(iter(accepting))} accepts writes, {others} does not; never two at a time",
        )
    told = ", ".join(f"{region} at {at:.1f} s" for region, at in sorted(accepting.items()))
    if max(accepting.values()) - min(accepting.values()) <= SAME_ROUND_SECONDS:
        return Verdict.FAILED, f"{len(accepting)} regions accept writes at the end: {told} of drill time; {HARM}"
    return (
        Verdict.UNKNOWN,
        f"several regions were last seen to accept writes, but not at one time: {told} of drill time",
    )
