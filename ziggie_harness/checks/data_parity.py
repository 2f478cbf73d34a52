"""Both databases hold the same data, and what belongs to it: what differs is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.database_events import StoresCompared
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class DataParity:
    """After the fault, both sides of each of `stores` were compared and hold the same rows and what is around them.

    The last comparison of a store counts. One that compared nothing, or could not compare everything, proves nothing;
    a difference that was seen is a difference all the same.
    """

    stores: tuple[str, ...]
    name: ClassVar[str] = "data-parity"

    def judge(self, history: History) -> Judgement:
        """Judge the last comparison of each store."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        last = {event.store: event for at, event in history.of_kind(StoresCompared) if at >= fault.at_seconds}
        findings = [_finding(store, last.get(store)) for store in self.stores]
        findings += [_finding(store, event) for store, event in last.items() if store not in self.stores]
        verdict = Verdict.worst(verdict for verdict, _ in findings)
        told = "; ".join(sentence for found, sentence in findings if found is verdict)
        return Judgement(self.name, verdict, told or "no store was compared after the fault", _numbers(last))


def _finding(store: str, compared: StoresCompared | None) -> tuple[Verdict, str]:
    """Judge one store's comparison."""
    if compared is None:
        return Verdict.UNKNOWN, f"{store}: its two sides were not compared after the fault"
    sides = f"{store}, {compared.left} and {compared.right}"
    rows = compared.only_left + compared.only_right + compared.different
    if rows or compared.sentences:
        return Verdict.FAILED, f"{sides}: {_told(compared, rows)}"
    if compared.uncompared:
        return Verdict.UNKNOWN, f"{sides}: not everything was compared: {_listed(compared.uncompared)}"
    if max(compared.rows_left, compared.rows_right) <= 0:
        return Verdict.UNKNOWN, f"{sides}: neither holds a single row, so nothing was compared"
    return Verdict.PASSED, f"{sides}: the same {compared.rows_left} rows and everything around them"


def _told(compared: StoresCompared, rows: int) -> str:
    """Tell what differs."""
    told = []
    if rows:
        told.append(
            f"{rows} rows differ ({compared.only_left} only left, {compared.only_right} only right, "
            f"{compared.different} different): {_listed(compared.keys)}"
        )
    if compared.sentences:
        told.append(_listed(compared.sentences))
    return "; ".join(told)


def _numbers(last: Mapping[str, StoresCompared]) -> tuple[Measurement, ...]:
    """Count over all stores."""
    return (
        Measurement("rows compared", sum(max(each.rows_left, each.rows_right) for each in last.values()), "rows"),
        Measurement("rows only left", sum(each.only_left for each in last.values()), "rows", 0),
        Measurement("rows only right", sum(each.only_right for each in last.values()), "rows", 0),
        Measurement("rows different", sum(each.different for each in last.values()), "rows", 0),
    )


def _listed(words: Sequence[str]) -> str:
    """Join words for a sentence."""
    return ", ".join(words) or "none is named"
