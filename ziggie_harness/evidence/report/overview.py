"""The first screen: what was promised, what was measured, the verdict, and how genuine it all was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.fidelity import Fidelity
from ziggie_harness.model.units import print_duration

SECONDS_PER_MINUTE: Final = 60
LONG_SECONDS: Final = 120
"""From here on a reader wants minutes as well."""


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
    kept: bool
    drills: int
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


def promises(listed: Sequence[Entry]) -> Iterator[Promise]:
    """Yield each objective with its worst measurement; sabotages break theirs on purpose and do not count."""
    sound = [entry for entry in listed if not entry.sabotage]
    times = _by_limit((e.row.rto_objective_seconds, e.row.rto_seconds, e) for e in sound)
    for limit, found in times:
        worst, entry = max(found, key=lambda pair: pair[0])
        yield _promise("Clients are served again, and stay served, within", limit, worst, len(found), entry)
    losses = _by_limit((e.row.rpo_objective_seconds, e.row.rpo_seconds, e) for e in sound)
    for limit, found in losses:
        worst, entry = max(found, key=lambda pair: pair[0])
        words = "Of what was acknowledged, nothing is lost that is older than" if limit else "Nothing acknowledged is lost"
        promise = _promise(words, limit, worst, len(found), entry)
        yield replace(promise, measured=f"{promise.measured} old") if worst else replace(promise, measured="nothing lost")


def _by_limit(
    measured: Iterable[tuple[float | None, float | None, Entry]],
) -> Sequence[tuple[float, Sequence[tuple[float, Entry]]]]:
    """Return measurements by their objective, the most frequent objective first."""
    found: dict[float, list[tuple[float, Entry]]] = {}
    for limit, value, entry in measured:
        if limit is not None and value is not None:
            found.setdefault(limit, []).append((value, entry))
    return sorted(found.items(), key=lambda item: -len(item[1]))


def _promise(words: str, limit: float, worst: float, drills: int, entry: Entry) -> Promise:
    """Return a promise beside what was measured."""
    share = worst / limit if limit else float(worst > 0)
    return Promise(words, print_duration(limit) if limit else "", seconds(worst), share, worst <= limit, drills, entry)


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
