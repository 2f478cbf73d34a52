"""Workflows and their shell: valid, and every command in them exists and takes the options that it is given."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from ziggie_harness.cli import main
from ziggie_harness.cli.export import FORMATS
from ziggie_harness.evidence.policy import read_policy

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted((ROOT / "ci").glob("*.sh"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_one_by_githubs_schema(path: Path) -> None:
    """The schema of GitHub's workflows, as check-jsonschema carries it, has nothing against it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_scripts_that_exist(path: Path) -> None:
    """What a step runs of ours is there and may be executed."""
    [job] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    ours = [step["run"].split()[0] for step in job["steps"] if step.get("run", "").startswith("ci/")]
    assert ours
    assert all(os.access(ROOT / script, os.X_OK) for script in ours)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_shell_and_its_commands_exist(path: Path) -> None:
    """Bash reads it, and each command of ours knows itself and its options."""
    subprocess.run(["bash", "-n", str(path)], check=True)
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"\.venv/bin/ziggie ((?:history )?[a-z]+)(.*)", text)
    assert used
    for command, rest in used:
        told = CliRunner().invoke(main, [*command.split(), "--help"])
        assert told.exit_code == 0, told.output
        options = [word for word in shlex.split(rest.split("||")[0].replace(">>", " ")) if word.startswith("--")]
        assert [option for option in options if option not in told.output] == []


def test_the_nightly_run_exports_every_format() -> None:
    """A format that is added is exported at night, too."""
    [formats] = re.findall(r"for format in ([a-z ]+);", (ROOT / "ci" / "nightly.sh").read_text(encoding="utf-8"))
    assert set(formats.split()) == set(FORMATS)


def test_the_policy_of_the_release_is_valid() -> None:
    """The gate's own policy names requirements, clauses and designs that there are."""
    file = read_policy(ROOT / "ci" / "release.yaml")
    told = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "features").rglob("*.feature"))
    assert [each for each in file.policy.requirements if f"@{each}\n" not in told and f"@{each} " not in told] == []
