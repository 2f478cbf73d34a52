"""The commands `ziggie doctor` and `ziggie sweep`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from ziggie_harness.cli import main
from ziggie_harness.cli.doctor import table
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.capabilities import Finding

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_doctor_examines_this_machine() -> None:
    """The doctor names what it tried, and its status says whether all that is needed is there."""
    command = [sys.executable, "-c", "from ziggie_harness.cli import main; main()", "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "right to make namespaces" in done.stdout
    assert "PostgreSQL" in done.stdout
    assert done.returncode == ("Scenarios will be skipped" in done.stdout), done.stdout + done.stderr


def test_what_is_missing_comes_with_its_remedy() -> None:
    """A missing thing stands out when it is needed, and says what to do next."""
    lines = table((
        Finding("PostgreSQL", available=False, detail="not found", remedy="install it", needed=True),
        Finding("dig", available=False, detail="not found", remedy="install that"),
    ))  # fmt: skip
    assert [line.split() for line in lines] == [
        ["PostgreSQL", "NO", "not", "found"], ["next:", "install", "it"],
        ["dig", "no", "not", "found"], ["next:", "install", "that"],
    ]  # fmt: skip


def test_sweep_tells_what_it_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep prints each directory of a dead run, and says when there was nothing."""
    monkeypatch.setenv("ZIGGIE_STATE", str(tmp_path))
    with Run() as live:
        dead = tmp_path / "0123456789ab"
        dead.mkdir()
        (dead / "owner.json").write_text('{"pid": 1, "start_ticks": -1}')
        assert CliRunner().invoke(main, ["sweep"]).output == f"removed {dead}\n"
        assert CliRunner().invoke(main, ["sweep"]).output == "Nothing was left by dead runs.\n"
        assert live.directory.exists()
