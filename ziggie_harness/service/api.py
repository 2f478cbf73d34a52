"""The stand-in for Ziggie's API: orders that are written once and acknowledged only if they will stay.

``GET /`` (a page that is always there), ``GET /health``, ``PUT /orders/<id>``, ``GET /orders/<id>``, ``GET /orders``
(all ids, one a line). Every answer names its region; a 503 says why, and whether the request may have been applied all
the same. Run it by ``python -m`` this module; ``settings.py`` has the variables that it reads.
"""

from __future__ import annotations

import os
import re
import signal
import ssl
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ziggie_harness.kernel.process_clock import ProcessClock, clock_of
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.service.capacity import Capacity
from ziggie_harness.service.database import Database
from ziggie_harness.service.http_server import Answer, Asked, Program, log, plain, serve, structured
from ziggie_harness.service.lease import Claim, LeaseHolder, OwnPaths, Witness, acquire
from ziggie_harness.service.settings import DatabaseSettings, LeaseSettings, ServiceSettings, service_settings
from ziggie_harness.service.store import Budget, DatabaseError, Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEALTH_SECONDS: Final = 1.0
"""What a health check may wait for the database: less than a checker waits for the service."""

ORDER_SECONDS: Final = 1.5
"""What an order may wait for the database."""

PAGE_ORDERS: Final = 2000
"""How many orders are in memory while all of them are sent."""

ORDERS: Final = "/orders"
IDENTITY: Final = re.compile(r"[A-Za-z0-9._:-]{1,200}")
REGION_HEADER: Final = "X-Ziggie-Region"
WRITER_HEADER: Final = "X-Ziggie-Writer"
"""Where the database server is that acknowledged a write: not always in the region of the service that says so."""

Applied = str
"""``no`` or ``unknown``."""


