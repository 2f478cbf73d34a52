"""The tools that the owner's scripts may count on, and where they are looked for."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

TOOLS: Final = ("bash", "aws", "curl")
"""What a runbook may count on."""


def search_path() -> str:
    """Return where a script's tools are looked for: beside this Python, where `aws` is installed, then on PATH."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def missing() -> str | None:
    """Return which tool is not here, and what to do about it, or None."""
    lacking = [tool for tool in TOOLS if shutil.which(tool, path=search_path()) is None]
    return f"{' and '.join(lacking)} not found; install {' and '.join(lacking)}" if lacking else None
