"""The traceability matrix: from a clause to the requirements that bear on it, their scenarios, and what these showed.

Evidence supports a clause or does not; it never complies. A clause without a scenario is a gap, and is shown as one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ziggie_harness.evidence.clauses import Clause
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.tags import MUST_FAIL, clauses_of

SECONDS_PER_DAY = 86_400


class Standing(StrEnum):
    """What the evidence says of a clause."""

    SUPPORTED = "supported"
    """A scenario that bears on it passed, and none did not."""
    NOT_SUPPORTED = "not supported"
    """A scenario that bears on it failed."""
    INCONCLUSIVE = "inconclusive"
    """The evidence of a scenario does not suffice, or the harness could not go on."""
    NOT_PLAYED = "not played"
    """None of its scenarios was played; a sabotage that was caught shows the check and not the design."""
    GAP = "gap"
    """No scenario bears on it."""


@dataclass(frozen=True, slots=True)
class Traced:
    """One scenario, with what its last run came to; None for one that was not played."""

    requirement: Requirement
    row: Row | None = None
    ended: datetime | None = None
    """When its drill ended."""
    run: str = ""
    """The run that played it; an outline is played once for each of its examples in one run."""
    root_sha256: str = ""
    """The digest of its sealed bundle; nothing when it left none."""

    @property
    def is_sabotage(self) -> bool:
        """Whether it carries a defect on purpose."""
        return MUST_FAIL in self.requirement.tags

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that it bears on."""
        return clauses_of(self.requirement.tags)

    def age_days(self, now: datetime) -> float | None:
        """Return how old its evidence is, or None when there is none."""
        return None if self.ended is None else (now - self.ended).total_seconds() / SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Bearing:
    """A requirement, with those of its scenarios that matter here in the order of their lines."""

    identifier: str
    """Its id; nothing for a feature that has none."""
    feature: str
    scenarios: tuple[Traced, ...]

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that any of the scenarios bears on, in their order."""
        return tuple(sorted({clause for traced in self.scenarios for clause in traced.clauses}))


@dataclass(frozen=True, slots=True)
class Line:
    """A clause, with the requirements that bear on it."""

    identifier: str
    clause: Clause
    requirements: tuple[Bearing, ...]

    @property
    def scenarios(self) -> tuple[Traced, ...]:
        """Every scenario that bears on the clause."""
        return tuple(traced for bearing in self.requirements for traced in bearing.scenarios)

    @property
    def standing(self) -> Standing:
        """What the evidence says of the clause: its worst scenario counts."""
        endings = {traced.row.ending for traced in self.scenarios if traced.row is not None}
        if not self.scenarios:
            return Standing.GAP
        if Ending.FAILED in endings:
            return Standing.NOT_SUPPORTED
        if endings & {Ending.UNKNOWN, Ending.ERROR}:
            return Standing.INCONCLUSIVE
        return Standing.SUPPORTED if Ending.PASSED in endings else Standing.NOT_PLAYED


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every known clause, and every requirement that was looked at."""

    lines: tuple[Line, ...]
    requirements: tuple[Bearing, ...]

    @property
    def gaps(self) -> tuple[Line, ...]:
        """The clauses that no scenario bears on."""
        return tuple(line for line in self.lines if line.standing is Standing.GAP)

    @property
    def without_clause(self) -> tuple[Bearing, ...]:
        """The requirements that bear on no clause."""
        return tuple(bearing for bearing in self.requirements if not bearing.clauses)


def last_results(scenarios: Iterable[Traced]) -> tuple[Traced, ...]:
    """Return the results that count: of a scenario that several runs played those of the last one."""
    everything = tuple(scenarios)
    latest: dict[tuple[str, str], str] = {}
    for traced in sorted(everything, key=_instant):
        latest[traced.requirement.feature, traced.requirement.scenario] = traced.run
    return tuple(
        traced for traced in everything if traced.run == latest[traced.requirement.feature, traced.requirement.scenario]
    )


def matrix(scenarios: Iterable[Traced], clauses: Mapping[str, Clause]) -> Matrix:
    """Bring scenarios and clauses together; of a scenario that several runs played the last run counts."""
    known = last_results(scenarios)
    lines = (
        Line(identifier, clause, _bearings([traced for traced in known if identifier in traced.clauses]))
        for identifier, clause in clauses.items()
    )
    return Matrix(tuple(lines), _bearings(known))


def _instant(traced: Traced) -> float:
    """Return when a result is from, for their order.

    A scenario that ended badly before anything was provisioned left no time; it counts as the last, so that no older
    pass hides it. One that was not played is older than any.
    """
    if traced.ended is not None:
        return traced.ended.timestamp()
    played = traced.row is not None and traced.row.ending is not Ending.SKIPPED
    return math.inf if played else -math.inf


def _bearings(scenarios: Sequence[Traced]) -> tuple[Bearing, ...]:
    """Return scenarios by the requirement that they prove, in the order of ids and lines."""
    groups: dict[tuple[str, str], list[Traced]] = {}
    for traced in scenarios:
        groups.setdefault((traced.requirement.identifier or "", traced.requirement.feature), []).append(traced)
    return tuple(
        Bearing(identifier, feature, tuple(sorted(group, key=lambda traced: traced.requirement.line)))
        for (identifier, feature), group in sorted(groups.items(), key=lambda item: item[0])
    )
