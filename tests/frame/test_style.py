"""Style that no linter knows: what has one home stays there, and a plugin's file holds one public noun."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]

SOURCES = sorted(
    path
    for folder in ("ziggie_harness", "steps", "fixtures")
    for path in (ROOT / folder).rglob("*.py")
    if not path.is_relative_to(ROOT / "fixtures" / "data")
)

HOMES = {
    "time.sleep": "ziggie_harness/kernel/clock.py",
    "time.time": "ziggie_harness/kernel/clock.py",
    "time.monotonic": "ziggie_harness/kernel/clock.py",
    "time.perf_counter": "ziggie_harness/kernel/clock.py",
    "time.time_ns": "ziggie_harness/kernel/clock.py",
    "time.monotonic_ns": "ziggie_harness/kernel/clock.py",
    "time.perf_counter_ns": "ziggie_harness/kernel/clock.py",
    "asyncio.sleep": "ziggie_harness/kernel/clock.py",
    "subprocess": "ziggie_harness/kernel/processes",
    "os.system": "ziggie_harness/kernel/processes",
    "os.popen": "ziggie_harness/kernel/processes",
    "boto3": "ziggie_harness/backends",
    "botocore": "ziggie_harness/backends",
}
"""What may be used in one place only, and that place: drills have one clock, one way to start processes, one to AWS."""

PLUGIN_FOLDERS = ("components", "faults", "failovers", "failbacks", "verbs", "probes", "checks", "backends")


def uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything that a module imports, and of everything it reads from those imports."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield node.lineno, alias.name
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            head, _, rest = ast.unparse(node).partition(".")
            if head in names:
                yield node.lineno, f"{names[head]}.{rest}"


def strangers(tree: ast.Module, place: str) -> Iterator[str]:
    """Yield every use of something whose home is elsewhere."""
    for line, name in uses(tree):
        for thing, home in HOMES.items():
            if (name == thing or name.startswith(f"{thing}.")) and not (place == home or place.startswith(f"{home}/")):
                yield f"{place}:{line} uses {name}; its home is {home}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_has_a_home_stays_there(path: Path) -> None:
    """Sleeping, reading the time, starting processes and calling AWS each happen in one place."""
    assert list(strangers(ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT)))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import time\ntime.sleep(1)",
        "from time import sleep",
        "import time as t\ndef f():\n    return t.monotonic()",
        "def f():\n    import subprocess",
        "from subprocess import run",
        "import os\nos.system('x')",
        "from asyncio import sleep as rest",
        "import boto3.session",
        "from botocore.exceptions import ClientError",
    ],
)
def test_a_stranger_is_found(planted: str) -> None:
    """The test above sees imports and attributes, renamed and inside functions."""
    assert list(strangers(ast.parse(planted), "ziggie_harness/drill/planted.py"))


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("import time\ntime.sleep(1)", "ziggie_harness/kernel/clock.py"),
        ("import boto3", "ziggie_harness/backends/aws.py"),
        ("import time\ntime.strftime('%Y')", "ziggie_harness/drill/planted.py"),
        ("class A:\n    time = 1\nA().time.sleep", "ziggie_harness/drill/planted.py"),
        ("from ziggie_harness.model import time", "ziggie_harness/drill/planted.py"),
    ],
)
def test_what_is_at_home_is_left_alone(source: str, place: str) -> None:
    """A home may use its own, and only the listed names are guarded."""
    assert list(strangers(ast.parse(source), place)) == []


def public_nouns(tree: ast.Module) -> list[str]:
    """Return the classes and functions that a module offers."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def plugin_files(root: Path) -> list[Path]:
    """Return the files of the plugin folders; a file whose name begins with an underscore is no plugin."""
    files = [path for folder in PLUGIN_FOLDERS for path in sorted((root / folder).glob("*.py"))]
    return [path for path in files if not path.name.startswith("_")]


def test_a_plugin_file_holds_one_public_noun() -> None:
    """Plugins are files, files are plugins."""
    nouns = {path.name: public_nouns(ast.parse(path.read_text())) for path in plugin_files(ROOT / "ziggie_harness")}
    assert {name: found for name, found in nouns.items() if len(found) != 1} == {}


def test_a_second_noun_is_found(tmp_path: Path) -> None:
    """The test above sees a second class or function, and leaves private ones, constants and shared parts alone."""
    (tmp_path / "faults").mkdir()
    for shared in ("__init__", "_shared"):
        (tmp_path / "faults" / f"{shared}.py").write_text("def a(): ...\ndef b(): ...\n")
    path = tmp_path / "faults" / "planted.py"
    path.write_text("X = 1\nclass RegionOutage: ...\nclass _Part: ...\ndef _one(): ...\ndef other(): ...\n")
    assert plugin_files(tmp_path) == [path]
    assert public_nouns(ast.parse(path.read_text())) == ["RegionOutage", "other"]
