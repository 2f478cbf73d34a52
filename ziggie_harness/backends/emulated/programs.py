"""The programs of the lab: one of our own, in its region's namespace and on the drill's clock, that faults can hurt."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.machinery import Process, Supervisor
from ziggie_harness.backends.emulated.server_process import ServerProcess
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.family import send
from ziggie_harness.kernel.processes import ForkServer
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network

PATIENCE_SECONDS: Final = 30.0
"""For how long, in wall time, a program may take to listen: a start is real work."""

LOOK_SECONDS: Final = 0.005

TRIAL_SECONDS: Final = 0.05
"""For how long, in wall time, a connection within one site is tried."""


API: Final = "ziggie_harness.service.api"
WITNESS: Final = "ziggie_harness.service.witness"
LOAD: Final = "ziggie_harness.service.load"
POOLER: Final = "ziggie_harness.service.pooler"
MODULES: Final = (API, WITNESS)
"""What runs in every drill, for a fork server to import beforehand."""


@dataclass(frozen=True, slots=True)
class Description:
    """A program: its module, where it listens, and what its environment tells it."""

    name: str
    module: str
    site: str
    address: str
    port: int
    environment: Mapping[str, str]


def written(network: Network, address: str, port: int) -> str:
    """Return what a program is told of an address and port of the lab: where they really are."""
    where, number = network.located(address, port)
    return f"{where}:{number}"


class Program:
    """One program as a ``Server`` of the ports. Start it, then ``await_listening``; it ends with the supervisor."""

    def __init__(  # noqa: PLR0913 - each is a part of the lab that a program needs
        self,
        described: Description,
        supervisor: Supervisor,
        forks: ForkServer,
        network: Network,
        link: ClockServer,
        *,
        files: tuple[Path, Path | None],
    ) -> None:
        """Describe it; ``files`` are its log and the resolv.conf that it sees, the machine's with None."""
        self.described = described
        self._supervisor, self._forks, self._network, self._link = supervisor, forks, network, link
        self._log, self._resolv_conf = files
        self._process = ServerProcess(described.name, network, described.address, described.port)
        self._starting = False

    @property
    def name(self) -> str:
        """Its name in logs and reasons."""
        return self.described.name

    def launch(self) -> None:
        """Start its process without waiting for it."""
        process = self._supervisor.fork(
            self._forks,
            self.name,
            self.described.module,
            environment={**self.described.environment, **self._link.environment(self.name)},
            log=self._log,
            namespace=self._network.descriptor(self.described.site),
            resolv_conf=self._resolv_conf,
        )
        self._process.began(process)

    def await_listening(self, listens: Callable[[str, str, int], bool]) -> None:
        """Wait in wall time until it accepts connections; LabError with its last words when it ends first."""
        process = self._process.running()
        for _ in range(round(PATIENCE_SECONDS / LOOK_SECONDS)):
            if listens(self.described.site, self.described.address, self.described.port):
                return
            if not process.alive():
                break
            self._pause(process)
        raise LabError(f"{self.name} does not listen", " | ".join(process.tail(5)), f"read {self._log}")

    def redeploy(self, changed: Mapping[str, str]) -> None:
        """End it, and start it again with other variables in its environment."""
        self.kill()
        self.described = replace(self.described, environment={**self.described.environment, **changed})
        self.start()

    def start(self) -> None:
        """Start it again after a kill; who asks it meanwhile is refused."""
        self.launch()
        self._starting = True

    def booting(self) -> str | None:
        """Say that it starts, until it accepts connections or has ended: work, which the clock must not skip."""
        if not self._starting:
            return None
        place = self._network.located(self.described.address, self.described.port)
        with self._network.inside(self.described.site):
            trial = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with trial:
            trial.settimeout(TRIAL_SECONDS)
            listens = trial.connect_ex(place) == 0
        self._starting = not listens and self._process.alive()
        return f"{self.name} starts" if self._starting else None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def interrupt(self) -> None:
        """Ask it to end (SIGTERM)."""
        send(self._process.running().pid, signal.SIGTERM)

    def alive(self) -> bool:
        """Say whether it has not ended."""
        return self._process.alive()

    def freeze(self) -> None:
        """Stop it where it is; the kernel still accepts connections for it."""
        self._process.freeze()
        self._link.suspend(self.name)

    def thaw(self) -> None:
        """Let it go on."""
        self._link.resume(self.name)
        self._process.thaw()

    def _pause(self, process: Process) -> None:
        """Wait a moment, or less when the process ends."""
        try:
            process.wait(LOOK_SECONDS)
        except LabError:
            return
