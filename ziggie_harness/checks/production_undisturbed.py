"""A test failover does not touch production: clients, name, data, and everything that was there before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.client_events import NameResolved, RequestEnded
from ziggie_harness.model.database_events import WritesSurviving
from ziggie_harness.model.history import FaultStruck, History
from ziggie_harness.model.rehearsal_events import BEFORE_TEST, CopyTried, InventoryTaken, differing
from ziggie_harness.model.timeline import failed, reasons
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class ProductionUndisturbed:
    """From the inventory before the test on, until a fault is struck, production is as it was.

    No client is refused, no answer of the name changes, no write of the test is among production's, and nothing that
    the first inventory lists is gone or otherwise in the last one.
    """

    name: ClassVar[str] = "production-undisturbed"

    def judge(self, history: History) -> Judgement:
        """Judge what clients and owners saw."""
        since, before = next(history.of_kind(InventoryTaken), (0.0, None))
        until = next((at for at, _ in history.of_kind(FaultStruck) if at >= since), float("inf"))
        later = [event for at, event in history.of_kind(InventoryTaken) if event is not before and at < until]
        if before is None or before.moment != BEFORE_TEST or not later:
            sentence = "nobody listed what there was before the test, and again after it"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        asked = [event for at, event in history.of_kind(RequestEnded) if since <= event.started_seconds and at < until]
        if not asked:
            return Judgement(self.name, Verdict.UNKNOWN, "no client asked for anything while the failover was tested")
        refused = [event for event in asked if failed(event)]
        found = [
            *([f"{len(refused)} of {len(asked)} requests failed: {reasons(refused)}"] if refused else ()),
            *_moved(history, since, until),
            *_touched(before, later[-1]),
            *_mixed(history),
        ]
        numbers = (Measurement("requests that failed during the test", len(refused), "requests", 0),)
        if found:
            return Judgement(self.name, Verdict.FAILED, f"the test disturbed production: {'; '.join(found)}", numbers)
        sentence = f"{len(asked)} requests were served while the failover was tested, and all is as it was"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)


def _moved(history: History, since_seconds: float, until_seconds: float) -> Iterator[str]:
    """Yield where a name led elsewhere than before."""
    before: dict[tuple[str, str], tuple[str, ...]] = {}
    told = set()
    for at, answer in history.of_kind(NameResolved):
        place = answer.vantage, answer.name
        if at < since_seconds:
            before[place] = answer.addresses
        elif at < until_seconds and answer.addresses != before.get(place, answer.addresses) and place not in told:
            told.add(place)
            yield f"{answer.name} led to {', '.join(answer.addresses) or 'nowhere'} at {answer.vantage}"


def _touched(before: InventoryTaken, after: InventoryTaken) -> Iterator[str]:
    """Yield what is otherwise than it was; what came up is the business of the clean-up."""
    states = after.states
    for thing, state in before.states.items():
        if thing not in states:
            yield f"{thing} is gone"
        elif states[thing] != state:
            yield f"{thing} has {differing(state, states[thing])}"


def _mixed(history: History) -> Iterator[str]:
    """Yield each write of the test that is among those of a region."""
    tried = {event.identity for _, event in history.of_kind(CopyTried)}
    for _, event in history.of_kind(WritesSurviving):
        for identity in sorted(tried.intersection(event.identities)):
            yield f"the write {identity} of the test is among those of {event.region}"
