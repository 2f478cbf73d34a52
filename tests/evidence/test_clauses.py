"""The list of clauses: ours is sound, and a mistake in one is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.evidence.clauses import clauses, read_clauses
from ziggie_harness.model.errors import DeclarationError
from ziggie_harness.model.tags import CLAUSE

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "A-1:\n  framework: A\n  as_written: '1'\n  asks: something\n  answered_by: a drill\n"


def test_every_clause_can_be_named_by_a_tag() -> None:
    """An id fits the tag, two clauses are never spelled alike, and what it asks is a sentence."""
    assert all(CLAUSE.fullmatch(f"clause-{identifier}") for identifier in clauses())
    assert len({clause.name for clause in clauses().values()}) == len(clauses())
    assert all(clause.asks.endswith(".") for clause in clauses().values())


def test_what_is_known_second_hand_is_marked() -> None:
    """Articles 12, 24 and 25 of DORA were read in mappings alone."""
    marked = [identifier for identifier, clause in clauses().items() if clause.second_hand]
    assert marked == ["DORA-12", "DORA-24", "DORA-25"]
    assert clauses()["DORA-12"].name == "EU DORA Article 12 (*)"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("asks", "aks"), ":4: A-1.aks: found an unknown key, expected one of framework, as_written, asks"),
        (GOOD.replace("asks: something", ""), ":1: A-1.asks: found nothing, expected this key to be present"),
        (GOOD.replace("'1'", "1"), ":3: A-1.as_written: found 1, expected a valid string"),
        (GOOD.replace("something", "''"), ":4: A-1.asks: found '', expected"),
        (GOOD + GOOD, ":1: A-1: found the same key again in line 6"),
        ("", ":1: the document: found nothing, expected the keys of the list of clauses"),
        ("- a", "found ['a']"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    """File, line, key, value and what was expected are told."""
    path = tmp_path / "clauses.yaml"
    path.write_text(text)
    with pytest.raises(DeclarationError) as caught:
        read_clauses(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
