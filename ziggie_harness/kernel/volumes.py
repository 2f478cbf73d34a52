"""A disk of a bounded size for supervised processes, which can be full for real."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ziggie_harness.kernel import namespaces
from ziggie_harness.model.errors import LabError

TRIES: Final = 1000
"""How often a volume is filled anew because something was written in between."""


class Volume:
    """A file system in memory. Only supervised processes see it at its place, so it cannot outlive them."""

    def __init__(self, place: Path, size_bytes: int, inside: Callable[[Callable[[], int]], int]) -> None:
        """Make it at an existing directory; ``inside`` runs a call in the mount namespace of the processes."""
        self.place, self.size_bytes = place, size_bytes
        self._inside = inside
        try:
            self._descriptor = inside(self._mount)
        except OSError as error:
            raise namespaces.refusal("make a file system for data", error) from error

    @property
    def seen(self) -> Path:
        """The same directory as this process sees it."""
        return Path(f"/proc/self/fd/{self._descriptor}")

    def fill(self) -> None:
        """Leave no free block: whoever needs one more is told ENOSPC by the kernel."""
        for _ in range(TRIES):
            try:
                self._resize(self._used_bytes())
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                continue
            return
        raise LabError(f"{self.place} cannot be filled", "its users write faster than it is measured")

    def free(self) -> None:
        """Give it its size back."""
        self._resize(self.size_bytes)

    def close(self) -> None:
        """Let go of it; nothing happens when that was done."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _mount(self) -> int:
        """Mount it, and return a descriptor of it, by which this process reaches it."""
        namespaces.mount_memory(self.place, self.size_bytes)
        return os.open(self.place, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def _resize(self, size_bytes: int) -> None:
        """Change its size."""

        def resize() -> int:
            """Resize it in its namespace."""
            namespaces.resize_memory(self.place, size_bytes)
            return size_bytes

        self._inside(resize)

    def _used_bytes(self) -> int:
        """Measure what is on it."""
        about = os.statvfs(self.seen)
        # At least one block: a size of 0 would be no bound at all (tmpfs(5)).
        return max(1, about.f_blocks - about.f_bfree) * about.f_frsize


class Directory:
    """A directory in a volume's place, where no file system can be made: everybody sees it, and it has no bound."""

    def __init__(self, place: Path, refused: str) -> None:
        """Take an existing directory; ``refused`` is what the kernel said to a file system."""
        self.seen = place
        self._refused = refused

    def fill(self) -> None:
        """Refuse: LabError."""
        raise LabError(
            f"{self.seen} cannot be filled", f"it is on this machine's own disk: {self._refused}", "run as root"
        )

    def free(self) -> None:
        """Do nothing: it is never full."""

    def close(self) -> None:
        """Do nothing: it goes with its run."""
