"""The tools that the owner's scripts may count on, and where they are looked for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

TOOLS: Final = ("bash", "aws", "curl")
"""What a runbook may count on."""


AWS_MODULES: Final = ("awscli.clidriver", "awscli.handlers", "awscli.formatter", "awscli.customizations.s3.subcommands")
"""What `aws` imports for every call; what else a call needs it imports as ever."""


def search_path() -> str:
    """Return where a script's tools are looked for: beside this Python, where `aws` is installed, then on PATH."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def importable_aws() -> Sequence[str] | None:
    """Return the `aws` that this Python runs and the modules that it imports; None where another one is used."""
    found = shutil.which("aws", path=search_path())
    if found is None or Path(found).parent != Path(sys.executable).parent:
        return None
    with Path(found).open("rb") as program:
        return (found, *AWS_MODULES) if program.readline().strip() == b"#!" + os.fsencode(sys.executable) else None


def missing() -> str | None:
    """Return which tool is not here, and what to do about it, or None."""
    lacking = [tool for tool in TOOLS if shutil.which(tool, path=search_path()) is None]
    return f"{' and '.join(lacking)} not found; install {' and '.join(lacking)}" if lacking else None
