"""The traceability matrix: the worst scenario of a clause counts, and gaps are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ziggie_harness.evidence.clauses import Clause
from ziggie_harness.evidence.matrix import Standing, Traced, matrix
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.model.requirement import Requirement

CLAUSES = {"A-1": Clause("A", "1", "asks", "a drill"), "A-2": Clause("A", "2", "asks", "a drill", second_hand=True)}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUIREMENT = Requirement(
    "REQ-DR-01", "Losing", "It returns.", "guide", "", "dark", frozenset({"REQ-DR-01", "clause-A-1"}), "f.feature", 3
)


def traced(
    ending: Ending | None,
    scenario: str = "dark",
    *,
    ended: datetime = NOON,
    run: str = "monday",
    sabotage: bool = False,
) -> Traced:
    """Return a scenario with its last result."""
    tags = REQUIREMENT.tags | ({"must-fail", "caught-by-dns-state"} if sabotage else set())
    requirement = replace(REQUIREMENT, scenario=scenario, tags=tags)
    if ending is None:
        return Traced(requirement)
    return Traced(requirement, Row("Losing", scenario, ending), ended, run)


@pytest.mark.parametrize(
    ("scenarios", "standing"),
    [
        ([], Standing.GAP),
        ([traced(None)], Standing.NOT_PLAYED),
        ([traced(Ending.SKIPPED)], Standing.NOT_PLAYED),
        ([traced(Ending.CAUGHT, sabotage=True)], Standing.NOT_PLAYED),
        ([traced(Ending.PASSED)], Standing.SUPPORTED),
        ([traced(Ending.PASSED), traced(Ending.CAUGHT, "sabotaged", sabotage=True)], Standing.SUPPORTED),
        ([traced(Ending.PASSED), traced(None, "other")], Standing.SUPPORTED),
        ([traced(Ending.PASSED), traced(Ending.UNKNOWN, "other")], Standing.INCONCLUSIVE),
        ([traced(Ending.PASSED), traced(Ending.ERROR, "other")], Standing.INCONCLUSIVE),
        ([traced(Ending.UNKNOWN), traced(Ending.FAILED, "other")], Standing.NOT_SUPPORTED),
        ([traced(Ending.PASSED), traced(Ending.FAILED, "unnoticed", sabotage=True)], Standing.NOT_SUPPORTED),
    ],
)
def test_the_worst_scenario_counts(scenarios: list[Traced], standing: Standing) -> None:
    """A clause stands as its worst scenario does; a caught sabotage alone shows nothing of the design."""
    assert matrix(scenarios, CLAUSES).lines[0].standing is standing


def test_gaps_and_what_bears_on_nothing_are_shown() -> None:
    """A clause without a scenario and a requirement without a clause both stay in the matrix."""
    other = replace(REQUIREMENT, identifier="REQ-DR-02", feature="Other", tags=frozenset({"REQ-DR-02"}))
    found = matrix([traced(Ending.PASSED), Traced(other)], CLAUSES)
    assert [line.clause.name for line in found.gaps] == ["A 2 (*)"]
    assert [bearing.identifier for bearing in found.without_clause] == ["REQ-DR-02"]
    assert [bearing.clauses for bearing in found.requirements] == [("A-1",), ()]


@pytest.mark.parametrize("order", [1, -1])
def test_the_last_run_counts(order: int) -> None:
    """A failure that a later run did not repeat is history; the later one's examples all count."""
    later = NOON + timedelta(days=1)
    scenarios = [
        traced(Ending.FAILED, run="monday"),
        traced(Ending.PASSED, ended=later, run="tuesday"),
        traced(Ending.UNKNOWN, ended=later - timedelta(minutes=1), run="tuesday"),
        traced(None),
    ]
    [line, _] = matrix(scenarios[::order], CLAUSES).lines
    assert {found.run for found in line.scenarios} == {"tuesday"}
    assert line.standing is Standing.INCONCLUSIVE


def test_evidence_has_an_age() -> None:
    """The age is told in days; what was not played has none."""
    assert traced(Ending.PASSED).age_days(NOON + timedelta(hours=36)) == 1.5
    assert traced(None).age_days(NOON) is None
