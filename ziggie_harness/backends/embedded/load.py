"""Load on a database of the lab: the program that writes, and the pages in which its writes are read back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from ziggie_harness.backends.embedded.postgres_session import Session
from ziggie_harness.backends.embedded.programs import Program
from ziggie_harness.kernel.clock import wall_seconds
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import TransfersRead
from ziggie_harness.ports import Clock

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

PAGE_SECONDS: Final = 30.0
"""For how long, in wall time, a page may take."""


class EmbeddedLoad:
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
