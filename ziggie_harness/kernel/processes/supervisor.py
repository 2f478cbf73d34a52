"""Supervised processes: started in a region, frozen, killed, and never alive longer than the harness.

Where the kernel permits it, all of them live in a PID namespace whose first process, the anchor, reads a pipe that
only this process can write to. When the harness ends, also by ``kill -9``, the anchor reads the end of the pipe and
ends, and the kernel kills everything in the namespace, stopped processes included.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, TypeVar

from ziggie_harness.kernel import namespaces, process_table
from ziggie_harness.kernel.disguise import Disguise
from ziggie_harness.kernel.family import Family
from ziggie_harness.kernel.forking import Order
from ziggie_harness.kernel.namespaces import Kind
from ziggie_harness.kernel.processes.process import END_SECONDS, Child, Finished, Process
from ziggie_harness.kernel.volumes import Directory, Volume
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from ziggie_harness.kernel.processes.fork_server import Forked, ForkServer
    from ziggie_harness.kernel.runs import Run

Started = TypeVar("Started", bound=Child)

AS_UNPRIVILEGED = ("unshare", "--user", "--ipc", "--map-user=65534", "--map-group=65534", "--")
"""Lets a program that refuses root see itself as nobody, while its files stay ours (unshare(1)).

Shared memory of System V would outlive a killed program for ever; in an IPC namespace of its own it goes with it.
"""

DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")
"""Has the kernel kill a program when the thread that started it ends (setpriv(1), PR_SET_PDEATHSIG)."""

# Reads to the end of its input. Where env(1) can have it ignore the death of children, the kernel reaps the orphans
# that hang on it; elsewhere they stay as zombies until it ends. Shells cannot: dash never ignores SIGCHLD.
_REAP = "env --ignore-signal=CHLD"
_ANCHOR = ("sh", "-c", f"{_REAP} true 2>/dev/null && exec {_REAP} cat; exec cat")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a process starts, and what it is told."""

    environment: Mapping[str, str]
    namespace: int | None
    resolv_conf: Path | None
    directory: Path | None


