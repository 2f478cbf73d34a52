"""The first screen: what was promised, what was measured, the verdict, and how genuine it all was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ziggie_harness.evidence.report.story import RECOVERY_POINT, RECOVERY_TIME
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.fidelity import Fidelity
from ziggie_harness.model.units import print_duration
from ziggie_harness.model.verdict import Judgement, Verdict

SECONDS_PER_MINUTE: Final = 60
LONG_SECONDS: Final = 120
"""From here on a reader wants minutes as well."""

WORDS: Final = {
    RECOVERY_TIME: "Clients are served again, and stay served, within",
    RECOVERY_POINT: "Of what was acknowledged, nothing is lost that is older than",
}
"""What the two objectives promise, by their checks."""

NUMBERS: Final = {RECOVERY_TIME: "RTO", RECOVERY_POINT: "RPO"}
"""Their numbers in the record."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One scenario in the list of the page."""

    number: int
    """Its place among the drills whose record the page holds; each number is the page's address of one."""
    row: Row
    requirement: str
    sabotage: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """One objective of the run's sound designs, and the drill that came closest to breaking it, or broke it."""

    words: str
    limit: str
    measured: str
    share: float
    """The measured value as a part of the limit; 1 is the limit."""
    verdict: Verdict
    drills: int
    broken: int
    """How many of the drills did not keep it."""
    worst: Entry


def entries(run: RunRecord) -> Sequence[Entry]:
    """Return the run's scenarios in the order of the page."""
    return [
        Entry(number, played.row, played.requirement.identifier or "", played.is_sabotage)
        for number, played in enumerate(run.scenarios)
    ]


def by_feature(listed: Sequence[Entry]) -> Iterator[tuple[str, Sequence[Entry]]]:
    """Yield each feature with its scenarios."""
    for feature, group in groupby(listed, key=lambda entry: entry.row.feature):
        yield feature, list(group)


def headline(rows: Iterable[Row]) -> tuple[Ending, str]:
    """Return how the run ended as a whole, and the sentence that says so to somebody who has never seen one."""
    count = Counter(row.ending for row in rows)
    if count[Ending.FAILED]:
        return Ending.FAILED, f"{_many(count[Ending.FAILED], 'promise was', 'promises were')} broken."
    if count[Ending.ERROR]:
        return Ending.ERROR, f"The harness itself failed in {_many(count[Ending.ERROR], 'drill', 'drills')}."
    if count[Ending.UNKNOWN]:
        words = _many(count[Ending.UNKNOWN], "drill proves", "drills prove")
        return Ending.UNKNOWN, f"{words} nothing: the evidence does not suffice."
    if not count[Ending.PASSED] and not count[Ending.CAUGHT]:
        return Ending.SKIPPED, "Nothing was proved: no drill could be played."
    if not count[Ending.PASSED]:
        return Ending.CAUGHT, "Every defect that was planted on purpose was noticed; no sound design was drilled."
    planted = ", and every defect that was planted on purpose was noticed" if count[Ending.CAUGHT] else ""
    return Ending.PASSED, f"Every promise was kept{planted}."


def _many(count: int, one: str, more: str) -> str:
    """Return a number with the right words."""
    return f"{count} {one if count == 1 else more}"


def promises(bundles: Iterable[SealedBundle], listed: Sequence[Entry]) -> Sequence[Promise]:
    """Return each objective with its worst drill, the broken ones first.

    Sabotages break theirs on purpose and do not count. A drill in which nobody recovered is worse than any number.
    """
    numbers = {entry.row.evidence: entry for entry in listed}
    tried: dict[tuple[str, float], list[_Tried]] = {}
    for bundle in bundles:
        entry = numbers[bundle.played.row.evidence]
        for judged in () if entry.sabotage else bundle.judged:
            limit = judged.parameters.get("at_most_seconds")
            if judged.judgement.check in WORDS and isinstance(limit, int | float):
                tried.setdefault((judged.judgement.check, limit), []).append(_Tried(judged.judgement, entry))
    found = [_promise(check, limit, each) for (check, limit), each in tried.items()]
    return sorted(found, key=lambda promise: (promise.verdict is Verdict.PASSED, -promise.drills))


@dataclass(frozen=True, slots=True)
class _Tried:
    """One drill of a promise."""

    judgement: Judgement
    entry: Entry

    @property
    def badness(self) -> tuple[int, float, float]:
        """Order drills from the best to the worst."""
        measured = self.judgement.measured(NUMBERS[self.judgement.check])
        lost = self.judgement.measured("lost writes") or 0.0
        return self.judgement.verdict.severity, float("inf") if measured is None else measured, lost


def _promise(check: str, limit: float, tried: Sequence[_Tried]) -> Promise:
    """Return a promise beside the worst that was measured."""
    worst = max(tried, key=lambda each: each.badness)
    value = worst.judgement.measured(NUMBERS[check])
    share = 1.0 if value is None else value / limit if limit else float(value > 0)
    broken = sum(each.judgement.verdict is not Verdict.PASSED for each in tried)
    return Promise(
        words=WORDS[check] if limit or check == RECOVERY_TIME else "Nothing that was acknowledged is lost",
        limit=print_duration(limit) if limit else "",
        measured=_measured(worst.judgement, value),
        share=share if worst.judgement.verdict is Verdict.PASSED else 1.0,
        verdict=worst.judgement.verdict,
        drills=len(tried),
        broken=broken,
        worst=worst.entry,
    )


def _measured(judgement: Judgement, value: float | None) -> str:
    """Return the worst measurement of a promise as its reader thinks of it."""
    if value is None:
        return "not proved" if judgement.verdict is Verdict.UNKNOWN else "did not recover"
    if judgement.check == RECOVERY_TIME:
        return seconds(value)
    lost = judgement.measured("lost writes")
    if not lost:
        return "nothing lost"
    if judgement.measured("lost writes from after the fault"):
        return f"{lost:.0f} lost, also from after the fault"
    return f"{lost:.0f} lost, the oldest {seconds(value)} old"


def seconds(value: float) -> str:
    """Return measured seconds as a reader compares them: to a tenth, and in minutes too when they are many."""
    if value < LONG_SECONDS:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), SECONDS_PER_MINUTE)
    return f"{value:.1f} s ({minutes} min {rest} s)"


def genuineness(bundles: Iterable[SealedBundle]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the capabilities that the run used by their fidelity, each with what stood behind it."""
    found: dict[Fidelity, dict[str, str]] = {}
    for bundle in bundles:
        for capability, offer in bundle.provenance.capabilities.items():
            found.setdefault(offer.fidelity, {})[capability.value] = offer.behind
    return {fidelity.name: sorted(found[fidelity].items()) for fidelity in sorted(found, reverse=True)}
