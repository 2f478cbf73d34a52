"""dev.py sets up once, says what is missing, and becomes pytest."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "dev.py"

FAKE_PYTHON = """#!{python} -S
import os, sys
with open(os.path.join({root!r}, "calls"), "a") as calls:
    print(*sys.argv[1:], file=calls)
if "pip" in sys.argv and os.path.exists(os.path.join({root!r}, "broken")):
    sys.exit("no such package")
"""


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return dev.py as a module for a project of its own, where `venv` makes an interpreter that only takes notes."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "features").mkdir()
    script = tmp_path / "dev.py"
    script.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("dev_under_test", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fake = FAKE_PYTHON.format(python=sys.executable, root=str(tmp_path))

    def start(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:  # noqa: ANN401 - as run has
        """Make a fake environment in place of a real one, and run everything else."""
        if command[1:3] != ["-m", "venv"]:
            return subprocess.run(command, **options)  # noqa: PLW1510 - whether it checks is dev.py's business
        interpreter = tmp_path / ".venv" / "bin" / "python"
        interpreter.parent.mkdir(parents=True)
        interpreter.write_text(fake)
        interpreter.chmod(0o755)
        with (tmp_path / "calls").open("a") as calls:
            calls.write("venv\n")
        return subprocess.CompletedProcess(command, 0, b"")

    # The real modules stay as they are: this copy of dev.py alone gets an interpreter that costs nothing.
    streams = {"PIPE": subprocess.PIPE, "STDOUT": subprocess.STDOUT}
    monkeypatch.setattr(module, "subprocess", SimpleNamespace(run=start, **streams))
    return module


def calls(tmp_path: Path) -> list[str]:
    """Return what the fake environment was asked to do, in order."""
    path = tmp_path / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_the_environment_is_made_once(dev: ModuleType, tmp_path: Path) -> None:
    """The first time makes an environment and installs, the second finds it complete."""
    assert not dev.installed()
    dev.install()
    assert dev.installed()
    assert [line.split()[:3] for line in calls(tmp_path)] == [["venv"], ["-m", "pip", "install"]]
    assert calls(tmp_path)[1].endswith("--constraint constraints.txt --editable .[dev]")


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_list_of_packages_makes_it_anew(dev: ModuleType, tmp_path: Path, name: str) -> None:
    """The environment belongs to the two files that list packages."""
    dev.install()
    (tmp_path / name).write_text("changed")
    assert not dev.installed()
    dev.install()
    assert dev.installed()
    assert calls(tmp_path).count("venv") == 2


def test_a_failed_install_leaves_no_stamp_and_says_all(
    dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What pip said is shown whole, the next start begins anew, and it succeeds once the cause is gone."""
    (tmp_path / "broken").touch()
    with pytest.raises(SystemExit, match="could not install the packages"):
        dev.install()
    assert "no such package" in capfd.readouterr().err
    assert not dev.installed()
    (tmp_path / "broken").unlink()
    dev.install()
    assert dev.installed()


def test_two_at_once_do_not_collide(dev: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second waits for the first, says so, and finds everything done."""
    entered = threading.Event()

    def second() -> None:
        """Come while the first holds the lock."""
        with dev.locked():
            if not dev.installed():
                dev.install()
        entered.set()

    with dev.locked():
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.2)
        dev.install()
    thread.join(10)
    assert entered.is_set()
    assert calls(tmp_path).count("venv") == 1
    assert "waiting for another dev.py" in capsys.readouterr().out


def test_an_old_python_is_named(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the version found and the one that is needed."""
    monkeypatch.setattr(dev, "sys", SimpleNamespace(version_info=(3, 9, 2), exit=sys.exit))
    with pytest.raises(SystemExit, match=r"this is Python 3\.9, the harness needs 3\.11 or newer"):
        dev.main(["tests"])


def test_a_python_without_venv_is_named(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's Python without python3-venv gets a sentence with the remedy."""
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        dev.install()


@pytest.mark.parametrize("arguments", [[], ["feature"]])
def test_an_unknown_command_is_answered_with_the_known_ones(dev: ModuleType, arguments: list[str]) -> None:
    """The usage names both commands."""
    with pytest.raises(SystemExit, match=r"features\|tests"):
        dev.main(arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["features"], "-n 3 --dist worksteal -p no:hypothesispytest features"),
        (["features", "-n", "0"], "-n 3 --dist worksteal -p no:hypothesispytest features -n 0"),
        (
            ["features", "features/a.feature::Some name", "-x"],
            "-n 3 --dist worksteal -p no:hypothesispytest features/a.feature::Some name -x",
        ),
        (["tests", "-k", "clock"], "-n auto --maxprocesses 2 tests -k clock"),
    ],
)
def test_arguments_reach_pytest(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str
) -> None:
    """The command becomes pytest; later options win over the defaults, and a named place replaces the whole folder."""
    (tmp_path / "features" / "a.feature").touch()
    became: list[list[str]] = []
    monkeypatch.setattr(
        dev, "os", SimpleNamespace(chdir=lambda _: None, execv=lambda _, command: became.append(command))
    )
    dev.main(arguments)
    assert became == [[str(tmp_path / ".venv" / "bin" / "python"), "-P", "-m", "pytest", *became[0][4:]]]
    assert " ".join(became[0][4:]) == expected