class Service:
    """One region's API."""

    def __init__(self, clock: ProcessClock, settings: ServiceSettings) -> None:
        """Know the database and, where a lease is required, its holder; nothing is asked yet."""
        self._clock, self._settings = clock, settings
        self._database = _store(clock, settings)
        self._lease = self._holder(settings.lease) if settings.lease else None
        takes = settings.requests_per_second
        self._capacity = Capacity(takes, clock.now(), settings.capacity_file) if takes else None

    def start(self) -> None:
        """Begin to hold the lease."""
        if self._lease:
            self._lease.start()

    def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        try:
            return self._route(asked)
        except DatabaseError as error:
            return _unavailable(error.reason, "no")

    def _route(self, asked: Asked) -> Answer:
        """Find what was asked for."""
        if asked.path in {"/", "/health"} and asked.method == "GET":
            return plain(200, "Ziggie") if asked.path == "/" else self._health(asked)
        if asked.path == ORDERS and asked.method == "GET":
            first = self._database.page("", PAGE_ORDERS, self._budget(asked, ORDER_SECONDS))
            return Answer(200, self._all(first, asked), {"content-type": "text/plain"})
        identity = asked.path.removeprefix(ORDERS + "/")
        if not asked.path.startswith(ORDERS + "/") or asked.method not in {"GET", "PUT"}:
            return structured(404, {"reason": f"there is no {asked.method} {asked.path}", "applied": "no"})
        if not IDENTITY.fullmatch(identity):
            return structured(400, {"reason": f"an order's id matches {IDENTITY.pattern}", "applied": "no"})
        return self._order(identity, asked)

    def _order(self, identity: str, asked: Asked) -> Answer:
        """Write an order or look for it, as far as the servers take one request more."""
        if self._capacity and not self._capacity.takes(self._clock.now()):
            told = f"the servers of {self._settings.region} take {self._capacity.requests_per_second} requests a second"
            return _unavailable(f"over capacity: {told}", "no")
        if asked.method == "PUT":
            return self._write(identity, asked)
        found = self._database.contains(identity, self._budget(asked, ORDER_SECONDS))
        return plain(200, identity) if found else plain(404, f"there is no order {identity}")

    def _health(self, asked: Asked) -> Answer:
        """Say whether this region can serve: shallow, that it runs; deep, what its database and lease allow."""
        if not self._settings.deep:
            return plain(200, "ok")
        state = self._database.state(self._budget(asked, HEALTH_SECONDS))
        if state.standby:
            return plain(200, "standby")
        if state.fenced or not self._may_write():
            return _unavailable("fenced", "no")
        return plain(200, "writer")

    def _write(self, identity: str, asked: Asked) -> Answer:
        """Write an order; it is acknowledged only if the lease is still valid when it is done."""
        if self._lease and not self._lease.valid():
            return _unavailable(f"fenced: the lease is not valid, {self._lease.told()}", "no")
        try:
            written = self._database.insert(identity, self._settings.region, self._budget(asked, ORDER_SECONDS))
        except DatabaseError as error:
            reason = f"read-only: {error.reason}" if error.read_only else error.reason
            return _unavailable(reason, "unknown" if error.may_be_applied else "no")
        if not self._may_write():
            return _unavailable("indeterminate: lease lapsed", "unknown")
        done = plain(201 if written.fresh else 200, identity)
        return replace(done, headers={**done.headers, WRITER_HEADER: written.site})

    def _all(self, page: Sequence[str], asked: Asked) -> Iterator[bytes]:
        """Send all orders, a page at a time; when the database fails in between, the body breaks off."""
        while page:
            yield "".join(f"{identity}\n" for identity in page).encode()
            try:
                page = self._database.page(page[-1], PAGE_ORDERS, self._budget(asked, ORDER_SECONDS))
            except DatabaseError as error:
                raise ConnectionAbortedError(error.reason) from error

    def _may_write(self) -> bool:
        """Say whether this region has leave to write at this moment."""
        return self._lease is None or self._lease.valid()

    def _budget(self, asked: Asked, seconds: float) -> Budget:
        """Return how long a request may wait for the database."""
        return Budget(self._clock.now() + seconds, asked.lasting, asked.resting)

    def _holder(self, settings: LeaseSettings) -> LeaseHolder:
        """Make the holder of this region's lease."""
        trust = Trust(ssl.create_default_context(cafile=settings.authority))
        witness = Witness(settings.witness.address, settings.witness.port, settings.witness_name, trust)
        paths = OwnPaths(self._clock)

        def claim(epoch: int) -> str | None:
            told = epoch if settings.compared else None
            wanted = Claim(settings.name, self._settings.region, settings.lease_seconds, told)
            return acquire(self._clock, paths, self._settings.site, witness, wanted)

        return LeaseHolder(self._clock, settings, claim, self._epoch)

    def _epoch(self) -> int | None:
        """Return the epoch of the own database, or None when it does not answer or takes no writes."""
        try:
            state = self._database.state(Budget(self._clock.now() + HEALTH_SECONDS, lambda: None, lambda _: None))
        except DatabaseError:
            return None
        return None if state.standby or state.fenced else state.epoch


def _store(clock: ProcessClock, settings: ServiceSettings) -> Store:
    """Return the database of the kind that the settings name."""
    if isinstance(settings.database, DatabaseSettings):
        return Database(clock, settings.site, settings.database)
    # The driver takes a tenth of a second to load, and a service that has no use for it starts without.
    from ziggie_harness.service.mongo_database import MongoDatabase  # noqa: PLC0415

    return MongoDatabase(clock, settings.site, settings.database)


def _unavailable(reason: str, applied: Applied) -> Answer:
    """Return the answer to a request that cannot be served here and now."""
    return structured(503, {"reason": reason, "applied": applied})


def main() -> None:
    """Run the service until a signal ends it."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    clock = clock_of(os.environ)
    try:
        settings = service_settings(os.environ)
    except ZiggieError as error:
        sys.exit(str(error))
    log(f"service of {settings.region} starts, {'deep' if settings.deep else 'shallow'} health")
    service = Service(clock, settings)
    service.start()
    serve(settings.listening, Program(service.answer, {REGION_HEADER: settings.region}, clock))


if __name__ == "__main__":
    main()
