"""Real servers with tables and collections as large as a benchmark wants them, on this machine's loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ziggie_harness.backends.emulated import mongo_install, postgres_install
from ziggie_harness.backends.emulated.mongod import WallTime
from ziggie_harness.backends.emulated.templates import copy_directory
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.waiting import wait_until

LOOPBACK: Final = "127.0.0.1"

TICKS_PER_SECOND: Final = 100

LOADED_AT_ONCE: Final = 10_000

DOCUMENT_SIDES: Final = ("left_documents", "same_documents")
"""The databases whose rows have a jsonb column, too."""

_TABLE: Final = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer uuid NOT NULL, status text NOT NULL, amount numeric(12,2) NOT NULL,
    quantity int NOT NULL, placed timestamptz NOT NULL, paid boolean NOT NULL, note text, ratio float8)
"""
_ROWS: Final = """
INSERT INTO orders SELECT n, md5(n::text)::uuid, (array['new', 'paid', 'sent', 'back'])[1 + n %% 4],
    (n %% 100000) / 100.0, n %% 17, timestamptz '2026-01-01 00:00Z' + n * interval '1 second', n %% 3 = 0,
    'note ' || md5((n + 1)::text) || md5((n + 2)::text), n / 7.0
FROM generate_series(1, %s) n
"""
_ADDED: Final = """
INSERT INTO orders SELECT n, customer, status, amount, quantity, placed, paid, note, ratio
FROM orders, unnest(%s::bigint[]) n WHERE id = 1
"""


_DOCUMENTS: Final = """
ALTER TABLE orders ADD COLUMN payload jsonb;
UPDATE orders SET payload = jsonb_build_object('a', id, 'b', 'x' || id);
"""


