"""Starts the servers of a drill as containers in their sites, and everything else as processes of this machine.

A server's files lie in the directory of the run, which its container sees at the same place. So whoever looks into
them, copies them or reads a log need not know where the server runs.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import ziggie_harness
from ziggie_harness.backends.containers import images
from ziggie_harness.backends.containers.engine import Engine, Mount, Wanted, refused, remove
from ziggie_harness.backends.containers.process import ContainerProcess
from ziggie_harness.backends.emulated import machinery
from ziggie_harness.backends.emulated.programs import MODULES
from ziggie_harness.backends.emulated.templates import cache_directory
from ziggie_harness.kernel import process_table
from ziggie_harness.kernel.processes import AS_UNPRIVILEGED, Finished, ForkServer, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from ziggie_harness.backends.containers.layout import Pod

IMAGES: Final = {
    "initdb": images.POSTGRES,
    "postgres": images.POSTGRES,
    "pg_basebackup": images.POSTGRES,
    "mongod": images.MONGO,
}
"""Which programs run in containers, and of which image; every other one runs on this machine."""

CODE: Final = Path("/opt/ziggie/ziggie_harness")
"""Where the image for our programs expects the harness."""

MAIN: Final = "import importlib, sys; importlib.import_module(sys.argv[1]).main()"
"""How a module of ours is started as a program, as a fork server would."""

INTO_LOG: Final = ("sh", "-c", 'log=$1; shift; exec "$@" >> "$log" 2>&1', "sh")
"""Runs the command that follows the name of a log, and appends what it says there: whoever reads the log, or keeps it
as evidence, need not ask an engine."""

RESOLV_CONF: Final = Path("/etc/resolv.conf")

NO_NETWORK: Final = "none"


@dataclass(frozen=True, slots=True)
class PlainDirectory:
    """A disk that is a directory of this machine, and has no bound of its own."""

    seen: Path

    def fill(self) -> None:
        """Refuse: what is not bounded cannot be full."""
        raise LabError(
            f"{self.seen} cannot be filled",
            "the disk of a container is a directory of its host",
            "play this on the embedded backend",
        )

    def free(self) -> None:
        """Do nothing: it was never filled."""

    def close(self) -> None:
        """Do nothing: the directory goes with its run."""


class ContainerSupervisor:
    """A ``Supervisor`` of the machinery, for the time of a block."""

    def __init__(self, engine: Engine, run: Run, pods: Mapping[str, Pod]) -> None:
        """Start containers in the network of a pod, and see the directory of the run at its place."""
        self._engine, self._run = engine, run
        self._pods = {pod.descriptor: pod for pod in pods.values()}
        self._inner = Supervisor(run)
        self._all: list[ContainerProcess] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begin."""
        self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End everything, last started first; a failure here never hides the error that ended the block."""
        failures: list[LabError] = []
        for process in reversed(self._all):
            try:
                process.kill()
            except LabError as failure:
                failures.append(failure)
            process.close()
        self._inner.__exit__(kind, error, traceback)
        if error is not None:
            for each in failures:
                error.add_note(f"and while its containers were ended: {each}")
        elif failures:
            raise failures[0]

    def spawn(  # noqa: PLR0913 - as the protocol has it
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        namespace: int | None = None,
        resolv_conf: Path | None = None,
        directory: Path | None = None,
        as_unprivileged: bool = False,
        pass_fds: Sequence[int] = (),
    ) -> machinery.Process:
        """Start a server in a container of its site, or a program of this machine in the site's network."""
        image = IMAGES.get(Path(command[0]).name)
        if image is None:
            return self._inner.spawn(
                name, command, environment=environment, log=log, namespace=namespace, resolv_conf=resolv_conf,
                directory=directory, as_unprivileged=as_unprivileged, pass_fds=pass_fds,
            )  # fmt: skip
        prefix = AS_UNPRIVILEGED if as_unprivileged else ()
        return self._start(name, image, (*prefix, *command), environment, namespace, resolv_conf, log)

    def fork(  # noqa: PLR0913 - as the protocol has it
        self,
        server: ForkServer,
        name: str,
        module: str,
        *,
        environment: Mapping[str, str],
        log: Path,
        namespace: int | None = None,
        resolv_conf: Path | None = None,
        given: int | None = None,
    ) -> machinery.Process:
        """Start one of our servers in a container of its site, or another program of ours on this machine."""
        if module not in MODULES:
            return self._inner.fork(
                server, name, module, environment=environment, log=log, namespace=namespace,
                resolv_conf=resolv_conf, given=given,
            )  # fmt: skip
        command = ("python3", "-P", "-c", MAIN, module)
        return self._start(name, images.SERVICE, command, environment, namespace, resolv_conf, log)

    def run(  # noqa: PLR0913 - as the protocol has it
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        within_seconds: float,
        namespace: int | None = None,
        resolv_conf: Path | None = None,
        directory: Path | None = None,
        as_unprivileged: bool = False,
    ) -> Finished:
        """Run a command to its end, in a container or on this machine."""
        image = IMAGES.get(Path(command[0]).name)
        if image is None:
            return self._inner.run(
                name, command, environment=environment, within_seconds=within_seconds, namespace=namespace,
                resolv_conf=resolv_conf, directory=directory, as_unprivileged=as_unprivileged,
            )  # fmt: skip
        prefix = AS_UNPRIVILEGED if as_unprivileged else ()
        container = self._engine.start(self._wanted(name, image, (*prefix, *command), environment, namespace, None))
        try:
            with refused(f"run {name}"):
                status = container.wait(timeout=within_seconds)["StatusCode"]
                output, errors = container.logs(stderr=False), container.logs(stdout=False)
        finally:
            remove(container)
        return Finished(tuple(command), int(status), output.decode(errors="replace"), errors.decode(errors="replace"))

    def volume(self, place: Path, size_bytes: int) -> PlainDirectory:
        """Return a directory as it is."""
        return PlainDirectory(place)

    def _start(  # noqa: PLR0913, PLR0917 - what a process is made of
        self,
        name: str,
        image: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        namespace: int | None,
        resolv_conf: Path | None,
        log: Path,
    ) -> ContainerProcess:
        """Start a container, and list it."""
        logged = (*INTO_LOG, str(log), *command)
        container = self._engine.start(self._wanted(name, image, logged, environment, namespace, resolv_conf, log))
        process = ContainerProcess(name, container, log)
        with self._lock:
            self._all.append(process)
        return process

    def _wanted(  # noqa: PLR0913, PLR0917 - as above
        self,
        name: str,
        image: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        namespace: int | None,
        resolv_conf: Path | None,
        log: Path | None = None,
    ) -> Wanted:
        """Describe a container; without a namespace it has no network."""
        mounts = [Mount(self._run.directory, mode="rw"), Mount(cache_directory(), mode="rw")]
        if log is not None and not log.is_relative_to(self._run.directory):
            mounts.append(Mount(log.parent, mode="rw"))
        if resolv_conf is not None:
            mounts.append(Mount(resolv_conf, seen=RESOLV_CONF))
        if image == images.SERVICE:
            mounts.append(Mount(Path(ziggie_harness.__file__).parent, seen=CODE))
        network = NO_NETWORK if namespace is None else f"container:{self._pods[namespace].container.id}"
        marks = {process_table.RUN_VARIABLE: self._run.id}
        return Wanted(
            image,
            name,
            command,
            network=network,
            environment={**environment, **marks},
            mounts=mounts,
            entrypoint=(),
            unconfined=AS_UNPRIVILEGED[0] in command,
        )
