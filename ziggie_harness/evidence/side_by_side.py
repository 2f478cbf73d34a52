"""Two runs of the same requirements beside each other: whether verdicts agree, and how far apart the numbers are.

Runs on two backends, on two clocks, or of two days: what the scenario says must not depend on where it was played.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ziggie_harness.evidence.row import Row
from ziggie_harness.evidence.sealed import SealedBundle

Key = tuple[str, str]
"""The path of a feature and the name of a scenario."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One scenario in both runs."""

    feature: str
    scenario: str
    left: SealedBundle
    right: SealedBundle

    @property
    def disagreements(self) -> Sequence[str]:
        """Where the two do not say the same, each in a sentence: how they ended, and every check's verdict."""
        found = []
        left, right = self.left.played.row, self.right.played.row
        if (left.ending, left.caught_by) != (right.ending, right.caught_by):
            found.append(f"it was {_ended(left)} on the left and {_ended(right)} on the right")
        before = {judgement.check: judgement.verdict for judgement in self.left.judgements}
        for judgement in self.right.judgements:
            verdict = before.get(judgement.check, judgement.verdict)
            if verdict is not judgement.verdict:
                now = judgement.verdict.value
                found.append(f"{judgement.check} said {verdict.value} on the left and {now} on the right")
        return found


@dataclass(frozen=True, slots=True)
class Compared:
    """What two runs have in common, and what one alone has."""

    pairs: Sequence[Pair]
    left_only: Sequence[str]
    right_only: Sequence[str]

    @property
    def agrees(self) -> bool:
        """Whether there is something to compare, and all of it says the same."""
        return bool(self.pairs) and not any(pair.disagreements for pair in self.pairs)


def compared(left: Iterable[SealedBundle], right: Iterable[SealedBundle]) -> Compared:
    """Put the drills of two runs beside each other; of a scenario that was played twice the last one counts."""
    first, second = _by_scenario(left), _by_scenario(right)
    pairs = [
        Pair(first[key].played.requirement.feature, key[1], first[key], second[key])
        for key in sorted(first.keys() & second.keys())
    ]
    return Compared(
        pairs,
        [key[1] for key in first if key not in second],
        [key[1] for key in second if key not in first],
    )


def lines(found: Compared, headings: tuple[str, str]) -> Iterator[str]:
    """Yield a table for a terminal: the numbers of both, and what does not agree."""
    cells = [
        (f"  {pair.scenario}", _numbers(pair.left.played.row), _numbers(pair.right.played.row)) for pair in found.pairs
    ]
    widths = [max(len(line[column]) for line in (("scenario", *headings), *cells)) for column in range(3)]
    yield _line(("scenario", *headings), widths)
    feature = ""
    for line, pair in zip(cells, found.pairs, strict=True):
        if pair.feature != feature:
            feature = pair.feature
            yield feature
        yield _line(line, widths)
        yield from (f"    DIFFERS: {sentence}" for sentence in pair.disagreements)
    differing = sum(bool(pair.disagreements) for pair in found.pairs)
    yield f"{len(found.pairs)} scenarios in both, {differing} of them with another verdict"
    for heading, names in zip(headings, (found.left_only, found.right_only), strict=True):
        if names:
            yield f"{len(names)} only on {heading}"


def heading_of(bundles: Sequence[SealedBundle]) -> str:
    """Name a run by the backends and clocks of its drills, such as `containers, wall clock`."""
    return ", ".join(sorted({f"{one.provenance.backend}, {one.provenance.clock} clock" for one in bundles}))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Set cells out in columns."""
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _by_scenario(bundles: Iterable[SealedBundle]) -> Mapping[Key, SealedBundle]:
    """Return the drills by what was required."""
    ordered = sorted(bundles, key=lambda one: one.provenance.started)
    return {(one.played.requirement.path, one.played.requirement.scenario): one for one in ordered}


def _numbers(row: Row) -> str:
    """Return how a scenario ended and what was measured."""
    parts = [_ended(row)]
    parts += [f"RTO {row.rto_seconds:.1f} s"] if row.rto_seconds is not None else []
    parts += [f"RPO {row.rpo_seconds:.1f} s"] if row.rpo_seconds is not None else []
    parts += [f"{row.lost_writes} lost"] if row.lost_writes is not None else []
    return ", ".join(parts)


def _ended(row: Row) -> str:
    """Return how a scenario ended, and by which check a sabotage was caught."""
    return f"{row.ending.value} by {row.caught_by}" if row.caught_by else row.ending.value
