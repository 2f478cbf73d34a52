"""What shows when databases on servers of one's own are tried past the service: by strangers, jobs and readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

from ziggie_harness.backends.emulated.data_tier import Ground
from ziggie_harness.backends.emulated.logical_replication import LogicalReplication
from ziggie_harness.backends.emulated.owner_sql import STATEMENT_SECONDS, OwnerSql, Place
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.database_events import AdmissionTried, SecretsSought, SlotSeen, StrayWriteTried
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import Event
from ziggie_harness.ports import CLIENTS

ARRIVAL_SECONDS: Final = 10.0
"""For how long a stray write is given to reach the other region."""

SLOTS: Final = (
    "SELECT slot_name, wal_status, coalesce(pg_current_wal_lsn() - restart_lsn, 0),"
    " current_setting('max_slot_wal_keep_size') <> '-1' FROM pg_replication_slots"
)


class Inspection:
    """Tries the servers, each in turn, and tells what happened."""

    def __init__(
        self, ground: Ground, sql: OwnerSql, replication: LogicalReplication, replicator: str, password: str
    ) -> None:
        """Know the replication user and its password, as a stranger may who read the guide."""
        self._ground, self._sql, self._replication = ground, sql, replication
        self._replicator, self._password = replicator, password

    def of(self, server: PostgresServer, own: Place, service: Place) -> Iterator[Event]:
        """Yield what is seen of a server, by its administrator and as the service; LabError when it is silent."""
        yield self._secrets(server, own)
        yield from self._slots(server, own)
        if self._ground.network.stalled(CLIENTS, server.address, server.port) is None:
            yield self._stranger(server, own)
        yield self._stray_write(server, own, service)

    def _secrets(self, server: PostgresServer, own: Place) -> SecretsSought:
        """Look for the replication user's password where it must not stand."""
        conninfo = self._sql.value("SELECT string_agg(subconninfo, ' ') FROM pg_subscription", own)
        texts = {"pg_subscription": conninfo, "the server's log": server.log.read_text(errors="replace")}
        found = tuple(place for place, text in texts.items() if self._password in text)
        return SecretsSought(server.site, tuple(texts), found)

    def _slots(self, server: PostgresServer, own: Place) -> Iterator[SlotSeen]:
        """Look at what is kept for a standby."""
        session = self._sql.session(own)
        try:
            rows = session.ask(SLOTS, STATEMENT_SECONDS)
        finally:
            session.close()
        for name, status, retained, bounded in rows:
            yield SlotSeen(server.site, name, status, int(float(retained)), bounded == "t")

    def _stranger(self, server: PostgresServer, own: Place) -> AdmissionTried:
        """Enter from where the clients are, with the right password."""
        place = replace(own, user=self._replicator, password=self._password, source=CLIENTS)
        try:
            self._sql.value("SELECT 1", place)
        except LabError as error:
            return AdmissionTried(server.site, CLIENTS, self._replicator, admitted=False, reason=error.why)
        return AdmissionTried(server.site, CLIENTS, self._replicator, admitted=True, reason="")

    def _stray_write(self, server: PostgresServer, own: Place, service: Place) -> StrayWriteTried:
        """Write inside the region as a job would, and look whether it reaches the other region."""
        told = f"stray write in {server.site} at {self._ground.clock.now():.3f}"
        try:
            self._sql.value(f"INSERT INTO audit VALUES ('stray', '{told}')", service)  # noqa: S608 - our own words
        except LabError as error:
            return StrayWriteTried(server.site, accepted=False, reason=error.why.partition(" in: ")[0], arrived_in=())
        arrived: tuple[str, ...] = ()
        subscriber = self._replication.subscriber
        if server is not subscriber:
            with suppress(LabError):
                arrived = self._arrived(replace(own, address=subscriber.address, source=subscriber.site), told)
        return StrayWriteTried(server.site, accepted=True, reason="", arrived_in=arrived)

    def _arrived(self, place: Place, told: str) -> tuple[str, ...]:
        """Return the region of a database that has a stray write, once it has applied what it can."""
        with suppress(WaitTimedOut):
            wait_until(
                self._ground.clock, "the stray write", self._replication.obstacle, at_most_seconds=ARRIVAL_SECONDS
            )
        found = self._sql.value(f"SELECT 1 FROM audit WHERE told = '{told}'", place)  # noqa: S608 - our own words
        return (place.source,) if found else ()
