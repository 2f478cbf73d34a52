"""Supervised processes: started in a region, frozen, killed, and never alive longer than the harness.

Where the kernel permits it, all of them live in a PID namespace whose first process, the anchor, reads a pipe that
only this process can write to. When the harness ends, also by ``kill -9``, the anchor reads the end of the pipe and
ends, and the kernel kills everything in the namespace, stopped processes included.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, TypeVar

from ziggie_harness.kernel import namespaces, process_table
from ziggie_harness.kernel.disguise import Disguise
from ziggie_harness.kernel.family import Family, send
from ziggie_harness.kernel.namespaces import Kind
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from ziggie_harness.kernel.runs import Run

Result = TypeVar("Result")

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
_TAIL_BYTES = 65_536
_END_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ran to its end."""

    command: tuple[str, ...]
    status: int
    """Its exit status, negative when a signal ended it."""
    output: str
    errors: str

    def succeeded(self) -> Self:
        """Return itself when its status is 0; LabError with its last words otherwise."""
        if self.status != 0:
            words = (self.errors.strip() or self.output.strip())[-2000:]
            raise LabError(f"`{' '.join(self.command)}` ended with status {self.status}", words)
        return self


class Process:
    """A supervised process with all that descends from it. Made by ``Supervisor.spawn``."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], family: Family, log: Path | None) -> None:
        self.name = name
        self.log = log
        self._popen = popen
        self._family = family
        self._frozen = False
        self._lock = threading.RLock()

    @property
    def pid(self) -> int:
        """Its number, as this process sees it."""
        return self._popen.pid

    @property
    def frozen(self) -> bool:
        """Whether ``freeze`` stopped it."""
        return self._frozen

    def alive(self) -> bool:
        """Whether the process itself has not ended; a frozen one is alive."""
        return self._popen.poll() is None

    def members(self) -> frozenset[int]:
        """Find the living of its family: itself, its session, its descendants, the daemons that left it."""
        return self._family.members()

    def wait(self, within_seconds: float) -> int:
        """Wait for its end and return the exit status; LabError when it does not come."""
        try:
            return self._popen.wait(within_seconds)
        except subprocess.TimeoutExpired as error:
            words = " | ".join(self.tail(5)) or "it said nothing"
            raise LabError(
                f"{self.name} did not end within {within_seconds:g} s", words, "grant more, or kill it"
            ) from error

    def freeze(self) -> None:
        """Stop it and all its descendants where they are; LabError when it has ended or is frozen."""
        with self._lock:
            if self._frozen:
                raise LabError(f"{self.name} is frozen already", hint="thaw it before it is frozen again")
            if not self.alive():
                raise LabError(f"{self.name} cannot be frozen", "it has ended", f"read its log, {self.log}")
            self._family.stop()
            self._frozen = True

    def thaw(self) -> None:
        """Let it and all its descendants go on; LabError when it is not frozen."""
        with self._lock:
            if not self._frozen:
                raise LabError(f"{self.name} is not frozen", hint="thaw only what was frozen")
            self._family.resume()
            self._frozen = False

    def kill(self) -> None:
        """End it and all its descendants at once, without a chance to clean up; nothing happens when all ended."""
        with self._lock:
            killed = self._family.kill()
            self._popen.wait(_END_SECONDS)
            process_table.await_state(killed, lambda row: row.dead, "die")
            self._frozen = False

    def reap(self) -> None:
        """Take the exit status of a process that was killed with its namespace."""
        self._popen.wait(_END_SECONDS)

    def terminate(self, number: signal.Signals = signal.SIGTERM, *, within_seconds: float) -> int:
        """Ask it to end and return its exit status; when it does not, it is killed and LabError raised.

        Descendants that it left behind are killed in any case.
        """
        if self._frozen:
            raise LabError(f"{self.name} cannot end by itself", "it is frozen", "thaw it first, or kill it")
        try:
            if self.alive():
                send(self.pid, number)
            return self.wait(within_seconds)
        finally:
            self.kill()

    def tail(self, lines: int = 20) -> tuple[str, ...]:
        """Read the last lines that it and its descendants logged."""
        if self.log is None or not self.log.exists():
            return ()
        with self.log.open("rb") as stream:
            stream.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            return tuple(stream.read().decode(errors="replace").splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class _Order:
    """What the spawner's thread needs to start a process."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    namespace: int | None
    resolv_conf: Path | None
    directory: Path | None
    as_unprivileged: bool
    pass_fds: tuple[int, ...] = ()


