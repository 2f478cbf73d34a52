"""Servers of one's own: a host that is lost comes back with the block, whatever happens in it."""

from __future__ import annotations

import pytest

from ziggie_harness.backends.emulated.own_servers import host_lost, no_backup
from ziggie_harness.model.topology import Role


class Recorder:
    """A server that keeps what it was told."""

    name = "recorder"

    def __init__(self) -> None:
        self.told: list[str] = []

    def kill(self) -> None:
        """Keep it."""
        self.told.append("kill")

    def start(self) -> None:
        """Keep it."""
        self.told.append("start")

    def freeze(self) -> None:
        """Keep it."""
        self.told.append("freeze")

    def thaw(self) -> None:
        """Keep it."""
        self.told.append("thaw")


def test_a_lost_host_is_gone_for_the_block_and_back_after_an_error() -> None:
    """Killed before the block, started after it, and the error of the block comes out."""
    server = Recorder()

    def lose_it() -> None:
        """Fail while it is gone."""
        with host_lost(server):
            assert server.told == ["kill"]
            raise KeyError("in the block")

    with pytest.raises(KeyError, match="in the block"):
        lose_it()
    assert server.told == ["kill", "start"]


def test_the_missing_backup_names_its_region() -> None:
    """The reason says whose backup it is, and where there is one."""
    assert "the secondary region" in str(no_backup(Role.SECONDARY))
