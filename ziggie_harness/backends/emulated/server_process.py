"""Common to every server of the lab: a process that faults end or freeze, and its address, which is silent then."""

from __future__ import annotations

from contextlib import ExitStack

from ziggie_harness.backends.emulated.machinery import Process
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network


class ServerProcess:
    """The process of a server, from its first start on; one after the other where it is started again."""

    def __init__(self, name: str, network: Network, address: str, port: int) -> None:
        """Know what it is called and where it is asked; nothing is started."""
        self._name, self._network, self._place = name, network, (address, port)
        self._process: Process | None = None
        self._silence = ExitStack()

    def began(self, process: Process) -> None:
        """Keep a process that was just started."""
        self._process = process

    def running(self) -> Process:
        """Return the process; LabError when there never was one."""
        if self._process is None:
            raise LabError(f"{self._name} was never started", hint="start it first")
        return self._process

    @property
    def frozen(self) -> bool:
        """Whether it is frozen."""
        return self._process is not None and self._process.frozen

    def alive(self) -> bool:
        """Say whether it exists, at work or frozen."""
        return self._process is not None and self._process.alive()

    def kill(self) -> None:
        """End it at once, frozen or not; nothing happens when it was never started."""
        if self._process is not None:
            self._process.kill()
        self._silence.close()

    def freeze(self) -> None:
        """Stop it where it is; the kernel still accepts connections for it. LabError when it was never started."""
        self.running().freeze()
        self._silence.enter_context(self._network.silent(*self._place, f"{self._name} is frozen"))

    def thaw(self) -> None:
        """Let it go on; nothing happens when it is not frozen, because it was killed meanwhile."""
        if self.frozen:
            self.running().thaw()
        self._silence.close()

    def last_words(self, lines: int) -> tuple[str, ...]:
        """Return the last lines of its log; none when it was never started."""
        return self._process.tail(lines) if self._process is not None else ()
