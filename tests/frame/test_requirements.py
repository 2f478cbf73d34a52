"""Requirements: every scenario proves one that has an id, a statement and a source, and every clause is one we know."""

from __future__ import annotations

from pathlib import Path

from ziggie_harness.collection import requirements_of
from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import Traced, matrix

ROOT = Path(__file__).resolve().parents[2]

PLANNED = [found for path in sorted((ROOT / "features").rglob("*.feature")) for found in requirements_of(path, ROOT)]


def test_no_scenario_is_an_orphan() -> None:
    """A scenario without a requirement proves nothing that anybody asked for."""
    orphans = [f"{found.path}:{found.line}" for found in PLANNED if not (found.identifier and found.source)]
    assert orphans == []
    assert all(found.statement for found in PLANNED)


def test_an_id_is_stated_by_one_feature() -> None:
    """Two features with one id would be one requirement to an auditor."""
    stated: dict[str, set[str]] = {}
    for found in PLANNED:
        stated.setdefault(str(found.identifier), set()).add(found.path)
    assert {identifier: paths for identifier, paths in stated.items() if len(paths) > 1} == {}


def test_every_requirement_and_every_clause_is_in_the_matrix() -> None:
    """Nothing is left out because it has no counterpart."""
    found = matrix(map(Traced, PLANNED), clauses())
    assert {line.identifier for line in found.lines} == set(clauses())
    assert {bearing.identifier for bearing in found.requirements} == {planned.identifier for planned in PLANNED}
    assert {traced.requirement for bearing in found.requirements for traced in bearing.scenarios} == set(PLANNED)
