"""A disk of a bounded size: full for real, and seen at its place by supervised processes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.volumes import Directory, Volume
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 1 << 20


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Supervise processes for a test."""
    with Run(tmp_path / "state") as run, Supervisor(run) as supervisor:
        yield supervisor


@pytest.fixture
def volume(supervisor: Supervisor, tmp_path: Path) -> Volume:
    """Make a volume of 1 MiB; skip where the kernel refuses."""
    (tmp_path / "disk").mkdir()
    made = supervisor.volume(tmp_path / "disk", SIZE)
    if not isinstance(made, Volume):
        pytest.skip("no file system can be made here")
    return made


def test_processes_and_the_harness_see_the_same_files(supervisor: Supervisor, volume: Volume) -> None:
    """What the harness puts there is read by a process at its place, where the harness itself sees nothing."""
    (volume.seen / "here").write_text("words", encoding="utf-8")
    command = ("cat", str(volume.place / "here"))
    assert supervisor.run("cat", command, environment={}, within_seconds=10).succeeded().output == "words"
    assert not list(volume.place.iterdir())


def test_a_full_volume_refuses_one_more_block_until_it_is_freed(volume: Volume) -> None:
    """The kernel says ENOSPC, and what is there can be overwritten all the same."""
    (volume.seen / "old").write_bytes(bytes(100_000))
    volume.fill()
    with pytest.raises(OSError, match="No space left on device"):
        (volume.seen / "new").write_bytes(bytes(1))
    (volume.seen / "old").write_bytes(bytes(50_000))
    volume.free()
    (volume.seen / "new").write_bytes(bytes(SIZE // 2))


def test_a_closed_volume_can_be_closed_again(volume: Volume) -> None:
    """Whoever removes a server closes its disk, and so does the end of the run."""
    volume.close()
    volume.close()
    assert not list(volume.place.iterdir())


def test_a_directory_serves_where_no_file_system_can_be_made(tmp_path: Path) -> None:
    """What is put there is there for everybody; that it cannot be filled is told with the kernel's reason."""
    directory = Directory(tmp_path, "Operation not permitted")
    assert directory.seen == tmp_path
    directory.free()
    with pytest.raises(LabError, match="Operation not permitted"):
        directory.fill()
    directory.close()
    assert tmp_path.is_dir()
