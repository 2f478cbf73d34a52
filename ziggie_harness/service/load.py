"""Clients that write at a constant rate, directly at a database, and keep a ledger of what they were told."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ziggie_harness.kernel.ledger import Ledger
from ziggie_harness.kernel.process_clock import clock_of
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.service.http_server import log
from ziggie_harness.service.settings import LoadSettings, MongoSettings, load_settings

if TYPE_CHECKING:
    from ziggie_harness.kernel.process_clock import ProcessClock


class Writers(Protocol):
    """The writers of one kind of database."""

    def run(self) -> str:
        """Write until told to end, or until that makes no sense any more; return why it ended."""
        ...

    def end(self) -> None:
        """Send nothing more; what is under way is waited for."""
        ...


def main() -> None:
    """Write until a signal ends it."""
    try:
        settings = load_settings(os.environ)
    except ZiggieError as error:
        sys.exit(str(error))
    clock = clock_of(os.environ)
    with Ledger(Path(settings.ledger)) as ledger, clock.actor("load"):
        writers = _writers(clock, settings, ledger)
        signal.signal(signal.SIGTERM, lambda *_: writers.end())
        log(f"{settings.writes_per_second} writes a second begin")
        log(f"the load ends: {writers.run()}")
        # A driver's threads may still wait for an answer that nobody wants any more. It is at work until it is gone, or
        # the clock would skip the time that whoever waits for its end has for that.
        os._exit(0)


def _writers(clock: ProcessClock, settings: LoadSettings, ledger: Ledger) -> Writers:
    """Return the writers of the declared engine; a driver takes long to import, so only one of them is."""
    if isinstance(settings.database, MongoSettings):
        from ziggie_harness.service.mongo_load import MongoLoad  # noqa: PLC0415 - see above

        return MongoLoad(clock, settings, settings.database, ledger)
    from ziggie_harness.service.postgres_load import PostgresLoad  # noqa: PLC0415 - see above

    return PostgresLoad(clock, settings, settings.database, ledger)


if __name__ == "__main__":
    main()
