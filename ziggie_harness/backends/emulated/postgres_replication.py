"""How far a replica is behind its source, asked before each jump of the drill's clock."""

from __future__ import annotations

import threading
from typing import Final

from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_questions import Questions
from ziggie_harness.backends.emulated.postgres_session import SilentServer
from ziggie_harness.model.errors import LabError

_FLUSHED: Final = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END"
)
_REPLAYED: Final = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END"


class Replication:
    """The stream from a source to its replica."""

    def __init__(self, source: PostgresServer, replica: PostgresServer, slot: str) -> None:
        """Watch two servers; connections are made when they are first needed."""
        self.source, self.replica, self.slot = source, replica, slot
        self._questions = Questions()
        self._equal_at = ""
        self._lock = threading.Lock()

    def obstacle(self, stalled: str | None) -> str | None:
        """Say by how much the replica is behind, or return None when it replayed all that the source has flushed.

        None too when waiting would be in vain: the path is ``stalled``, a server is dead or frozen, the replica was
        promoted, or the source dropped what it needs. Silence of a server at work is an obstacle.
        """
        if stalled is not None or self._nothing_moves():
            return None
        with self._lock:
            try:
                missing = self._missing_bytes()
            except SilentServer as error:
                silent = f"{self.replica.name} or its source does not answer: {error.what}"
                return None if self._nothing_moves() else silent
            except LabError:
                # It refuses: it was just killed, or starts, which whoever starts it waits for.
                return None
        return f"{self.replica.name} is behind {self.source.name} by {missing:,} bytes" if missing else None

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._questions.close()

    def _missing_bytes(self) -> int:
        """Return how much the replica has yet to replay and can still get; one question when nothing was written."""
        flushed = self._ask(self.source, _FLUSHED)
        if flushed == self._equal_at:
            return 0
        replayed = self._ask(self.replica, _REPLAYED)
        missing = position(flushed) - position(replayed) if flushed and replayed else 0
        if missing > 0:
            return 0 if self._ask(self.source, self._kept()) == "lost" else missing
        if replayed:
            self._equal_at = flushed
        return 0

    def _nothing_moves(self) -> bool:
        """Say whether one of the servers is dead or frozen."""
        return any(server.frozen or not server.alive() for server in (self.source, self.replica))

    def _ask(self, server: PostgresServer, statement: str) -> str:
        """Ask for one value, empty without any."""
        rows = self._questions.ask(server, statement)
        return rows[0][0] if rows else ""

    def _kept(self) -> str:
        """Return the question whether the source still has what the replica needs."""
        return f"SELECT wal_status FROM pg_replication_slots WHERE slot_name = '{self.slot}'"  # noqa: S608 - our own name


def position(lsn: str) -> int:
    """Return a position in the write-ahead log, such as 0/3000148, as the number of bytes before it."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)