class Supervisor:
    """Starts processes for the time of a block, and ends every one of them with it."""

    def __init__(self, run: Run) -> None:
        """Supervise for a run, which gives the identity and the directory."""
        self._run_id = run.id
        self._disguise = Disguise(run.directory)
        self._processes: list[Process] = []
        self._volumes: list[Volume] = []
        self._lock = threading.Lock()
        self._started = 0
        self._anchor: subprocess.Popen[bytes] | None = None
        self._prefix: tuple[str, ...] = ()
        self._unprivileged: tuple[str, ...] = AS_UNPRIVILEGED

    def __enter__(self) -> Self:
        """Start the thread from which everything is spawned, and the anchor."""
        # Namespaces belong to threads, and so does the death signal: this thread lives as long as the processes.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
        try:
            self._spawner.submit(self._settle).result()
        except BaseException:
            self._spawner.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End everything, last started first; a failure here never hides the error that ended the block."""
        failures: list[Exception] = []
        kills: list[Callable[[], None]] = [process.kill for process in reversed(self._processes)]
        if self._anchor is not None:
            # Without its anchor the kernel kills the whole namespace at once. It waits until all statuses were taken,
            # so the anchor's own comes last.
            kills = [self._weigh_anchor, *(process.reap for process in self._processes), self._reap_anchor]
        volumes = [volume.close for volume in self._volumes]
        for undo in [*kills, *volumes, self._disguise.close, self._spawner.shutdown]:
            try:
                undo()
            except (LabError, OSError, subprocess.TimeoutExpired) as failure:
                failures.append(failure)
        if error is not None:
            for each in failures:
                error.add_note(f"and while its processes were ended: {each}")
        elif failures:
            for each in failures[1:]:
                failures[0].add_note(f"and then: {each}")
            raise failures[0]

    @property
    def containment(self) -> str:
        """What ends the processes when the harness is killed."""
        if self._anchor is not None:
            return "a PID namespace"
        return "the death signal" if self._prefix else "`ziggie sweep` alone"

    def spawn(  # noqa: PLR0913 - each is an independent property of a process, and each is named
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
    ) -> Process:
        """Start a process whose output is appended to ``log``; LabError when it cannot be started.

        ``namespace`` is the descriptor of a network namespace. With ``resolv_conf`` the process sees that file as
        /etc/resolv.conf and resolves names by it alone. Of this process's environment it inherits nothing but PATH.
        ``as_unprivileged`` is for programs that refuse root, such as PostgreSQL. ``pass_fds`` stay open in it.
        """
        _require(name, command, environment)
        place = _Place(environment, namespace, resolv_conf, directory)
        with log.open("ab") as stream:
            execute = self._execution(command, stream, as_unprivileged=as_unprivileged, pass_fds=pass_fds)
            return self._start(name, place, execute, log)[0]

    def fork(  # noqa: PLR0913 - as for spawn
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
    ) -> Process:
        """Start the ``main`` of a Python module, as ``spawn`` would start a command, without the cost of its imports.

        Its standard input is the descriptor ``given``, without one it is empty. A module that is missing or fails says
        so in the log, and the process ends.
        """
        place = _Place(environment, namespace, resolv_conf, None)
        with log.open("ab") as stream:

            def fork(variables: Mapping[str, str], where: Path) -> Forked:
                return server.fork(Order(module, variables, str(where)), stream.fileno(), given)

            return self._start(name, place, fork, log)[0]

    def run(  # noqa: PLR0913 - as for spawn
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
        """Run a command to its end, as ``spawn`` would start it; LabError, and it is killed, when it takes longer.

        It has ended when its output is closed: a daemon that it leaves must not keep the output open.
        """
        _require(name, command, environment)
        place = _Place(environment, namespace, resolv_conf, directory)
        execute = self._execution(command, subprocess.PIPE, as_unprivileged=as_unprivileged)
        process, popen = self._start(name, place, execute, None)
        try:
            output, errors = popen.communicate(timeout=within_seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            said = b"".join(popen.communicate()).decode(errors="replace")[-2000:]
            raise LabError(f"{name} did not end within {within_seconds:g} s", said or "it said nothing") from error
        if self._anchor is not None:
            # Should it have left a daemon, the anchor still holds that; without one the process stays on the list.
            with self._lock:
                self._processes.remove(process)
        words = (output.decode(errors="replace"), errors.decode(errors="replace"))
        return Finished(tuple(command), popen.returncode, *words)

    def volume(self, place: Path, size_bytes: int) -> Volume | Directory:
        """Put a file system of a bounded size at an existing directory, for all processes that are started later.

        Where this host refuses that, the directory itself serves, which has no bound and cannot be filled.
        """
        if self._disguise.refusal is not None:
            return Directory(place, str(self._disguise.refusal))
        volume = Volume(place, size_bytes, lambda call: self._spawner.submit(call).result())
        with self._lock:
            self._volumes.append(volume)
        return volume

    def _start(
        self, name: str, place: _Place, start: Callable[[Mapping[str, str], Path], Started], log: Path | None
    ) -> tuple[Process, Started]:
        """Have the spawner's thread start a process, and register it."""
        with self._lock:
            self._started += 1
            token = f"{self._run_id}/{self._started}"
        try:
            child = self._spawner.submit(self._start_inside, place, token, start).result()
        except OSError as error:
            raise namespaces.refusal(f"start {name}", error) from error
        process = Process(name, child, Family(child.pid, token, self._anchor.pid if self._anchor else None), log)
        with self._lock:
            self._processes.append(process)
        return process, child

    def _settle(self) -> None:
        """Prepare the spawner's thread: mounts of its own, the death signal, and a PID namespace with its anchor."""
        self._disguise.prepare()
        if _runs((*DIE_WITH_PARENT, "true")):
            self._prefix = DIE_WITH_PARENT
        try:
            namespaces.unshare(Kind.PROCESS)
        except OSError:
            if os.geteuid() != 0:
                self._unprivileged = ()  # no program takes this user for root
            return
        command = (*self._prefix, *_ANCHOR)
        self._anchor = subprocess.Popen(  # noqa: S603 - a constant command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env=self._environment({}, f"{self._run_id}/anchor"),
            start_new_session=True,
        )

    def _start_inside(self, place: _Place, token: str, start: Callable[[Mapping[str, str], Path], Started]) -> Started:
        """Start a process from the spawner's thread, inside the namespaces that it wants."""
        with ExitStack() as stack:
            # Changing the mount namespace moves the thread to its root, hence the directory is always named.
            directory = place.directory or Path.cwd()
            stack.enter_context(self._disguise.worn(place.resolv_conf))
            if place.namespace is not None:
                stack.enter_context(namespaces.Visit(place.namespace))
            return start(self._environment(place.environment, token), directory)

    def _execution(
        self, command: Sequence[str], output: IO[bytes] | int, *, as_unprivileged: bool, pass_fds: Sequence[int] = ()
    ) -> Callable[[Mapping[str, str], Path], subprocess.Popen[bytes]]:
        """Return what executes a command on the spawner's thread."""
        # The death signal is forgotten when credentials change, so it comes after unshare.
        prefix = (*(self._unprivileged if as_unprivileged else ()), *self._prefix)

        def execute(environment: Mapping[str, str], directory: Path) -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603 - the command is the caller's, and no shell reads it
                (*prefix, *command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE if output == subprocess.PIPE else subprocess.STDOUT,
                cwd=directory,
                env=environment,
                start_new_session=True,
                pass_fds=pass_fds,
            )

        return execute

    def _environment(self, wanted: Mapping[str, str], token: str) -> dict[str, str]:
        """Make the environment of a process: the run and family it belongs to, PATH, and what is wanted."""
        marks = {process_table.RUN_VARIABLE: self._run_id, process_table.PROCESS_VARIABLE: token}
        # The marks come first, where /proc has room for them in any case, and are the last word.
        return {**marks, "PATH": _path(), **wanted, **marks}

    def _weigh_anchor(self) -> None:
        """Let the anchor go: the kernel then kills whatever is left in the PID namespace."""
        if self._anchor is not None and self._anchor.stdin is not None:
            self._anchor.stdin.close()

    def _reap_anchor(self) -> None:
        """Take the exit status of the anchor, which ends when everything in its namespace has."""
        if self._anchor is not None:
            self._anchor.wait(END_SECONDS)


def _path() -> str:
    """Tell where programs are looked for."""
    return os.environ.get("PATH", os.defpath)


def _require(name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Find a command's program; the programs put in front of it would hide that it is missing."""
    program, path = command[0], environment.get("PATH", _path())
    if not program.startswith(".") and shutil.which(program, path=path) is None:
        raise LabError(f"cannot start {name}", f"no program {program}", "`ziggie doctor` tells what is installed")


def _runs(command: Sequence[str]) -> bool:
    """Whether a command is there and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=END_SECONDS).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
