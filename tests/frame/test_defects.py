"""Defects of the guide: each has a sabotage that plants it, or a reason why no run can show it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from ziggie_harness.collection import read_feature
from ziggie_harness.drill.stage import DATA, variants
from ziggie_harness.drill.variants import defects_planted
from ziggie_harness.evidence.defects import Severity, defects
from ziggie_harness.model.tags import defects_of

if TYPE_CHECKING:
    from ziggie_harness.drill.variants import Variant

FEATURES = Path(__file__).resolve().parents[2] / "features"

SCENARIOS = {
    f"{path.stem}: {example.scenario.name}": (
        frozenset(step.text for step in example.scenario.steps),
        frozenset(tag.name.lstrip("@") for tag in example.tags),
    )
    for path in sorted(FEATURES.rglob("*.feature"))
    for example in read_feature(path)
}
"""The sentences of each scenario, and its tags."""

DEFECTS: dict[str, dict[str, str]] = yaml.safe_load((DATA / "defects.yaml").read_text(encoding="utf-8"))

PLANTED = {number for steps, tags in SCENARIOS.values() for number in defects_planted(steps, tags, variants())}


@pytest.mark.parametrize("number", DEFECTS)
def test_a_defect_is_planted_or_told_why_not(number: str) -> None:
    """Exactly one of the two, and it is told what the defect is, what the corrected design does, and how bad it is."""
    explained = defects()[number]
    assert explained.says.endswith(".")
    assert explained.corrected.endswith(".")
    assert explained.severity in Severity
    assert (number in PLANTED) != ("unshown" in DEFECTS[number])


def test_no_tag_names_what_nobody_explains() -> None:
    """Each number that a scenario carries as a tag stands in the list of defects."""
    assert {number for _, tags in SCENARIOS.values() for number in defects_of(tags)} <= DEFECTS.keys()


def test_the_defects_of_the_databases_are_complete() -> None:
    """PostgreSQL's, RDS's and MongoDB's are G33 to G56 of the guide's audit."""
    assert {f"G{number}" for number in range(33, 57)} <= DEFECTS.keys()


def test_the_defects_of_the_buckets_are_complete() -> None:
    """S3's are G25 to G32 of the guide's audit."""
    assert {f"G{number}" for number in range(25, 33)} <= DEFECTS.keys()


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.phrase)
def test_a_variant_is_planted_by_a_sabotage(variant: Variant) -> None:
    """A variant that no sabotage uses shows nothing."""
    using = [(steps, tags) for steps, tags in SCENARIOS.values() if variant.sentence in steps]
    assert any(variant.defect in defects_planted(steps, tags, [variant]) for steps, tags in using)


def test_a_sound_scenario_plants_nothing() -> None:
    """A design with a defect that still keeps a promise is no sabotage; a sabotage may name what no variant plants."""
    [variant, *_] = variants()
    assert defects_planted({variant.sentence}, set(), [variant]) == ()
    assert defects_planted({variant.sentence}, {"must-fail"}, [variant]) == [variant.defect]
    assert defects_planted(set(), {"must-fail", "G99"}, [variant]) == ["G99"]
