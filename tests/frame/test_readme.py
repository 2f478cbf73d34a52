"""What the README shows is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_scenario_is_the_one_that_runs() -> None:
    """Every line of the scenario shown stands in the feature file, in the same order."""
    [shown] = re.findall(r"```gherkin\n(.*?)```", TEXT, flags=re.DOTALL)
    feature = iter(
        (ROOT / "features" / "region" / "losing_the_primary.feature").read_text(encoding="utf-8").splitlines()
    )
    assert [line for line in shown.splitlines() if line not in feature] == []


@pytest.mark.parametrize("place", sorted(set(re.findall(r"\]\(([^)#:]+)\)|dev\.py features (features/\S+)", TEXT))))
def test_places_exist(place: tuple[str, str]) -> None:
    """Links and the places in commands lead somewhere."""
    assert (ROOT / "".join(place)).exists()
