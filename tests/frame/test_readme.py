"""What the README shows is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ziggie_harness.backends.embedded_backend import OFFERS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_scenario_is_the_one_that_runs() -> None:
    """Every line of the scenario shown stands in the feature file, in the same order."""
    [shown] = re.findall(r"```gherkin\n(.*?)```", TEXT, flags=re.DOTALL)
    feature = iter(
        (ROOT / "features" / "region" / "losing_the_primary.feature").read_text(encoding="utf-8").splitlines()
    )
    assert [line for line in shown.splitlines() if line not in feature] == []


def test_the_fidelity_matrix_is_the_backends() -> None:
    """The table of fidelities has exactly what the embedded backend offers, in the same words."""
    rows = re.findall(r"^\| ([^|]+) \| (REAL|EMULATED|DECLARED) \| ([^|]+) \|$", TEXT, flags=re.MULTILINE)
    assert rows == [(str(capability), offer.fidelity.name, offer.behind) for capability, offer in OFFERS.items()]


def test_the_report_shows_scenarios_that_exist() -> None:
    """Every scenario in the report shown is one of a feature file, so a renamed one is noticed."""
    [report] = re.findall(r"```text\n(.*?)```", TEXT, flags=re.DOTALL)
    shown = re.findall(r"^  (\S.*?) {2,}(?:passed|caught|failed|unknown|skipped|error)$", report, flags=re.MULTILINE)
    known = {
        name
        for path in (ROOT / "features").rglob("*.feature")
        for name in re.findall(r"Scenario: (.+)", path.read_text(encoding="utf-8"))
    }
    assert shown
    assert [name for name in shown if name not in known] == []


@pytest.mark.parametrize(
    "command",
    ["python3 dev.py features", "python3 dev.py tests"],
)
def test_the_two_commands_are_shown(command: str) -> None:
    """A reader finds the command that runs the requirements, and the one that runs the tests."""
    assert command in TEXT
