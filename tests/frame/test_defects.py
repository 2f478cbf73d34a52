"""Defects of the guide: each has a sabotage that carries its number, or a reason why no run can show it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from ziggie_harness.collection import read_feature
from ziggie_harness.drill.stage import DATA, variants
from ziggie_harness.model.tags import MUST_FAIL, defects_of

if TYPE_CHECKING:
    from ziggie_harness.drill.variants import Variant

FEATURES = Path(__file__).resolve().parents[2] / "features"

SCENARIOS = {
    f"{path.stem}: {example.scenario.name}": (
        {step.text for step in example.scenario.steps},
        frozenset(tag.name.lstrip("@") for tag in example.tags),
    )
    for path in sorted(FEATURES.rglob("*.feature"))
    for example in read_feature(path)
}
"""The sentences of each scenario, and its tags."""

DEFECTS: dict[str, dict[str, str]] = yaml.safe_load((DATA / "defects.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", DEFECTS)
def test_a_defect_is_planted_or_told_why_not(number: str) -> None:
    """Exactly one of the two, and a sentence that says what the defect is."""
    planted = [name for name, (_, tags) in SCENARIOS.items() if number in tags]
    assert DEFECTS[number]["says"].endswith(".")
    assert bool(planted) != ("unshown" in DEFECTS[number])


def test_no_scenario_plants_what_nobody_explains() -> None:
    """Each number on a scenario stands in the list of defects."""
    assert {number for _, tags in SCENARIOS.values() for number in defects_of(tags)} <= DEFECTS.keys()


def test_the_defects_of_the_databases_are_complete() -> None:
    """PostgreSQL's, RDS's and MongoDB's are G33 to G56 of the guide's audit."""
    assert {f"G{number}" for number in range(33, 57)} <= DEFECTS.keys()


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.phrase)
def test_a_sabotage_names_the_defect_of_its_variant(variant: Variant) -> None:
    """Every variant is used, and every sabotage that uses it carries its number."""
    sentence = f"the {variant.topology} topology {variant.phrase} is in its steady state"
    sabotages = {name: tags for name, (steps, tags) in SCENARIOS.items() if sentence in steps and MUST_FAIL in tags}
    assert sabotages
    assert {name for name, tags in sabotages.items() if variant.defect not in tags} == set()
