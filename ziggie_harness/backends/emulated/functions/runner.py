"""One attempt of an invocation: a process in the function's region that has an event, a time limit and memory."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import threading
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ziggie_harness.backends.emulated.machinery import Process, Supervisor
from ziggie_harness.emulation.functions import records
from ziggie_harness.emulation.functions.function import LATEST, Function
from ziggie_harness.emulation.functions.records import Outcome
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.family import send
from ziggie_harness.kernel.processes import ForkServer
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.ports import Clock, Network

RUNTIME: Final = "ziggie_harness.backends.emulated.functions.runtime"

LOAD_SECONDS: Final = 60.0
"""For how long, in drill time, code may take to load; Lambda gives 10 s and then starts anew."""

PATIENCE_SECONDS: Final = 900.0
"""For how long, in wall time, a function may keep the clock from skipping: as long as Lambda lets any run."""

END_SECONDS: Final = 5.0
"""For how long, in wall time, the kernel may take to tell how a process ended."""

STACK_SECONDS: Final = 0.05
"""How often, in wall time, somebody looks whether a function that took too long has said where it is."""

RETRY_MODE: Final = "standard"
"""The retry mode of botocore, pinned: its default changed from legacy to standard within the 1.4x versions."""

PIECE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Ground:
    """What functions run on."""

    clock: Clock
    network: Network
    supervisor: Supervisor
    link: ClockServer
    certificates: CertificateAuthority
    resolv_conf: Callable[[str], Path | None]
    """Makes the file by which what runs in a site resolves names."""
    nursery: ForkServer
    """It has imported the runtime and boto3."""
    directory: Path
    """Where the code goes; it goes with the run."""
    logs: Path


class Runner:
    """Runs functions, each attempt in a process that nothing is left of; safe to use from every thread."""

    def __init__(self, ground: Ground, credentials: Callable[[Function], Mapping[str, str]]) -> None:
        """Prepare; ``credentials`` makes those of a function's role, as variables of its environment."""
        self._ground, self._credentials = ground, credentials
        self._unpacking = threading.Lock()

    def run(self, function: Function, request: str, attempt: int, event: str) -> Outcome:
        """Let a function answer an event once; the calling thread has to be an actor of the clock."""
        log = self._ground.logs / f"function-{function.name}-{request}-{attempt}.log"
        token = f"function {function.name} {request} {attempt}"
        began = self._ground.clock.now()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours:
            with theirs:
                process = self._ground.supervisor.fork(
                    self._ground.nursery,
                    token,
                    RUNTIME,
                    environment=self._environment(function, token),
                    log=log,
                    namespace=self._ground.network.descriptor(function.region),
                    resolv_conf=self._ground.resolv_conf(function.region),
                    given=theirs.fileno(),
                )
            try:
                ours.sendall(json.dumps(_told(function, request, event)).encode() + b"\n")
                outcome = self._outcome(function, request, _Line(self._ground, process, token, ours))
            finally:
                process.kill()
        return replace(outcome, log=_tail(log), seconds=self._ground.clock.now() - began)

    def _outcome(self, function: Function, request: str, line: _Line) -> Outcome:
        """Wait until an attempt has ended, by itself or by its time limit."""
        limit: float = function.settings.timeout_seconds
        try:
            said = line.next(LOAD_SECONDS)
            if said and "loaded" in said:
                said = line.next(limit)
        except EOFError:
            return records.ended_itself(request, line.status(), "", 0.0)
        if said is None:
            line.show_stack()
            return records.timed_out(request, limit, "", limit)
        return Outcome(str(said["returned"]), str(said.get("error", "")), str(said.get("message", "")), "", 0.0)

    def _environment(self, function: Function, token: str) -> Mapping[str, str]:
        """Return the environment of a function: what Lambda's runtime defines, and what the lab needs."""
        settings, authority = function.settings, str(self._ground.certificates.certificate_path)
        return {
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **settings.environment,
            **self._credentials(function),
            **self._ground.link.environment(token),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_megabytes),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}",
            "_HANDLER": settings.handler,
            "LAMBDA_TASK_ROOT": str(self._code(function)),
            "AWS_RETRY_MODE": RETRY_MODE,
            "AWS_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _code(self, function: Function) -> Path:
        """Unpack a function's code, once for each version of it; return where it is."""
        digest = function.code_sha256.replace("/", "_")
        place = self._ground.directory / function.region / function.name / digest
        with self._unpacking:  # two invocations may begin at the same moment
            if not place.exists():
                with zipfile.ZipFile(io.BytesIO(function.archive)) as archive:
                    archive.extractall(place)
        return place


class _Line:
    """The line to a process that answers an event."""

    def __init__(self, ground: Ground, process: Process, token: str, connection: socket.socket) -> None:
        self._ground, self._process, self._token, self._connection = ground, process, token, connection
        self._read = bytearray()

    def next(self, within_seconds: float) -> dict[str, Any] | None:
        """Return the next line that it says, or None when it says none in that drill time; EOFError when it ended."""
        until = self._ground.clock.now() + within_seconds
        with self._ground.clock.hold(self._at_work, PATIENCE_SECONDS):
            while b"\n" not in self._read:
                if self._ground.clock.await_socket(self._connection, writable=False, until_seconds=until):
                    piece = self._connection.recv(PIECE_BYTES)
                    if not piece:
                        raise EOFError
                    self._read += piece
                elif self._ground.clock.now() >= until:
                    return None
        said, _, rest = self._read.partition(b"\n")
        self._read = bytearray(rest)
        answer: dict[str, Any] = json.loads(said)
        return answer

    def status(self) -> int:
        """Return how the process ended."""
        return self._process.wait(END_SECONDS)

    def show_stack(self) -> None:
        """Have it write into its log where it is; Lambda does not, but whoever reads the evidence wants to know."""
        log = self._process.log
        if log is None:
            return
        before = seen = log.stat().st_size
        send(self._process.pid, signal.SIGUSR1)
        self._connection.settimeout(STACK_SECONDS)
        for _ in range(round(END_SECONDS / STACK_SECONDS)):
            with suppress(TimeoutError):
                self._connection.recv(1)
            size = log.stat().st_size
            if size == seen > before:
                return
            seen = size

    def _at_work(self) -> str | None:
        """Say that it works, unless it sleeps; what threads or children of it do meanwhile is not waited for."""
        return None if self._ground.link.resting(self._token) else "the owner's function works"


def _told(function: Function, request: str, event: str) -> Mapping[str, object]:
    """Return what the runtime is told of an invocation."""
    return {
        "name": function.name,
        "version": LATEST,
        "arn": function.arn,
        "handler": function.settings.handler,
        "memory_megabytes": function.settings.memory_megabytes,
        "timeout_seconds": function.settings.timeout_seconds,
        "request": request,
        "event": event,
    }


def _tail(log: Path) -> str:
    """Return the end of a log."""
    content = log.read_bytes() if log.exists() else b""
    return content[-records.TAIL_BYTES :].decode(errors="replace")
