"""Two runs beside each other: their numbers, and every scenario whose verdict is not the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from tests.evidence.runs.conftest import Runs, Told
from ziggie_harness.cli import main
from ziggie_harness.evidence.row import Ending

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def compare(left: Path, right: Path) -> Result:
    """Run `ziggie compare`."""
    return CliRunner().invoke(main, ["compare", str(left), str(right)])


def test_the_same_verdicts_agree_whatever_the_numbers(runs: Runs) -> None:
    """Both numbers are printed; a scenario that one run alone has is counted and decides nothing."""
    left = runs.run(Told(rto_seconds=150.0), Told(scenario="Only here"), name="left")
    right = runs.run(Told(rto_seconds=161.2), name="right")
    done = compare(left, right)
    assert done.exit_code == 0, done.output
    assert "RTO 150.0 s" in done.output
    assert "RTO 161.2 s" in done.output
    assert "1 scenarios in both, 0 of them with another verdict" in done.output
    assert "1 only on embedded, skipping clock" in done.output


def test_another_verdict_is_named(runs: Runs) -> None:
    """How both ended, and the check that says otherwise; the status tells a gate."""
    left = runs.run(Told(), name="left")
    right = runs.run(Told(ending=Ending.FAILED), name="right")
    done = compare(left, right)
    assert done.exit_code == 1
    assert "DIFFERS: it was passed on the left and failed on the right" in done.output
    assert "DIFFERS: recovery-time said PASSED on the left and FAILED on the right" in done.output


def test_runs_with_nothing_in_common_prove_nothing(runs: Runs) -> None:
    """Agreement needs something to agree about."""
    done = compare(runs.run(Told(scenario="one"), name="left"), runs.run(Told(scenario="other"), name="right"))
    assert done.exit_code == 1
    assert "0 scenarios in both" in done.output


def test_what_is_no_run_is_not_compared(runs: Runs, tmp_path: Path) -> None:
    """It says which folder, and ends with a status of its own."""
    done = compare(runs.run(Told(), name="left"), tmp_path / "nothing")
    assert done.exit_code == 3
    assert "nothing" in done.output
