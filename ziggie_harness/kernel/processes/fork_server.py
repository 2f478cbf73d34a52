"""A fork server: a process of Python that has imported programs' modules, so that each of them starts at once."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ziggie_harness
from ziggie_harness.kernel import forking, namespaces
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence

_END_SECONDS: Final = 10.0


class Forked:
    """A program that a fork server started: the part of ``subprocess.Popen`` that a ``Process`` needs."""

    def __init__(self, pid: int, end: int) -> None:
        """Know its number, and the pipe on which the fork server tells its exit status."""
        self.pid = pid
        self._end = end
        self._status: int | None = None
        self._lock = threading.Lock()
        weakref.finalize(self, os.close, end)

    def poll(self) -> int | None:
        """Return its exit status, negative when a signal ended it, or None while it lives."""
        return self._ended(0.0)

    def wait(self, timeout: float) -> int:
        """Return its exit status when it has ended; subprocess.TimeoutExpired when it does not."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return status

    def _ended(self, within_seconds: float) -> int | None:
        """Wait for its exit status."""
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        if self._status is None and poll.poll(within_seconds * 1000):
            with self._lock:
                if self._status is None:
                    # Nothing is told when the fork server was killed, and the kernel then kills its programs.
                    self._status = int(os.read(self._end, 16) or -signal.SIGKILL)
        return self._status


class ForkServer:
    """Starts programs from a process of its own, which ends with this object, and at the latest with the harness."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Have it import these modules, without waiting for it.

        Call it on a thread that is in the harness's own namespaces: the server stays in them.
        """
        self._lock = threading.Lock()
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
                (sys.executable, "-P", "-m", forking.__name__, str(theirs.fileno()), *modules),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={
                    "PATH": os.environ.get("PATH", os.defpath),
                    "PYTHONPATH": str(Path(ziggie_harness.__file__).parent.parent),
                    forking.ROOM_VARIABLE: " " * forking.ROOM_BYTES,
                },
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.pid = server.pid
        self.close = weakref.finalize(self, _end, self._connection, server)
        """End it, with all that it forked and that lives. Called when the harness's process ends, if not before."""

    def fork(self, order: forking.Order, output: int, given: int | None = None) -> Forked:
        """Start a program in the calling thread's namespaces; OSError when the kernel refuses.

        Its standard input is the descriptor ``given``, without one it is empty.
        """
        ended, end = os.pipe()
        with ExitStack() as undone, ExitStack() as handed:
            undone.callback(os.close, ended)
            handed.callback(os.close, end)
            if given is None:
                given = os.open(os.devnull, os.O_RDONLY)
                handed.callback(os.close, given)
            descriptors = [given, output, end]
            for name in forking.NAMESPACES:
                descriptors.append(namespaces.open_namespace(name))
                handed.callback(os.close, descriptors[-1])
            answer = self._ask(order.encode(), descriptors)
            if refused := answer.get("refused"):
                raise OSError(refused, os.strerror(refused))
            undone.pop_all()
        return Forked(answer["pid"], ended)

    def _ask(self, message: bytes, descriptors: Sequence[int]) -> dict[str, int]:
        """Send an order and return the answer; LabError when nobody answers."""
        try:
            with self._lock:
                socket.send_fds(self._connection, [message], descriptors)
                answer = self._connection.recv(forking.MESSAGE_BYTES)
        except ConnectionError:
            answer = b""
        if not answer:
            raise LabError("the fork server has ended", "it failed or was killed", "start the run again")
        told: dict[str, int] = json.loads(answer)
        return told


def _end(connection: socket.socket, server: subprocess.Popen[bytes]) -> None:
    """Hang up, which ends a fork server, and take its exit status."""
    connection.close()
    try:
        server.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(_END_SECONDS)
