"""Load on a database of the lab: the program that writes, and the pages in which its writes are read back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from ziggie_harness.backends.emulated.data_tier import DataTier
from ziggie_harness.backends.emulated.mongo_session import Document
from ziggie_harness.backends.emulated.mongod import MongoServer
from ziggie_harness.backends.emulated.postgres_session import Session
from ziggie_harness.backends.emulated.programs import LOAD, POOLER, Description, Program, written
from ziggie_harness.kernel.clock import wall_seconds
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.sites import SERVICE_HOST, site_named
from ziggie_harness.model.database_events import TransfersRead
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, Clock, Network

START_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.005
"""For how long, in wall time, the first write is waited for, and between two looks for it."""

END_SECONDS: Final = 60.0
"""Until when, in drill time, a load has ended that was told to: longer than its clients' patience."""

PAGE: Final = 10_000
"""How many numbers are in memory while all of them are read."""

TRANSFERS: Final = """
WITH sums AS (SELECT transfer, sum(amount) AS left_over FROM postings GROUP BY transfer)
SELECT count(*), count(*) FILTER (WHERE left_over <> 0),
    (SELECT string_agg(transfer::text, ' ') FROM (SELECT transfer FROM sums WHERE left_over <> 0 LIMIT 10) AS first)
FROM sums
"""
"""Counts transfers and those that do not sum to 0, and names the first of these."""

TRANSFERS_IN_DOCUMENTS: Final[Sequence[Document]] = (
    {"$group": {"_id": "$transfer", "left_over": {"$sum": "$amount"}}},
    {"$facet": {
        "all": [{"$count": "transfers"}],
        "halved": [{"$match": {"left_over": {"$ne": 0}}}, {"$count": "transfers"}],
        "first": [{"$match": {"left_over": {"$ne": 0}}}, {"$sort": {"_id": 1}}, {"$limit": 10}],
    }},
)  # fmt: skip
"""The same of MongoDB."""

PAGE_SECONDS: Final = 30.0
"""For how long, in wall time, a page may take."""

POOLER_PORT: Final = 6432
"""PgBouncer's."""


def pooler(data: DataTier, region: str, network: Network) -> Description:
    """Describe the way in to the primary region's database for clients that it does not admit."""
    environment = data.service_environment(Role.PRIMARY)
    address = site_named(region).host(SERVICE_HOST)
    listening = {
        "ZIGGIE_LISTEN": written(network, address, POOLER_PORT),
        "ZIGGIE_DATABASE": environment["ZIGGIE_DATABASE"],
    }
    return Description(f"pooler {region}", POOLER, region, address, POOLER_PORT, listening)


def writers(data: DataTier, through: Description | None, told: Mapping[str, str]) -> Description:
    """Describe clients outside every region that write to the primary region's database, perhaps through a pooler."""
    environment = {**data.service_environment(Role.PRIMARY), "ZIGGIE_SITE": CLIENTS, **told}
    if through is not None:
        environment["ZIGGIE_BEHIND"] = f"{through.site}={environment['ZIGGIE_DATABASE']}"
        environment["ZIGGIE_DATABASE"] = through.environment["ZIGGIE_LISTEN"]
    return Description("load", LOAD, CLIENTS, "", 0, environment)


class DatabaseLoad:
    """A ``Load`` of the ports."""

    def __init__(self, clock: Clock, program: Program, ledger: Path) -> None:
        """Start the program, and wait in wall time for its first write; LabError when that does not come."""
        self.ledger = ledger
        self._clock, self._program = clock, program
        program.launch()
        pause, until_seconds = threading.Event(), wall_seconds() + START_SECONDS
        while not ledger.exists() or not ledger.stat().st_size:
            if not program.alive() or wall_seconds() > until_seconds:
                raise LabError("the load does not write", "its connection was refused or is silent", "read load.log")
            pause.wait(PAUSE_SECONDS)

    def stop(self) -> None:
        """Have it send nothing more, and wait for its end; nothing happens when it has ended."""
        self._program.interrupt()
        wait_until(
            self._clock,
            "the end of the load",
            lambda: f"{self._program.name} still waits for answers" if self._program.alive() else None,
            at_most_seconds=END_SECONDS,
            every_seconds=0.1,
        )


class PostgresLoaded:
    """A ``Loaded`` of the ports, in a PostgreSQL database."""

    def __init__(self, region: str, connect: Callable[[], Session]) -> None:
        """Know the region, and how its database is entered."""
        self._region, self._connect = region, connect

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the writes that can be read, in their order, a page at a time."""
        last = 0
        with closing(self._connect()) as session:
            while page := session.ask(
                f"SELECT id FROM elements WHERE id > {last} ORDER BY id LIMIT {PAGE}",  # noqa: S608 - two numbers
                PAGE_SECONDS,
            ):
                for (number,) in page:
                    yield int(number)
                last = int(page[-1][0])

    def transfers(self) -> TransfersRead:
        """Read all transfers in one snapshot."""
        with closing(self._connect()) as session:
            ((count, halves, examples),) = session.ask(TRANSFERS, PAGE_SECONDS)
        return TransfersRead(self._region, int(count), int(halves), tuple(examples.split()))


class MongoLoaded:
    """A ``Loaded`` of the ports, in a replica set."""

    def __init__(self, region: str, primary: MongoServer, database: str, read_concern: str) -> None:
        """Know the region, and the primary that answers its clients."""
        self._region, self._primary, self._database = region, primary, database
        self._read_concern = {"level": read_concern}

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the writes that can be read, in their order, a page at a time."""
        last = 0
        while page := self._ask("find", "elements", {
            "filter": {"_id": {"$gt": last}}, "projection": {"_id": 1}, "sort": {"_id": 1},
            "limit": PAGE, "batchSize": PAGE,
        }):  # fmt: skip
            for document in page:
                yield int(document["_id"])
            last = int(page[-1]["_id"])

    def transfers(self) -> TransfersRead:
        """Read all transfers in one go."""
        pipeline = {"pipeline": list(TRANSFERS_IN_DOCUMENTS), "cursor": {}, "allowDiskUse": True}
        [read] = self._ask("aggregate", "postings", pipeline)
        count, halves = (sum(each["transfers"] for each in read[name]) for name in ("all", "halved"))
        return TransfersRead(self._region, count, halves, tuple(str(each["_id"]) for each in read["first"]))

    def _ask(self, command: str, collection: str, details: Mapping[str, Any]) -> Sequence[Document]:
        """Run a command that answers with a cursor; LabError without an answer."""
        return self._primary.documents(
            {command: collection, **details, "readConcern": self._read_concern}, self._database
        )
