"""A drill on loopback: the real clock, sockets that really connect, and a cut that only says that it is one."""

from __future__ import annotations

import errno
import socket
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.journal import FileJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Loopback:
    """Paths on 127.0.0.1: every site is this machine, and ``cut`` says from where an exchange is stuck.

    A site in ``unplugged`` has no network at all.
    """

    def __init__(self) -> None:
        self.cut: Callable[[str], str | None] = lambda _site: None
        self.unplugged: set[str] = set()

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Stay where we are, in every site."""
        if site in self.unplugged:
            raise OSError(errno.ENETUNREACH, f"{site} has no network")
        return nullcontext()

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return the same."""
        return address, port

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Leave the socket as it is."""

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Say what the test says."""
        del address, port
        return self.cut(site)


@pytest.fixture
def paths() -> Loopback:
    """Give paths on which nothing is cut."""
    return Loopback()


@pytest.fixture
def clock() -> Iterator[DrillClock]:
    """Give a running drill clock whose actor is the test."""
    with DrillClock() as running, running.actor("test"):
        yield running


@pytest.fixture
def journal(tmp_path: Path, clock: DrillClock) -> Iterator[FileJournal]:
    """Give a journal of the test's clock."""
    with FileJournal(tmp_path / "history.jsonl", clock) as opened:
        yield opened


@pytest.fixture
def dns_sockets() -> tuple[socket.socket, socket.socket]:
    """Bind a UDP and a TCP socket at one port of 127.0.0.1; who serves on them closes them."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tcp.bind(udp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp
