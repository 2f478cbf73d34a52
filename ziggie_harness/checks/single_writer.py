"""Exactly one region accepts writes: two that do each acknowledge what the other never sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.turns import longest_turns
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ziggie_harness.model.history import History
    from ziggie_harness.model.turns import Turn

SAME_ROUND_SECONDS: Final = 5.0
"""Observations of several regions that are no further apart belong to one round of an observer."""

HARM: Final = "each acknowledges writes that the other never sees"
"""Why two writers matter, for a reader who does not know."""


@dataclass(frozen=True, slots=True)
class SingleWriter:
    """At no time two regions accept writes, and at the end exactly one does.

    A region is the writer when its database acknowledged, whichever region's service passed it on. Acknowledged writes
    and observers' attempts are put in order where their order is certain. A failover hands the
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
        turns = longest_turns(history)
        numbers = (Measurement("handovers of the writer", max(0, len(turns) - 1), "handovers", self.handovers_at_most),)
        if len(turns) - 1 > self.handovers_at_most:
            return Judgement(
                self.name, Verdict.FAILED, _taking_turns(turns[max(0, self.handovers_at_most - 1) :]), numbers
            )
        latest = {event.region: (at, event) for at, event in history.of_kind(WriterObserved) if at >= fault.at_seconds}
        verdict, sentence = _at_the_end(latest)
        return Judgement(self.name, verdict, sentence, numbers)


def _taking_turns(turns: Sequence[Turn]) -> str:
    """Say that regions took turns, naming them with their times."""
    told = ", ".join(f"{turn.region} at {turn.until_seconds:.1f} s" for turn in turns[:4])
    regions = " and ".join(sorted({turn.region for turn in turns}))
    return f"two regions accepted writes at the same time, {regions}: {told} of drill time; {HARM}"


def _at_the_end(latest: Mapping[str, tuple[float, WriterObserved]]) -> tuple[Verdict, str]:
    """Judge the latest observation of each region."""
    accepting = {event.writer or region: at for region, (at, event) in latest.items() if event.accepts}
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
        others = ", ".join(sorted(region for region, (_, event) in latest.items() if not event.accepts))
        told = f", {others} does not" if others else ", whichever region's service is asked"
        return Verdict.PASSED, f"at the end {next(iter(accepting))} accepts writes{told}; never two at a time"
    told = ", ".join(f"{region} at {at:.1f} s" for region, at in sorted(accepting.items()))
    if max(accepting.values()) - min(accepting.values()) <= SAME_ROUND_SECONDS:
        return Verdict.FAILED, f"{len(accepting)} regions accept writes at the end: {told} of drill time; {HARM}"
    return (
        Verdict.UNKNOWN,
        f"several regions were last seen to accept writes, but not at one time: {told} of drill time",
    )
