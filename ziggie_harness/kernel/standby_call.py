"""Calls a program that stands by, in place of an exec of it; ``standby.py`` is the other end. A script, run by path.

It is started for each call, so it imports next to nothing. It gives away what an exec would have kept, passes on the
signals that it gets, and ends as the program ended. Where an exec might differ, it executes the program instead.
"""

from __future__ import annotations

import array
import os
import signal
import socket
import sys
from collections.abc import Sequence

LOCALE = "C.UTF-8"
"""In which the program stands by."""

PASSED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def main(place: str, program: str, words: Sequence[str]) -> None:
    """Call the program that stands by at a place, or execute it."""
    ignored = [number for number in PASSED_ON if signal.getsignal(number) == signal.SIG_IGN]
    if not ignored and not _particular(os.environ):
        signals = _Signals()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
            try:
                server.connect(place)
                _hand_over(server, words)
                pid = int(server.recv(32))
            except (OSError, ValueError):  # it does not stand by, or so much cannot be handed over
                signals.go_to(os.getpid())
            else:
                signals.go_to(pid)
                _end_as(int(server.recv(32) or -signal.SIGKILL))
    os.execv(program, [program, *words])  # noqa: S606 - no shell, on purpose


class _Signals:
    """The signals that come here, for the program; those that come before it is known wait for it."""

    def __init__(self) -> None:
        """Catch them from now on."""
        self._waiting: list[int] = []
        self._target = 0
        for number in PASSED_ON:
            signal.signal(number, self._pass_on)

    def go_to(self, target: int) -> None:
        """Pass them on to a process from now on; this one gets them as if it had never caught any."""
        if target == os.getpid():
            for number in PASSED_ON:
                signal.signal(number, signal.SIG_DFL)
        self._target = target
        for waiting in self._waiting:
            self._pass_on(waiting, None)

    def _pass_on(self, number: int, _: object) -> None:
        """Send the program what was sent here."""
        if self._target == 0:
            self._waiting.append(number)
            return
        try:
            os.kill(self._target, number)
        except ProcessLookupError:
            return


def _particular(environment: os._Environ[str]) -> bool:
    """Say whether Python itself would behave in another way than where the program stands by."""
    return environment.get("LANG") != LOCALE or any(name.startswith(("PYTHON", "LC_")) for name in environment)


def _hand_over(server: socket.socket, words: Sequence[str]) -> None:
    """Send all that an exec keeps; OSError when that is too much."""
    mask = os.umask(0)
    os.umask(mask)
    numbers = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - numbers, and quickly
    numbers = [number for number in numbers if number != server.fileno() and _is_open(number)]
    variables = [b"%b=%b" % pair for pair in os.environb.items()]
    directory = os.getcwdb()  # noqa: PTH109 - pathlib would take longer to import than all the rest
    told = [b"%d" % mask, ",".join(map(str, numbers)).encode(), directory, b"%d" % len(words)]
    message = b"\0".join((*told, *map(os.fsencode, words), *variables))
    places = [os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in ("net", "mnt")]
    rights = array.array("i", (*places, *numbers))
    server.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    for descriptor in places:
        os.close(descriptor)


def _is_open(number: int) -> bool:
    """Say whether a descriptor is open, and would be after an exec."""
    try:
        return os.get_inheritable(number)
    except OSError:  # it was that of the listing
        return False


def _end_as(status: int) -> None:
    """End as the program did."""
    if status < 0:
        if -status not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