class Supervisor:
    """Starts processes for the time of a block, and ends every one of them with it."""

    def __init__(self, run: Run) -> None:
        """Supervise for a run, which gives the identity and the directory."""
        self._run_id = run.id
        self._disguise = Disguise(run.directory)
        self._processes: list[Process] = []
        self._lock = threading.Lock()
        self._started = 0
        self._anchor: subprocess.Popen[bytes] | None = None
        self._prefix: tuple[str, ...] = ()

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
        for undo in [*kills, self._disguise.close, self._spawner.shutdown]:
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
        order = _Order(tuple(command), environment, namespace, resolv_conf, directory, as_unprivileged, tuple(pass_fds))
        with log.open("ab") as stream:
            return self._start(name, order, stream, log)

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
        order = _Order(tuple(command), environment, namespace, resolv_conf, directory, as_unprivileged)
        process = self._start(name, order, subprocess.PIPE, None)
        popen = process._popen  # noqa: SLF001 - the two classes of this module share the one import of subprocess
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
        return Finished(
            order.command, popen.returncode, output.decode(errors="replace"), errors.decode(errors="replace")
        )

    def _start(self, name: str, order: _Order, output: IO[bytes] | int, log: Path | None) -> Process:
        """Have the spawner's thread start a process, and register it."""
        program, environment = order.command[0], self._environment(order.environment)
        # Asked here because the programs put in front of it would hide that it is missing.
        if not program.startswith(".") and shutil.which(program, path=environment["PATH"]) is None:
            raise LabError(f"cannot start {name}", f"no program {program}", "`ziggie doctor` tells what is installed")
        with self._lock:
            self._started += 1
            token = f"{self._run_id}/{self._started}"
        try:
            popen = self._spawner.submit(self._spawn, order, token, output).result()
        except OSError as error:
            raise namespaces.refusal(f"start {name}", error) from error
        process = Process(name, popen, Family(popen.pid, token, self._anchor.pid if self._anchor else None), log)
        with self._lock:
            self._processes.append(process)
        return process

    def _settle(self) -> None:
        """Prepare the spawner's thread: mounts of its own, the death signal, and a PID namespace with its anchor."""
        self._disguise.prepare()
        if _runs((*DIE_WITH_PARENT, "true")):
            self._prefix = DIE_WITH_PARENT
        try:
            namespaces.unshare(Kind.PROCESS)
        except OSError:
            return
        command = (*self._prefix, *_ANCHOR)
        self._anchor = subprocess.Popen(  # noqa: S603 - a constant command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env=self._environment({}),
            start_new_session=True,
        )

    def _spawn(self, order: _Order, token: str, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """Start a process from the spawner's thread, inside the namespaces that it wants."""
        with ExitStack() as stack:
            # Changing the mount namespace moves the thread to its root, hence the directory is always named.
            directory = order.directory or Path.cwd()
            stack.enter_context(self._disguise.worn(order.resolv_conf))
            if order.namespace is not None:
                stack.enter_context(namespaces.entered(order.namespace))
            # The death signal is forgotten when credentials change, so it comes after unshare.
            prefix = (*(AS_UNPRIVILEGED if order.as_unprivileged else ()), *self._prefix)
            return subprocess.Popen(  # noqa: S603 - the command is the caller's, and no shell reads it
                (*prefix, *order.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE if output == subprocess.PIPE else subprocess.STDOUT,
                cwd=directory,
                env={**self._environment(order.environment), process_table.PROCESS_VARIABLE: token},
                start_new_session=True,
                pass_fds=order.pass_fds,
            )

    def _environment(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Make the environment of a process: what is wanted, PATH, and the run it belongs to."""
        return {"PATH": os.environ.get("PATH", os.defpath), **wanted, process_table.RUN_VARIABLE: self._run_id}

    def _weigh_anchor(self) -> None:
        """Let the anchor go: the kernel then kills whatever is left in the PID namespace."""
        if self._anchor is not None and self._anchor.stdin is not None:
            self._anchor.stdin.close()

    def _reap_anchor(self) -> None:
        """Take the exit status of the anchor, which ends when everything in its namespace has."""
        if self._anchor is not None:
            self._anchor.wait(_END_SECONDS)


def _runs(command: Sequence[str]) -> bool:
    """Whether a command is there and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_END_SECONDS).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
