"""The command `ziggie drill`: its status, and what it says when nothing was played."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ziggie_harness.cli import main
from ziggie_harness.cli.drill import status_of
from ziggie_harness.evidence.row import Ending

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("endings", "status"),
    [
        ([Ending.PASSED, Ending.CAUGHT, Ending.SKIPPED], 0),
        ([Ending.PASSED, Ending.UNKNOWN], 2),
        ([Ending.ERROR], 2),
        ([Ending.UNKNOWN, Ending.FAILED, Ending.ERROR], 1),
    ],
)
def test_the_status_is_that_of_the_worst_ending(endings: list[Ending], status: int) -> None:
    """A failure counts most, then what nobody knows."""
    assert status_of(endings) == status


def test_nothing_played_is_nothing_executed(tmp_path: Path) -> None:
    """Words that fit no scenario end with 3 and say so, also when quiet."""
    feature = tmp_path / "one.feature"
    feature.write_text("@REQ-DR-01\nFeature: One\n  Source: none\n  Scenario: Only\n    Given nothing\n")
    command = [sys.executable, "-c", "from ziggie_harness.cli import main; main()", "drill", str(feature)]
    done = subprocess.run(
        [*command, "-k", "elsewhere", "--quiet"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "1 deselected" in done.stderr


def test_a_place_that_does_not_exist_is_told() -> None:
    """A misspelt folder is no empty run."""
    result = CliRunner().invoke(main, ["drill", "featurs"])
    assert (result.exit_code, "'featurs' does not exist" in result.output) == (3, True)
