"""A Python program of somebody else's that stands by: its imports are done, and each call of it is a fork.

A command line that is written in Python spends most of a short call on its imports. This process has done them. Whoever
calls the program starts ``standby_call.py`` instead, which hands over everything that an exec would have kept: words,
environment, directory, mask, open files, and the network and mount namespaces. The program itself is unmodified, and is
run from its beginning, as ``__main__``; so it does what it does, and ends as it ends.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import importlib
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from ziggie_harness.kernel import forking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MESSAGE_BYTES: Final = 1 << 20
"""More than any call has: a caller whose words do not fit into a message starts the program itself."""

DESCRIPTORS: Final = 253
"""The most that one message carries (unix(7), SCM_MAX_FD)."""

PLACES: Final = ("net", "mnt")
"""The namespaces that a call brings, before its open files."""

_SET_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG (linux/prctl.h)."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the program: all that an exec would have kept, but for what travels as descriptors."""

    mask: int
    numbers: Sequence[int]
    """Under which numbers its open files are known to it."""
    directory: str
    words: Sequence[str]
    environment: Mapping[str, str]

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Read it from a message, whose fields end with zeros, as no word and no variable can hold one."""
        mask, numbers, directory, count, *rest = (os.fsdecode(field) for field in message.split(b"\0"))
        words, variables = rest[: int(count)], rest[int(count) :]
        environment = dict(variable.split("=", 1) for variable in variables)
        return cls(int(mask), [int(number) for number in numbers.split(",")], directory, words, environment)


class _Server:
    """Forks a process for each call, and tells its caller how it ended."""

    def __init__(self, listener: socket.socket) -> None:
        """Take calls from a listening socket."""
        self._listener = listener
        self._callers: dict[int, socket.socket] = {}
        """By process, who called."""
        self._awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def next_call(self) -> Call:
        """Serve for ever; in each process that is forked, return its call."""
        while True:
            poll = select.poll()
            for descriptor in (self._awake, *(each.fileno() for each in (self._listener, *self._callers.values()))):
                poll.register(descriptor, select.POLLIN)
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._awake in ready:
                with suppress(BlockingIOError):
                    os.read(self._awake, MESSAGE_BYTES)
                self._reap()
            for pid, caller in list(self._callers.items()):
                if caller.fileno() in ready:  # it says nothing, so it was killed: its program goes with it
                    os.kill(pid, signal.SIGKILL)
                    self._callers.pop(pid).close()
            if self._listener.fileno() in ready and (call := self._taken()):
                return call

    def _taken(self) -> Call | None:
        """Take a call and fork; return the call in the process that was forked alone."""
        caller, _ = self._listener.accept()
        try:
            message, descriptors, _, _ = socket.recv_fds(caller, MESSAGE_BYTES, DESCRIPTORS)
        except ConnectionError:
            message, descriptors = b"", []
        if not message:  # it was killed before it had called
            caller.close()
            return None
        call = Call.decode(message)
        pid = os.fork()
        if pid == 0:
            caller.detach()
            self._become(call, descriptors)
            return call
        for descriptor in descriptors:
            os.close(descriptor)
        self._callers[pid] = caller
        with suppress(ConnectionError):  # it was killed, which the next look at it tells
            caller.send(b"%d" % pid)
        return None

    def _become(self, call: Call, descriptors: Sequence[int]) -> None:
        """Turn from a copy of this process into what an exec by the caller would have made."""
        signal.set_wakeup_fd(-1)
        for caught in (signal.SIGCHLD, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
            signal.signal(caught, signal.SIG_DFL)
        # This process may be deaf to it, as a run in the background is; who calls is not.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # By their objects, which would otherwise close again what the program opens under the same numbers.
        for ours in (self._listener, *self._callers.values()):
            ours.detach()
        floor = 1 + max(*descriptors, *call.numbers)
        places_and_files = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, floor) for each in descriptors]
        for number, file in zip(call.numbers, places_and_files[len(PLACES) :], strict=True):
            os.dup2(file, number)
        os.setsid()
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
        for descriptor, name in zip(places_and_files, PLACES, strict=False):
            forking.enter(descriptor, name)
        forking.keep_open(frozenset(call.numbers))
        os.umask(call.mask)
        os.chdir(call.directory)
        os.environ.clear()
        os.environ.update(call.environment)
        forking.show(call.environment)

    def _reap(self) -> None:
        """Take the exit statuses of programs that ended, and tell them."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                caller = self._callers.pop(pid, None)
                if caller is not None:
                    with caller, suppress(ConnectionError):
                        caller.send(b"%d" % os.waitstatus_to_exitcode(status))


class _Asked(type(os.environ)):  # type: ignore[misc]  # it has no public name
    """The environment, while it notes the variables that somebody asks for."""

    names: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        """Look a variable up; `in` and `get` do so by this, too."""
        self.names.add(key)
        return str(super().__getitem__(key))


def _imported(modules: Sequence[str]) -> frozenset[str]:
    """Import modules; return the environment variables that they asked for meanwhile."""
    plain = type(os.environ)
    os.environ.__class__ = _Asked
    try:
        for module in modules:
            # A program that needs it tries again, and says by itself why it cannot.
            with suppress(Exception):
                importlib.import_module(module)
    finally:
        os.environ.__class__ = plain
    return frozenset(_Asked.names)


def main(arguments: Sequence[str]) -> None:
    """Import, serve calls, and in each process that is forked run the program as it would run after an exec.

    The arguments are the number of the listening socket, the program, and the modules to import.
    """
    listener, program, *modules = arguments
    # What an interpreter puts there that is given a script, in place of what led it here.
    sys.path[0] = os.path.dirname(program)  # noqa: PTH120 - what Python itself would say
    before = dict(os.environ)
    asked = _imported(modules)
    told = {name: value for name, value in os.environ.items() if before.get(name) != value}
    # Nothing of it is garbage, and a collection in a program would only copy its pages.
    gc.collect()
    gc.freeze()
    call = _Server(socket.socket(fileno=int(listener))).next_call()
    if any(call.environment.get(name) != before.get(name) for name in asked | told.keys()):
        # The imports would have found, or set, something else.
        os.execv(program, [program, *call.words])  # noqa: S606 - no shell, on purpose
    os.environ.update(told)
    sys.argv[:] = [program, *call.words]
    runpy.run_path(program, run_name="__main__")
