"""What a supervised process sees of /etc: the lab's resolver and nobody else's, in a mount namespace of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.namespaces import Kind
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESOLV_CONF = Path("/etc/resolv.conf")
_NAME_CACHE = Path("/run/nscd")
_FILES = {
    Path("/etc/hosts"): "127.0.0.1 localhost\n",
    # Without this, a host whose names come from systemd-resolved would ask that daemon over a Unix socket,
    # which no network namespace holds back.
    Path("/etc/nsswitch.conf"): "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
}


class Disguise:
    """Covers files under /etc for the processes started in its block. All but ``__init__`` runs on one thread."""

    def __init__(self, directory: Path) -> None:
        """Keep the covering files in ``directory``."""
        self._directory = directory / "etc"
        self._home = -1
        self.refusal: OSError | None = None
        """Why this host has no mount namespace for us, if it has none."""

    def prepare(self) -> None:
        """Give this thread a mount namespace of its own; a refusal is raised when a disguise is asked for."""
        try:
            namespaces.unshare(Kind.MOUNT)
            namespaces.make_mounts_private()
        except OSError as error:
            self.refusal = error
            return
        self._home = namespaces.open_namespace("mnt")
        self._directory.mkdir()
        (self._directory / _NAME_CACHE.name).mkdir()
        for path, content in _FILES.items():
            (self._directory / path.name).write_text(content)

    def close(self) -> None:
        """Let go of the mount namespace."""
        if self._home >= 0:
            os.close(self._home)
            self._home = -1

    def require(self) -> None:
        """Raise LabError when this host refused a mount namespace, so that nothing can be hidden in one."""
        if self.refusal is not None:
            raise namespaces.refusal("give a process a view of its own of files", self.refusal) from self.refusal

    @contextmanager
    def worn(self, resolv_conf: Path | None) -> Iterator[None]:
        """Run the block, on the prepared thread, with another /etc/resolv.conf; with None nothing changes."""
        if resolv_conf is None:
            yield
            return
        self.require()
        namespaces.unshare(Kind.MOUNT)
        try:
            self._cover(resolv_conf)
            yield
        finally:
            namespaces.setns(self._home, Kind.MOUNT)

    def _cover(self, resolv_conf: Path) -> None:
        """Cover what decides how names are resolved, as far as this host has it."""
        for path in (resolv_conf, _RESOLV_CONF):
            if not path.exists():
                raise LabError(f"no {path}", "a process gets its resolver there", "create the file, empty or not")
        namespaces.cover(_RESOLV_CONF, resolv_conf)
        for path in (*_FILES, _NAME_CACHE):
            if path.exists():
                namespaces.cover(path, self._directory / path.name)
