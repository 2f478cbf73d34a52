"""What the past says of a scenario: how long recoveries take, whether they got worse, and which scenarios waver.

Numbers are put together where drills are alike: of one scenario, design, backend and clock. The examples of an outline
are drills of one scenario. A scenario is *flaky* when
drills of one design and one clean commit ended differently. It *got worse* when its last drill ended badly after one
that ended well, or when its last RTO or RPO is above all of at least 19 earlier ones: were nothing changed, that would
happen to one drill in twenty at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ziggie_harness.evidence.past import PastDrill
from ziggie_harness.evidence.quantiles import CONFIDENCE, needed, quantile, upper_bound
from ziggie_harness.evidence.row import Ending

WELL: Final = frozenset({Ending.PASSED, Ending.CAUGHT})

ENOUGH: Final = 19
"""How many earlier drills it takes to call a number that is above all of them worse, and to be wrong once in twenty."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one number is distributed over drills that are alike; bounds are None where there are too few drills."""

    name: str
    n: int
    p50: float
    p50_at_most: float | None
    p95: float
    p95_at_most: float | None
    largest: float
    objective: float | None

    def sentence(self) -> str:
        """Tell it, with what the bounds lack."""
        promised = "" if self.objective is None else f" of {self.objective:g} s"
        return (
            f"{self.name} p50 {self.p50:.1f} s ({_bound(self.p50_at_most, 0.5)}), "
            f"p95 {self.p95:.1f} s ({_bound(self.p95_at_most, 0.95)}), "
            f"largest {self.largest:.1f} s{promised}, n {self.n}"
        )


@dataclass(frozen=True, slots=True)
class Trend:
    """The drills of one scenario on one design, backend and clock, the oldest first."""

    name: str
    """The scenario with its feature and requirement."""
    design_sha256: str
    backend: str
    clock: str
    drills: tuple[PastDrill, ...]
    distributions: tuple[Distribution, ...]


def trends(drills: Iterable[PastDrill], words: str = "") -> tuple[Trend, ...]:
    """Return the trends of every scenario whose requirement, feature or name has these words, whatever their case."""
    chosen = [drill for drill in drills if words.casefold() in name_of(drill).casefold()]
    return tuple(_trend(group) for group in _grouped(chosen, lambda drill: (*_scenario(drill), drill.design_sha256)))


def regressions(drills: Iterable[PastDrill]) -> Iterator[str]:
    """Yield a sentence for each scenario that got worse, over all designs: a new design may be what made it worse."""
    for *earlier, last in _grouped(drills, _scenario):
        if earlier and last.ending not in WELL and earlier[-1].ending in WELL:
            yield f"{name_of(last)}: {last.ending} in {last.run}, {earlier[-1].ending} before: {last.sentence}"
        numbers = (
            ("RTO", [drill.rto_seconds for drill in earlier], last.rto_seconds),
            ("RPO", [drill.rpo_seconds for drill in earlier], last.rpo_seconds),
        )
        for what, all_before, now in numbers:
            before = [value for value in all_before if value is not None]
            if now is not None and len(before) >= ENOUGH and now > max(before):
                yield (
                    f"{name_of(last)}: {what} {now:.1f} s in {last.run}, "
                    f"at most {max(before):.1f} s in all of {len(before)} drills before"
                )


def flaky(drills: Iterable[PastDrill]) -> Iterator[str]:
    """Yield a sentence for each scenario whose drills ended differently although nothing differed."""
    clean = [drill for drill in drills if drill.commit_id and not drill.dirty]
    for group in _grouped(clean, lambda drill: (*_scenario(drill), drill.design_sha256, drill.commit_id)):
        endings = Counter(drill.ending for drill in group)
        if len(endings) > 1:
            told = ", ".join(f"{number} times {ending}" for ending, number in sorted(endings.items()))
            yield f"{name_of(group[0])}: {told} on commit {group[0].commit_id[:12]}"


def name_of(drill: PastDrill) -> str:
    """Return the name of a scenario with its feature and requirement."""
    return f"{drill.requirement} {drill.feature}: {drill.scenario}".strip()


def _scenario(drill: PastDrill) -> tuple[str, ...]:
    """Return what drills of one scenario have in common, on whatever design."""
    return drill.feature, drill.scenario, drill.backend, drill.clock


def _grouped(
    drills: Iterable[PastDrill], key: Callable[[PastDrill], tuple[str, ...]]
) -> Iterator[tuple[PastDrill, ...]]:
    """Yield the drills that have a key in common, the oldest first."""
    groups: dict[tuple[str, ...], list[PastDrill]] = {}
    for drill in sorted(drills, key=lambda drill: drill.ended_utc):
        groups.setdefault(key(drill), []).append(drill)
    yield from map(tuple, (groups[found] for found in sorted(groups)))


def _trend(drills: tuple[PastDrill, ...]) -> Trend:
    """Return the trend of drills that are alike."""
    last = drills[-1]
    rto = _distribution("RTO", [drill.rto_seconds for drill in drills], last.rto_objective_seconds)
    rpo = _distribution("RPO", [drill.rpo_seconds for drill in drills], last.rpo_objective_seconds)
    return Trend(name_of(last), last.design_sha256, last.backend, last.clock, drills, (*rto, *rpo))


def _distribution(name: str, measured: Iterable[float | None], objective: float | None) -> Iterator[Distribution]:
    """Yield how a number is distributed; nothing when it was never measured."""
    values = [value for value in measured if value is not None]
    if values:
        yield Distribution(
            name=name,
            n=len(values),
            p50=quantile(values, 0.5),
            p50_at_most=upper_bound(values, 0.5),
            p95=quantile(values, 0.95),
            p95_at_most=upper_bound(values, 0.95),
            largest=max(values),
            objective=objective,
        )


def _bound(at_most: float | None, share: float) -> str:
    """Tell an upper confidence bound, or how many drills it takes."""
    if at_most is None:
        return f"no bound below {needed(share)} drills"
    return f"at most {at_most:.1f} s with {CONFIDENCE:.0%} confidence"
