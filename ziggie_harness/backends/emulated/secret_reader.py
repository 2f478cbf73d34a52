"""The application that reads secrets, in a region: the owner's client in a process of its own, in real time.

Its waits are real and cannot be skipped, for they are the owner's code and not ours. So it is given up after a
patience: that it has not come back by then is all that there is to know, and the rest of its wait would show nothing.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import ziggie_harness.service
from ziggie_harness.backends.emulated.machinery import Process, Supervisor
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.secret_events import SecretAsked
from ziggie_harness.ports import Clock

SCRIPT: Final = Path(ziggie_harness.service.__file__).parent / "secret_application.py"
CLIENTS: Final = Path(__file__).parents[2] / "fixtures" / "data" / "secrets"

START_SECONDS: Final = 60.0
"""How long, in wall time, an application may take to start: it imports boto3."""


class SecretReader:
    """The application of one region. It starts when it is asked first, and again after it was given up."""

    def __init__(  # noqa: PLR0913 - each is a part of the lab that it needs
        self,
        clock: Clock,
        supervisor: Supervisor,
        region: str,
        namespace: Callable[[], int | None],
        *,
        files: tuple[Path, Path | None],
        environment: Mapping[str, str],
    ) -> None:
        """Prepare it; ``files`` are its log and the resolv.conf that it sees."""
        self._clock, self._supervisor = clock, supervisor
        self._region, self._namespace = region, namespace
        self._log, self._resolv_conf = files
        self._environment = environment
        self._process: Process | None = None
        self._connection: socket.socket | None = None

    def ask(self, name: str, client: str, patience_seconds: float) -> SecretAsked:
        """Have it ask for a secret by one of the owner's clients, and tell what came of it."""
        self._start(client)
        started = self._clock.now()
        try:
            answer = self._exchange(name, patience_seconds)
        except TimeoutError:
            self.close()
            reason = f"it had not come back after {patience_seconds:g} s, and was given up"
            return SecretAsked(self._region, name, started, answered=False, digest="", reason=reason)
        return SecretAsked(
            self._region, name, started, answered=not answer["error"], digest=answer["digest"], reason=answer["error"]
        )

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def _start(self, client: str) -> None:
        """Start it unless it runs; LabError when the owner's file cannot be loaded."""
        if self._process is not None and self._process.alive():
            return
        self.close()
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = self._supervisor.spawn(
                f"application {self._region}",
                (sys.executable, "-I", "-B", str(SCRIPT)),
                environment={
                    **self._environment,
                    "ZIGGIE_DESCRIPTOR": str(theirs.fileno()),
                    "ZIGGIE_SECRET_CLIENT": str(CLIENTS / f"{client.replace('-', '_')}.py"),
                },
                log=self._log,
                namespace=self._namespace(),
                resolv_conf=self._resolv_conf,
                pass_fds=(theirs.fileno(),),
            )
        try:
            self._line(START_SECONDS)
        except TimeoutError as error:
            raise LabError(
                f"the application of {self._region} does not start", str(error), f"read {self._log}"
            ) from error

    def _exchange(self, name: str, patience_seconds: float) -> Mapping[str, Any]:
        """Send a question and return the answer; TimeoutError when none comes in the patience, in wall time."""
        if self._connection is None:
            raise LabError(f"the application of {self._region} does not run")
        self._connection.sendall(f"{name}\n".encode())
        answer: Mapping[str, Any] = json.loads(self._line(patience_seconds))
        return answer

    def _line(self, within_seconds: float) -> str:
        """Return the next line that it says; TimeoutError when it says none, LabError when it ended."""
        if self._connection is None:
            raise LabError(f"the application of {self._region} does not run")
        self._connection.settimeout(within_seconds)
        said = bytearray()
        while not said.endswith(b"\n"):
            piece = self._connection.recv(4096)
            if not piece:
                words = " | ".join(self._process.tail(5)) if self._process else ""
                raise LabError(f"the application of {self._region} has ended", words, f"read {self._log}")
            said += piece
        return said.decode().rstrip("\n")
