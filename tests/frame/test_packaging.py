"""The package is complete wherever it is installed, and claims no name but its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROBE = """
import importlib.resources, importlib.util, json, pkgutil
from ziggie_harness import fixtures, steps
packages = (fixtures, steps)
names = [each.name for package in packages for each in pkgutil.iter_modules(package.__path__, package.__name__ + ".")]
print(json.dumps({
    "data": importlib.resources.files(fixtures).joinpath("data/topologies/active_passive.yaml").is_file(),
    "names": names,
    "foreign": [name for name in ("steps", "fixtures", "tests", "features") if importlib.util.find_spec(name)],
}))
"""


def test_top_level_names_are_links() -> None:
    """steps/ and fixtures/ are reached under the package's name through links, which a checkout has to keep."""
    for name in ("steps", "fixtures"):
        link = ROOT / "ziggie_harness" / name
        assert link.is_symlink(), f"{link} is no link: check out on a file system that has links"
        assert link.resolve() == ROOT / name


def test_this_installation_claims_no_foreign_name(tmp_path: Path) -> None:
    """The editable installation of this environment has every module, and no package named steps or fixtures."""
    found = probe(tmp_path, [])
    assert found["data"]
    assert found["foreign"] == []


@pytest.mark.slow
def test_a_wheel_has_everything_under_one_name(tmp_path: Path) -> None:
    """A wheel holds steps, fixtures and their data inside ziggie_harness, and nothing beside it."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("ziggie_harness", "steps", "fixtures", "tests"):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
    ]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(source)], check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"ziggie_harness"}
    assert "ziggie_harness/py.typed" in names
    for folder in ("steps", "fixtures"):
        files = {f"ziggie_harness/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {name for name in files if "__pycache__" not in name} - set(names) == set()
    parts = (ROOT / "ziggie_harness" / "evidence" / "report" / "page").iterdir()
    assert {f"ziggie_harness/evidence/report/page/{part.name}" for part in parts} - set(names) == set()
    found = probe(tmp_path, [str(tmp_path / "installed")])
    assert found == probe(tmp_path, [])


def probe(directory: Path, places: list[str]) -> dict[str, object]:
    """Ask a fresh interpreter, started elsewhere, what it can import; `places` come before what is installed."""
    program = f"import sys; sys.path[:0] = {places!r}\n{PROBE}"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=directory, check=True, capture_output=True, text=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found