@dataclass(frozen=True, slots=True)
class Store:
    """A server with three databases: left, the same, and one with differences."""

    url: str
    pid: int
    keys: frozenset[str]
    """The keys that differ, as the harness names them."""

    def cases(self) -> Iterator[tuple[str, str, frozenset[str]]]:
        """Yield what is compared with the left side: how it is called, its database, and the keys that differ."""
        yield "equal", "same_side", frozenset()
        yield "10 differ", "other_side", self.keys

    def cpu_seconds(self) -> float:
        """Return the processor time of the server, and of its children that have ended."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS_PER_SECOND


def differing(count: int) -> tuple[list[int], list[int], list[int]]:
    """Return ten numbers up to a count, spread over all: to change, to drop, to add."""
    step = count // 8
    return [step, 2 * step, 3 * step, count - 1], [4 * step, 5 * step, 6 * step], [count + 1, count + 2, count + 3]


@contextmanager
def postgres(directory: Path, rows: int) -> Iterator[Store]:
    """Start PostgreSQL with three tables of so many rows."""
    port = _free_port()
    with Run(directory / "state") as run, Supervisor(run) as supervisor:
        installation = postgres_install.find_installation(supervisor)
        data = directory / "data"
        copy_directory(postgres_install.template(installation, supervisor), data)
        (data / "pg_hba.conf").write_text(f"host all all {LOOPBACK}/32 trust\n")
        settings = {
            "listen_addresses": LOOPBACK, "port": port, "unix_socket_directories": "", "fsync": "off",
            "shared_buffers": "512MB", "max_wal_size": "4GB", "dynamic_shared_memory_type": "mmap",
            # Tables are vacuumed when they are made; a worker in between would count as work of a comparison.
            "autovacuum": "off",
        }  # fmt: skip
        command = [installation.program("postgres"), "-D", str(data)]
        command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        process = supervisor.spawn(
            "postgres", command, environment=postgres_install.ENVIRONMENT, log=directory / "log", as_unprivileged=True
        )
        url = f"postgresql://{postgres_install.ADMINISTRATOR}@{LOOPBACK}:{port}"
        _await("PostgreSQL", lambda: psycopg.connect(f"{url}/postgres").close(), psycopg.OperationalError)
        change, drop, add = differing(rows)
        _run(f"{url}/postgres", "CREATE DATABASE left_side")
        _run(f"{url}/left_side", _TABLE, (_ROWS, (rows,)), "VACUUM ANALYZE orders")
        for name in ("same_side", "other_side"):
            _run(f"{url}/postgres", f"CREATE DATABASE {name} TEMPLATE left_side STRATEGY file_copy")
        _run(
            f"{url}/other_side",
            ("UPDATE orders SET amount = amount + 1 WHERE id = ANY(%s)", (change,)),
            ("DELETE FROM orders WHERE id = ANY(%s)", (drop,)),
            (_ADDED, (add,)),
            "VACUUM ANALYZE orders",
        )  # fmt: skip
        for name in DOCUMENT_SIDES:
            _run(f"{url}/postgres", f"CREATE DATABASE {name} TEMPLATE left_side STRATEGY file_copy")
            _run(f"{url}/{name}", *_DOCUMENTS.strip().splitlines(), "VACUUM FULL ANALYZE orders")
        _run(f"{url}/postgres", "CHECKPOINT")
        yield Store(url, process.pid, frozenset(map(str, [*change, *drop, *add])))


@contextmanager
def mongo(directory: Path, documents: int) -> Iterator[Store]:
    """Start MongoDB with three collections of so many documents."""
    port = _free_port()
    with Run(directory / "state") as run, Supervisor(run) as supervisor:
        data = directory / "data"
        data.mkdir()
        command = [
            str(mongo_install.find_installation(supervisor).program),
            "--dbpath",
            str(data),
            "--bind_ip",
            LOOPBACK,
        ]
        command += ["--port", str(port)]
        command += ["--wiredTigerCacheSizeGB", "1", "--nounixsocket"]
        process = supervisor.spawn("mongod", command, environment={}, log=directory / "log")
        url = f"mongodb://{LOOPBACK}:{port}/?directConnection=true"
        with MongoClient[Any](url, serverSelectionTimeoutMS=500) as client:
            _await("MongoDB", lambda: client.admin.command("ping"), PyMongoError)
            for first in range(1, documents + 1, LOADED_AT_ONCE):
                numbers = range(first, min(first + LOADED_AT_ONCE, documents + 1))
                client.left_side.orders.insert_many(map(document, numbers), ordered=False)
            for name in ("same_side", "other_side"):
                client.left_side.orders.aggregate([{"$out": {"db": name, "coll": "orders"}}])
            change, drop, add = ([key(number) for number in each] for each in differing(documents))
            other = client.other_side.orders
            other.update_many({"_id": {"$in": change}}, {"$inc": {"amount": 0.25}})
            other.delete_many({"_id": {"$in": drop}})
            other.insert_many({**document(1), "_id": each} for each in add)
        yield Store(url, process.pid, frozenset(f'"{each}"' for each in [*change, *drop, *add]))


def document(number: int) -> dict[str, Any]:
    """Return an order of about 250 bytes."""
    return {
        "_id": key(number),
        "id": key(number),
        "status": "paid",
        "amount": number / 7,
        "note": f"note {number * 0x9E3779B97F4A7C15 % 2**128:032x}",
        "items": [{"sku": f"s{place}", "count": place + number % 5} for place in range(3)],
    }


def key(number: int) -> str:
    """Return the key of a document, so that keys sort as their numbers do."""
    return f"o{number:09d}"


def _run(url: str, *statements: str | tuple[str, tuple[Any, ...]]) -> None:
    """Run statements, each for itself."""
    with psycopg.connect(url, autocommit=True) as link:
        for statement in statements:
            text, values = (statement, None) if isinstance(statement, str) else statement
            link.execute(text.encode(), values)


def _await(name: str, ask: Callable[[], object], silence: type[Exception]) -> None:
    """Wait for a server's first answer."""

    def obstacle() -> str | None:
        try:
            ask()
        except silence as error:
            return str(error)
        return None

    wait_until(WallTime(), f"the first answer of {name}", obstacle, at_most_seconds=60)


def _free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
