"""A lab of one machine: a drill clock with a link, a real PostgreSQL, the service and the witness on loopback."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated.postgres_install import find_installation, installation_obstacle
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.processes import Process, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.http_exchange import Reply, Request, exchange
from ziggie_harness.lab.wire import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

LOOPBACK = "127.0.0.1"
SCHEMA = Path(__file__).parents[2] / "ziggie_harness" / "service" / "schema.sql"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass
class LoopbackPaths:
    """Paths that enter nothing, and are stalled where a test says so."""

    stuck: dict[int, str] = field(default_factory=dict)

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Enter nothing."""
        assert site
        return nullcontext()

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return the same."""
        return address, port

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Leave the socket as it is."""

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return what the test says of a port."""
        assert site
        assert address
        return self.stuck.get(port)


class Lab:
    """What the tests of the service have at hand."""

    def __init__(self, directory: Path, stack: ExitStack, supervisor: Supervisor) -> None:
        """Start the clock and its link."""
        self.directory, self.supervisor = directory, supervisor
        self.clock = stack.enter_context(DrillClock())
        self.paths = LoopbackPaths()
        self.link = stack.enter_context(ClockServer(self.clock, directory / "clock", self.paths.stalled))
        stack.enter_context(self.clock.actor("test"))
        self.authority = CertificateAuthority(directory / "authority")
        self.certificate = self.authority.issue(["api.ziggie.ai"], [LOOPBACK])
        self.context = self.authority.client_context()

    def program(self, module: str, port: int, environment: Mapping[str, str]) -> Process:
        """Start a program and wait until it listens."""
        variables = {
            "ZIGGIE_LISTEN": f"{LOOPBACK}:{port}",
            "ZIGGIE_CERTIFICATE": str(self.certificate.certificate_path),
            "ZIGGIE_KEY": str(self.certificate.key_path),
            "PATH": os.environ["PATH"],
            **self.link.environment(f"{module} {port}"),
            **environment,
        }
        command = [sys.executable, "-m", f"ziggie_harness.service.{module}"]
        log = self.directory / f"{module}-{port}.log"
        process = self.supervisor.spawn(
            f"{module} {port}", command, namespace=None, environment=variables, log=log, directory=SCHEMA.parents[2]
        )
        self.settle(port, process)
        return process

    def settle(self, port: int, process: Process) -> None:
        """Wait until somebody listens on a port."""
        until = self.clock.now() + 20.0
        while self.clock.now() < until and process.alive():
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    return
        pytest.fail("\n".join(process.tail()))

    def ask(self, port: int, method: str, path: str, body: bytes = b"") -> Reply:
        """Make one request over a new TLS connection."""
        with Line(self.clock, self.paths, "internet", LOOPBACK, port) as line:
            until = self.clock.now() + 4.0
            line.connect(until)
            line.start_tls(self.context, "api.ziggie.ai", until)
            request = Request(method, path, "api.ziggie.ai", {}, body)
            return exchange(self.clock, line, request, head_seconds=10.0, body_seconds=10.0)


@dataclass(frozen=True)
class Postgres:
    """A server on loopback, its process and its client program."""

    port: int
    process: Process
    supervisor: Supervisor
    psql: str

    def execute(self, statement: str) -> str:
        """Run a statement as its superuser."""
        command = [self.psql, "-h", LOOPBACK, "-p", str(self.port), "-U", "ziggie", "-d", "postgres", "-Atc", statement]
        environment = {"PATH": os.environ["PATH"]}
        finished = self.supervisor.run("psql", command, namespace=None, environment=environment, within_seconds=20.0)
        return finished.succeeded().output.strip()


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    """Give processes that do not outlive the module."""
    with Run() as run, Supervisor(run) as supervisor:
        yield supervisor


@pytest.fixture(scope="module")
def postgres(supervisor: Supervisor, tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    """Start a PostgreSQL with the service's schema."""
    if obstacle := installation_obstacle():
        pytest.skip(obstacle)
    directory = tmp_path_factory.mktemp("postgres") / "data"
    installation = find_installation(supervisor)
    environment = {"PATH": os.environ["PATH"]}
    port = free_port()
    initdb = [installation.program("initdb"), "-D", str(directory), "-U", "ziggie", "-A", "trust", "--no-sync"]
    supervisor.run(
        "initdb", initdb, namespace=None, environment=environment, within_seconds=60.0, as_unprivileged=True
    ).succeeded()
    # A killed server would leave its POSIX shared memory behind; a mapped file goes with its directory.
    memory = ["-c", "dynamic_shared_memory_type=mmap"]
    options = ["-c", "fsync=off", "-c", "unix_socket_directories=", *memory, "-c", f"port={port}", "-h", LOOPBACK]
    process = supervisor.spawn(
        "postgres",
        [installation.program("postgres"), "-D", str(directory), *options],
        namespace=None,
        environment=environment,
        log=directory.parent / "log",
        as_unprivileged=True,
    )
    server = Postgres(port, process, supervisor, installation.program("psql"))
    for _ in range(200):
        try:
            server.execute(SCHEMA.read_text())
        except Exception:  # noqa: BLE001, S112 - it is starting; the last attempt below raises
            continue
        return server
    pytest.fail("\n".join(process.tail()))


@pytest.fixture
def lab(tmp_path: Path, supervisor: Supervisor) -> Iterator[Lab]:
    """Give a clock with a link, certificates and a client."""
    with ExitStack() as stack:
        yield Lab(tmp_path, stack, supervisor)
