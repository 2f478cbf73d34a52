"""Real databases to compare, without a network: PostgreSQL behind a socket in a directory."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ziggie_harness.backends.emulated.postgres_install import (
    ADMINISTRATOR,
    ENVIRONMENT,
    Installation,
    find_installation,
    installation_obstacle,
    template,
)
from ziggie_harness.backends.emulated.templates import copy_directory
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.parity.postgres import compare_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ziggie_harness.model.parity import StoreParity
    from ziggie_harness.parity.postgres_catalog import Link

SETTINGS = {
    "fsync": "off",
    "listen_addresses": "",
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "16MB",
    "max_wal_size": "1GB",
}


@dataclass
class Postgres:
    """One server with as many databases as a test asks for."""

    directory: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def connect(self, database: str, user: str = ADMINISTRATOR) -> Link:
        """Connect to a database."""
        options: dict[str, Any] = {"host": str(self.directory), "dbname": database, "user": user}
        return psycopg.connect(**options)

    def database(self, *statements: str, copied: str = "template0") -> str:
        """Make a database, run statements in it, and return its name."""
        name = f"parity_{next(self.numbers)}"
        with self.connect("postgres") as link:
            link.autocommit = True
            link.execute(f"CREATE DATABASE {name} TEMPLATE {copied}".encode())
        self.run(name, *statements)
        return name

    def run(self, database: str, *statements: str) -> None:
        """Run statements in a database."""
        with self.connect(database) as link:
            for statement in statements:
                link.execute(statement.encode())

    def compared(self, left: str, right: str, **options: Any) -> StoreParity:  # noqa: ANN401 - handed on
        """Compare two of its databases."""
        return compare_postgres(lambda: self.connect(left), lambda: self.connect(right), **options)


def started(stack: ExitStack, directory: Path, choose: Callable[[Installation], Installation]) -> Postgres:
    """Start a server, with the installation that is chosen."""
    supervisor = stack.enter_context(Supervisor(stack.enter_context(Run(directory / "state"))))
    installation = choose(find_installation(supervisor))
    data = directory / "data"
    copy_directory(template(installation, supervisor), data)
    (data / "pg_hba.conf").write_text("local all all trust\n")
    options = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
    command = [
        installation.program("postgres"),
        "-D",
        str(data),
        "-c",
        f"unix_socket_directories={directory}",
        *options,
    ]
    supervisor.spawn("postgres", command, environment=ENVIRONMENT, log=directory / "log", as_unprivileged=True)
    server = Postgres(directory)

    def obstacle() -> str | None:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError as error:
            return str(error)
        return None

    with DrillClock(skips=False) as clock, clock.actor("test"):
        wait_until(clock, "PostgreSQL's first answer", obstacle, at_most_seconds=60, every_seconds=0.1)
    return server


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Start PostgreSQL; skip where there is none."""
    if obstacle := installation_obstacle():
        pytest.skip(obstacle)
    with ExitStack() as stack:
        yield started(stack, tmp_path_factory.mktemp("pg"), lambda found: found)
