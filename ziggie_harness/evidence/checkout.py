"""Which source drilled: the commit, and whether the files were the commit's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ziggie_harness.evidence.provenance import Checkout
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

    from ziggie_harness.kernel.processes import Supervisor

GIT_SECONDS: Final = 20.0
"""A ceiling for one call of git; a large repository on a cold disk takes seconds."""

# Without this a look at the state takes a lock, and disturbs whoever commits at that moment.
QUIET: Final = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def examine(supervisor: Supervisor, directory: Path) -> Checkout:
    """Ask git about a directory; without git, outside a repository or before a first commit nothing is known.

    A file that git does not know makes it dirty too: it may be a feature, or a topology.
    """
    try:
        commit = _git(supervisor, directory, "rev-parse", "--verify", "HEAD")
        return Checkout(commit, dirty=bool(_git(supervisor, directory, "status", "--porcelain")))
    except LabError:
        return Checkout()


def _git(supervisor: Supervisor, directory: Path, *arguments: str) -> str:
    """Return what a git command says; raise LabError when it fails."""
    command = ("git", *arguments)
    finished = supervisor.run("git", command, environment=QUIET, within_seconds=GIT_SECONDS, directory=directory)
    return finished.succeeded().output.strip()
