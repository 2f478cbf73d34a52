"""The process of a fork server: it has imported the modules of programs, and forks one that runs at once.

A Python program spends most of its start on imports. ``kernel/processes/fork_server.py`` is the other end; it starts
this module by ``python -m``, once for each process of the harness. It has one thread, reads no environment and holds
no descriptor but its end of a socket, so a program forked from it finds what it would find after an exec.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.kernel import namespaces
from ziggie_harness.kernel.namespaces import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MESSAGE_BYTES: Final = 65_536
"""More than any order has."""

NAMESPACES: Final = {"pid_for_children": Kind.PROCESS, "net": Kind.NETWORK, "mnt": Kind.MOUNT}
"""The namespaces that a program enters, in the order of their descriptors: behind its input, its output, its end."""

ROOM_VARIABLE: Final = "ZIGGIE_ROOM"
"""Makes room in the environment of the fork server, where /proc/PID/environ then shows the programs' own."""

ROOM_BYTES: Final = 4096
"""What /proc shows of a program's environment; whatever marks it stands at the beginning."""

_SET_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG (linux/prctl.h)."""


@dataclass(frozen=True, slots=True)
class Order:
    """A program to fork: the module whose ``main`` it runs, its whole environment, and where it starts."""

    module: str
    environment: Mapping[str, str]
    directory: str

    def encode(self) -> bytes:
        """Write it as a message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Read it from a message."""
        return cls(**json.loads(message))


class _Server:
    """Forks what is ordered, and tells the end of what it forked."""

    def __init__(self, connection: socket.socket) -> None:
        """Take orders from a connection."""
        self._connection = connection
        self._ends: dict[int, int] = {}
        """By program, the pipe on which its exit status is told."""
        self._awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def next_program(self) -> Order | None:
        """Serve until the harness is gone and return None; in each program that is forked, return its order."""
        poll = select.poll()
        poll.register(self._awake, select.POLLIN)
        poll.register(self._connection, select.POLLIN)
        while True:
            if any(descriptor == self._awake for descriptor, _ in poll.poll()):
                os.read(self._awake, MESSAGE_BYTES)
                self._reap()
                continue
            try:
                message, descriptors, _, _ = socket.recv_fds(self._connection, MESSAGE_BYTES, 3 + len(NAMESPACES))
            except ConnectionError:  # the harness ended without having read an answer
                message, descriptors = b"", []
            if not message:
                self._end()
                return None
            order = Order.decode(message)
            if self._fork(order, descriptors):
                return order

    def _fork(self, order: Order, descriptors: Sequence[int]) -> bool:
        """Fork a program and tell its pid or why the kernel refused; return whether this is the program."""
        given, output, end, *places = descriptors
        try:
            # This one counts for children alone, and every order names it anew.
            enter(places[0], "pid_for_children")
            pid = os.fork()
        except OSError as error:
            answer = {"refused": error.errno}
        else:
            if pid == 0:
                self._become(order, given, output, places)
                return True
            self._ends[pid] = os.dup(end)
            answer = {"pid": pid}
        for descriptor in descriptors:
            os.close(descriptor)
        with suppress(ConnectionError):  # the harness ended, which the next look at the connection tells
            self._connection.send(json.dumps(answer).encode())
        return False

    def _become(self, order: Order, given: int, output: int, places: Sequence[int]) -> None:
        """Turn from a copy of the fork server into a process as an exec would have made it."""
        # First of all, so that the log tells what goes wrong in the rest.
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(given, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
        for descriptor, name in zip(places, NAMESPACES, strict=True):
            enter(descriptor, name)
        # By its object, which would otherwise close again what the program opens under the same number.
        self._connection.close()
        keep_open(frozenset({0, 1, 2}))
        os.chdir(order.directory)
        os.environ.clear()
        os.environ.update(order.environment)
        show(order.environment)

    def _reap(self) -> None:
        """Take the exit statuses of programs that ended, and tell them."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                end = self._ends.pop(pid)
                with suppress(BrokenPipeError):  # nobody wants to know any more
                    os.write(end, str(os.waitstatus_to_exitcode(status)).encode())
                os.close(end)

    def _end(self) -> None:
        """End every program."""
        for pid in self._ends:
            os.kill(pid, signal.SIGKILL)
        for pid in self._ends:
            os.waitpid(pid, 0)


def enter(descriptor: int, name: str) -> None:
    """Enter a namespace, unless this process is in it: even that would take a privilege."""
    here, there = os.stat(f"/proc/self/ns/{name}"), os.fstat(descriptor)  # noqa: PTH116 - the namespace, not the link
    if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
        namespaces.setns(descriptor, NAMESPACES[name])


def keep_open(numbers: Collection[int]) -> None:
    """Close every descriptor of this process but these."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not files
        if int(name) not in numbers:
            with suppress(OSError):  # the listing's own descriptor is closed already
                os.close(int(name))


def show(environment: Mapping[str, str]) -> None:
    """Let /proc/PID/environ show an environment, so that a sweep finds the run that a program belongs to.

    The kernel shows the memory in which it put the environment of the last exec (proc_pid_environ(5)).
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[47]), int(fields[48])  # env_start and env_end, the 50th and 51st of proc_pid_stat(5)
    content = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in environment.items())
    ctypes.memmove(start, content[: end - start - 1].ljust(end - start, b"\0"), end - start)


def main() -> None:
    """Import the modules, fork what is ordered, and in each program run its module's ``main``."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    for module in sys.argv[2:]:
        # A program that needs it tries again, and its own log says why it cannot.
        with suppress(Exception):
            importlib.import_module(module)
    # Nothing of it is garbage, and a collection in a program would only copy its pages.
    gc.collect()
    gc.freeze()
    order = _Server(connection).next_program()
    if order is not None:
        module_itself = importlib.import_module(order.module)
        sys.argv[:] = [order.module]
        module_itself.main()


if __name__ == "__main__":
    main()
