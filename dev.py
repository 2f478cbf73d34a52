#!/usr/bin/env python3
"""Set up the environment once and run pytest in it: `python3 dev.py features` or `python3 dev.py tests`.

Further arguments go to pytest: `python3 dev.py features -k goes_dark -x`. Needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "installed"
LOCK = ROOT / ".dev.lock"
OLDEST = (3, 11)

SPREAD = {
    "features": ["-n", "3", "--dist", "worksteal", "-p", "no:hypothesispytest"],
    "tests": ["-n", "auto", "--maxprocesses", "2"],
}
"""The commands, and over how many processes each is spread; `-n 0` or any other number given later wins.

Three drills at a time fit a laptop with two cores: elections and restarts of databases are often waited for. Drills
differ in length, so who has none left takes one from another. Features generate nothing, and Hypothesis' plugin would
import all of Hypothesis at their end (1.5 s).
"""


def main(arguments: list[str]) -> None:
    """Install what is missing and become pytest."""
    if sys.version_info < OLDEST:
        fail(
            "this is Python {}.{}, the harness needs {}.{} or newer: start dev.py with one, such as python3.12".format(
                *sys.version_info[:2], *OLDEST
            )
        )
    if not arguments or arguments[0] not in SPREAD:
        fail("usage: python3 dev.py {} [pytest arguments]".format("|".join(SPREAD)))
    command, *rest = arguments
    with locked():
        if not installed():
            install()
    free = [argument for before, argument in zip(["", *rest], rest, strict=False) if before not in VALUED]
    places = [] if any(is_place(argument) for argument in free) else [command]
    os.chdir(ROOT)
    # -P keeps the checkout off the module path, so that every module has its installed name only.
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", "pytest", *SPREAD[command], *places, *rest])


VALUED = {
    "--topology",
    "--evidence",
    "--report",
    "--backend",
    "--clock",
    "-k",
    "-m",
    "-n",
    "-p",
    "-c",
    "-o",
    "--maxprocesses",
    "--dist",
}
"""Options whose value follows as an argument of its own: a file there is no place to run."""


def is_place(argument: str) -> bool:
    """Tell whether a pytest argument names a file or folder of the project."""
    return not argument.startswith("-") and (ROOT / argument.partition("::")[0]).exists()


def fingerprint() -> str:
    """Return what the environment depends on, as a digest: the two files that list packages, the place, this Python."""
    parts = [(ROOT / "pyproject.toml").read_bytes(), (ROOT / "constraints.txt").read_bytes()]
    parts += [str(ROOT).encode(), sys.version.encode(), sys.base_prefix.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed() -> bool:
    """Tell whether the environment was completed for these very files."""
    return STAMP.is_file() and PYTHON.exists() and STAMP.read_text(encoding="utf-8") == fingerprint()


def install() -> None:
    """Make the environment anew; the stamp is written last, so a failure leaves none."""
    print(f"dev.py: setting up {ENVIRONMENT.name} (once, and again when the list of packages changes)", flush=True)
    if ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)
    try:
        import ensurepip  # noqa: F401, PLC0415 - only asked whether it is there
    except ImportError:
        fail(
            f"this Python ({sys.executable}) comes without venv and pip: install them "
            "(Debian and Ubuntu: apt-get install python3-venv), or start dev.py with another Python"
        )
    run("make the environment", [sys.executable, "-m", "venv", str(ENVIRONMENT)])
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run("install the packages", [*pip, "--constraint", "constraints.txt", "--editable", ".[dev]"])
    STAMP.write_text(fingerprint(), encoding="utf-8")


def run(what: str, command: list[str]) -> None:
    """Run a command in silence; if it fails show all that it said and stop."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        fail(f"could not {what}: `{' '.join(command)}` ended with status {done.returncode}; its output is above")


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the project's lock: a second dev.py waits until the first has set everything up."""
    try:
        import fcntl  # noqa: PLC0415 - the reason must be told where it is missing
    except ImportError:
        fail("this system has no file locks (fcntl): use Linux or macOS")
    with LOCK.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("dev.py: waiting for another dev.py that is setting up the environment", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fail(sentence: str) -> NoReturn:
    """Say why nothing can be run, and end."""
    sys.exit(f"dev.py: {sentence}")


if __name__ == "__main__":
    main(sys.argv[1:])
