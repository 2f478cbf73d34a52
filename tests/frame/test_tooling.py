"""The tools that judge the code run as tests, so that one command is the whole gate."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent

MYPY_TARGETS = [
    name for name in ("ziggie_harness", "tests", "benchmarks", "conftest.py", "dev.py") if (ROOT / name).exists()
]


def run(*command: str, directory: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment and return what it said."""
    return subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=directory, capture_output=True, text=True, check=False
    )


def test_ruff_is_content() -> None:
    """Every rule holds, or its exception is justified where it stands."""
    done = run("ruff", "check", "--output-format", "concise", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_layout_is_ruffs() -> None:
    """Nobody argues about layout: the formatter decides."""
    done = run("ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_mypy_is_content() -> None:
    """Types hold everywhere, steps and fixtures (under their one name), tests and benchmarks included."""
    done = run("mypy", *MYPY_TARGETS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_arrows_point_down_only() -> None:
    """The layers of the design hold."""
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line", "words"),
    [
        ("model/planted.py", "import ziggie_harness.plugin", "model is not allowed to import"),
        ("kernel/planted.py", "import ziggie_harness.ports", "kernel is not allowed to import"),
        ("faults/planted.py", "import ziggie_harness.probes", "faults is not allowed to import"),
        ("checks/planted.py", "import ziggie_harness.kernel", "checks is not allowed to import"),
        ("newcomer.py", "", "newcomer"),
    ],
)
def test_an_arrow_that_points_up_is_found(tmp_path: Path, module: str, line: str, words: str) -> None:
    """The contracts see an import upwards, one between siblings, one past the model, and a module without a layer."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "ziggie_harness"
    for folder in ("model", "kernel", "lab", "emulation", "parity", "service", "faults", "probes", "checks"):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").touch()
    for name in ("__init__", "plugin", "collection", "must_fail", "ports"):
        (package / f"{name}.py").touch()
    sound = run("lint-imports", "--no-cache", directory=tmp_path)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    (package / module).write_text(f"{line}\n")
    broken = run("lint-imports", "--no-cache", directory=tmp_path)
    assert broken.returncode != 0
    assert words in broken.stdout
