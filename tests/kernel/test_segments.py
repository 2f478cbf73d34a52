"""Shared memory that killed servers left: removed with the directory that it was keyed by, and no other."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel import segments
from ziggie_harness.kernel.runs import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREATE = 0o1000 | 0o600
"""IPC_CREAT, and for us alone."""


def left_for(directory: Path) -> int:
    """Make a segment as PostgreSQL does for a data directory, and attach nobody."""
    key = ctypes.c_int(directory.stat().st_ino & 0xFFFFFFFF)
    return int(ctypes.CDLL(None).shmget(key, 56, CREATE))


def known() -> set[int]:
    """Return the numbers of all segments."""
    return {each.number for each in segments.segments()}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[int]:
    """Make a segment of somebody else's directory."""
    directory = tmp_path / "other"
    directory.mkdir()
    number = left_for(directory)
    if number < 0 or number not in known():
        pytest.skip("no shared memory of System V here")
    yield number
    segments.release(directory)
    assert number not in known()


def test_what_was_left_for_a_directory_goes_with_it(tmp_path: Path, other: int) -> None:
    """Segments of directories below go, those of others stay."""
    data = tmp_path / "run" / "disk" / "data"
    data.mkdir(parents=True)
    number = left_for(data)
    assert segments.release(tmp_path / "run") == (number,)
    assert number not in known()
    assert other in known()


def test_a_run_leaves_none(tmp_path: Path, other: int) -> None:
    """The end of a run removes what was left for its directories."""
    with Run(tmp_path / "state") as run:
        data = run.directory / "data"
        data.mkdir()
        number = left_for(data)
        assert number in known()
    assert number not in known()
    assert other in known()
