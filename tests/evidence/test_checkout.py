"""The source that drilled is told as git knows it, or not at all."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.evidence.checkout import examine
from ziggie_harness.evidence.provenance import Checkout
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AUTHOR = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Return a supervisor of a run of its own."""
    with Run(tmp_path / "state") as run, Supervisor(run) as made:
        yield made


@pytest.mark.skipif(shutil.which("git") is None, reason="this machine has no git")
def test_tells_the_commit_and_whether_files_differ(supervisor: Supervisor, tmp_path: Path) -> None:
    """A fresh commit is clean; a file that git does not know makes it dirty."""
    source = tmp_path / "source"
    source.mkdir()
    for arguments in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "first")):
        command = ("git", *arguments)
        supervisor.run("git", command, environment=AUTHOR, within_seconds=20, directory=source).succeeded()
    clean = examine(supervisor, source)
    assert len(clean.commit) == 40
    assert clean.dirty is False
    (source / "new.feature").touch()
    assert examine(supervisor, source) == Checkout(clean.commit, dirty=True)


def test_a_folder_that_is_no_checkout_has_no_commit(supervisor: Supervisor, tmp_path: Path) -> None:
    """Nothing is invented: no commit, and nobody knows whether files differ."""
    assert examine(supervisor, tmp_path) == Checkout("", dirty=None)
