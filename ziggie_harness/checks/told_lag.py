"""Monitoring tells the truth about a replica's lag: who plans by a metric that lies promotes too late or too early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.database_events import LagTold
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class _Lie:
    """A reading that cannot be true, by how much, and why."""

    off_seconds: float
    sentence: str


@dataclass(frozen=True, slots=True)
class ToldLag:
    """No reading of a replica's lag is off by more than `at_most_seconds`.

    It is too high when the replica had everything at that moment, and too low when the replica had stood still for
    longer than the reading says, although there was more to have.
    """

    at_most_seconds: float
    name: ClassVar[str] = "told-lag"

    def judge(self, history: History) -> Judgement:
        """Judge every reading."""
        objection = blow(history).objection
        readings = [(at, event) for at, event in history.of_kind(LagTold)]
        if objection is not None or not readings:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "nobody told how far a replica is behind")
        regions = sorted({event.region for _, event in readings})
        found = [lie for region in regions for lie in _lies([one for one in readings if one[1].region == region])]
        worst = max(found, key=lambda lie: lie.off_seconds, default=_Lie(0.0, "none could be told from the truth"))
        numbers = (
            Measurement("readings of the lag", len(readings), "readings"),
            Measurement("furthest from the truth", worst.off_seconds, "s", self.at_most_seconds),
        )
        if worst.off_seconds > self.at_most_seconds:
            off = sum(lie.off_seconds > self.at_most_seconds for lie in found)
            sentence = f"{off} of {len(readings)} readings are wrong: {worst.sentence}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"of {len(readings)} readings none is off by more than {self.at_most_seconds:g} s"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)


def _lies(readings: list[tuple[float, LagTold]]) -> Iterator[_Lie]:
    """Yield what is certainly wrong in the readings of one region, in their order."""
    stood_at, stood_since = -1, 0.0
    for at, event in readings:
        told = f"at {at:.1f} s {event.told_by} told that {event.region} was {event.told_seconds:.0f} s behind"
        if not event.missing_bytes:
            stood_at = -1
            sentence = f"{told}, and it had everything: where nobody writes, it takes an idle primary for a broken link"
            yield _Lie(event.told_seconds, sentence)
        elif event.replayed_bytes != stood_at:
            stood_at, stood_since = event.replayed_bytes, at
        else:
            stood = at - stood_since
            yield _Lie(stood - event.told_seconds, f"{told}, and it had stood still for {stood:.0f} s")
