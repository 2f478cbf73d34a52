"""The disk of a PostgreSQL server: a file system of its own, so that it can be full."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.machinery import Supervisor, Volume
from ziggie_harness.kernel import segments

DISK_BYTES: Final = 1 << 30
"""How large a disk is; what is not used of it takes no memory."""


class ServerDisk:
    """Where the data of one server is; made when it is first used."""

    def __init__(self, supervisor: Supervisor, directory: Path) -> None:
        """Describe a disk that processes see at ``directory``/disk."""
        self.data = directory / "disk" / "data"
        self._supervisor, self._memory = supervisor, directory / "memory"
        self._volume: Volume | None = None

    @property
    def volume(self) -> Volume:
        """The file system."""
        if self._volume is None:
            self.data.parent.mkdir(parents=True, exist_ok=True)
            self._volume = self._supervisor.volume(self.data.parent, DISK_BYTES)
        return self._volume

    @property
    def seen(self) -> Path:
        """The directory of the data as this process sees it."""
        return self.volume.seen / self.data.name

    def make_ready(self) -> None:
        """Remove what a killed server left, and keep shared memory off the disk.

        Nobody else uses this directory, so a lock file in it is what a killed server left; its number may be another
        process's by now, and PostgreSQL would refuse to start. Shared memory is elsewhere on any host; on a full disk
        each new session would crash the server.
        """
        (self.seen / "postmaster.pid").unlink(missing_ok=True)
        self._memory.mkdir(exist_ok=True)
        place = self.seen / "pg_dynshmem"
        if not place.is_symlink():
            shutil.rmtree(place)
            place.symlink_to(self._memory)

    def clear(self) -> None:
        """Remove the data, and the memory that a killed server left with it."""
        segments.release(self.seen)
        shutil.rmtree(self.seen, ignore_errors=True)

    def close(self) -> None:
        """Remove it; the log stays."""
        segments.release(self.data)
        if self._volume is not None:
            self._volume.close()
            self._volume = None
        shutil.rmtree(self.data.parent, ignore_errors=True)
