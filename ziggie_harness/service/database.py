"""The service's own database, asked so that a frozen or cut off one is noticed at a deadline of the drill's clock.

libpq is used without blocking: the thread that asks waits for the socket itself. It waits in real time while the
database may be at work, and at rest on the drill's clock while nothing can arrive. At the deadline the connection is
closed, and nobody is left behind.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from psycopg import OperationalError, pq

from ziggie_harness.kernel.process_clock import ready
from ziggie_harness.model.client_events import OBJECTION
from ziggie_harness.service.store import DatabaseError, State, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ziggie_harness.kernel.process_clock import ProcessClock
    from ziggie_harness.service.settings import DatabaseSettings
    from ziggie_harness.service.store import Budget

GRACE_SECONDS: Final = 0.002
"""Wall seconds for an answer before anybody asks whether one can come."""

SLICE_SECONDS: Final = 0.05
"""How often, in wall time, a real wait looks whether the path was cut meanwhile."""

IDLE_CONNECTIONS: Final = 8
"""How many connections are kept for the next request."""

READ_ONLY: Final = "25006"
"""PostgreSQL's read_only_sql_transaction: a standby, or a database fenced by default_transaction_read_only."""

CONTENT: Final = ("22", "23", "42", "55")
"""PostgreSQL's error classes of a database that works, and refuses a statement for what it says or lacks."""

STATE: Final = (
    b"SELECT pg_is_in_recovery(), EXISTS (SELECT FROM pg_subscription WHERE subenabled),"
    b" current_setting('default_transaction_read_only'),"
    b" CASE WHEN pg_is_in_recovery() THEN '0' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END,"
    b" coalesce(current_setting('ziggie.epoch', true), '0')"
)
"""What a database is: a standby recovers for ever, or it is read-only and applies what it has subscribed to.

The name of a segment of its write-ahead log begins with the timeline, in hexadecimal. A takeover that makes no new
timeline raises a setting of the database.
"""

POLLING: Final = {pq.PollingStatus.READING: False, pq.PollingStatus.WRITING: True}
"""What libpq waits for while it connects: whether its socket must become writable."""


class Database:
    """A few connections to one PostgreSQL database. It is a ``Store``."""

    def __init__(self, clock: ProcessClock, site: str, settings: DatabaseSettings) -> None:
        """Know where the database is; connections are made when they are needed."""
        self._clock, self._site, self._place = clock, site, settings.place
        self._conninfo = (
            f"hostaddr={settings.place.address} port={settings.place.port} dbname={settings.name} user={settings.user}"
            " gssencmode=disable application_name=ziggie"
        ).encode()
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()

    def state(self, budget: Budget) -> State:
        """Ask the database what it is; raise DatabaseError when it does not say so in time."""
        ((standby, fed, read_only, timeline, raised),) = self._ask(STATE, (), budget).rows
        applies = read_only == "on" and fed == "t"
        fenced = read_only == "on" and not applies
        return State(standby == "t" or applies, fenced=fenced, epoch=int(timeline, 16) + int(raised))

    def insert(self, identity: str, region: str, budget: Budget) -> Written:
        """Write an order and commit, unless it was there before; raises DatabaseError."""
        question = b"INSERT INTO orders (id, region) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
        return Written(self._ask(question, (identity, region), budget).changed == 1, self._site)

    def contains(self, identity: str, budget: Budget) -> bool:
        """Say whether an order is there; raises DatabaseError."""
        return bool(self._ask(b"SELECT 1 FROM orders WHERE id = $1", (identity,), budget).rows)

    def page(self, after: str, limit: int, budget: Budget) -> Sequence[str]:
        """Return the next orders in their order, so that all of them can be read with little memory."""
        question = b"SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
        return [identity for (identity,) in self._ask(question, (after, str(limit)), budget).rows]

    def _ask(self, question: bytes, values: Sequence[str], budget: Budget) -> _Result:
        """Run one statement, which commits by itself; one that a connection has seen before is not planned again."""
        connection = self._connect(budget)
        libpq = connection.libpq
        given = [value.encode() for value in values]
        try:
            if question not in connection.seen:
                libpq.send_query_params(question, given)
            else:
                if (name := connection.seen[question]) is None:
                    # Its place among the statements seen, which none leaves: their number may be the same twice.
                    name = connection.seen[question] = b"%d" % list(connection.seen).index(question)
                    libpq.send_prepare(name, question)
                    _read(self._finish(libpq, budget))
                libpq.send_query_prepared(name, given)
            result = _read(self._finish(libpq, budget))
        except TimeoutError as error:
            libpq.finish()
            raise DatabaseError(
                f"the database at {self._place.address} does not answer: {error}", may_be_applied=True
            ) from error
        except OperationalError as error:
            libpq.finish()
            raise DatabaseError(f"the database hung up: {error}", may_be_applied=True) from error
        except BaseException:
            libpq.finish()
            raise
        connection.seen.setdefault(question, None)
        self._keep(connection)
        return result

    def _connect(self, budget: Budget) -> _Connection:
        """Return a connection that is ready for a statement: one that was kept, if it still lives, or a new one."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                kept = self._idle.pop()
            # A live idle connection has nothing to say; one that is readable was ended by the server.
            if not ready(_Socket(kept.libpq), writable=False, within_seconds=0.0):
                return kept
            kept.libpq.finish()
        connection = pq.PGconn.connect_start(self._conninfo)
        try:
            writable = True
            while connection.status != pq.ConnStatus.BAD:
                self._wait(connection, budget, writable=writable)
                status = pq.PollingStatus(connection.connect_poll())
                if status == pq.PollingStatus.OK:
                    connection.nonblocking = 1
                    return _Connection(connection)
                if status == pq.PollingStatus.FAILED:
                    break
                writable = POLLING[status]
        except TimeoutError as error:
            connection.finish()
            raise DatabaseError(
                f"the database at {self._place.address} cannot be reached: {error}", may_be_applied=False
            ) from error
        reason = connection.get_error_message().strip()
        connection.finish()
        raise DatabaseError(f"the database at {self._place.address} cannot be reached: {reason}", may_be_applied=False)

    def _finish(self, connection: pq.abc.PGconn, budget: Budget) -> pq.abc.PGresult:
        """Send what is left of a statement and return its last result."""
        while connection.flush():
            self._wait(connection, budget, writable=True)
        last: pq.abc.PGresult | None = None
        while True:
            while connection.is_busy():
                self._wait(connection, budget, writable=False)
                connection.consume_input()
            result = connection.get_result()
            if result is None:
                break
            last = result
        if last is None:
            raise OperationalError("it gave no result")
        return last

    def _wait(self, connection: pq.abc.PGconn, budget: Budget, *, writable: bool) -> None:
        """Wait for a connection's socket: really while the database may be at work, at rest while nothing can come."""
        sock = _Socket(connection)
        if ready(sock, writable=writable, within_seconds=GRACE_SECONDS):
            return
        # Not only for this wait: between a rest and the answer that follows it, the clock must not jump.
        budget.lasting()
        told = False
        while (left := budget.until_seconds - self._clock.now()) > 0:
            stalled = self._clock.stalled(self._site, self._place.address, self._place.port)
            if stalled is None:
                if ready(sock, writable=writable, within_seconds=min(SLICE_SECONDS, left)):
                    return
                continue
            if not told:
                budget.resting(stalled)
                told = True
            if self._clock.await_socket(sock, writable=writable, until_seconds=budget.until_seconds):
                return
        raise TimeoutError("its time is up")

    def _keep(self, connection: _Connection) -> None:
        """Keep a connection for the next statement, unless there are enough."""
        with self._lock:
            if len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.libpq.finish()


@dataclass(frozen=True, slots=True)
class _Connection:
    """A connection, and the statements that it has seen, with the names under which the database keeps their plans."""

    libpq: pq.abc.PGconn
    seen: dict[bytes, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Result:
    """What a statement gave."""

    rows: Sequence[tuple[str, ...]]
    changed: int


@dataclass(frozen=True, slots=True)
class _Socket:
    """A connection's socket, which libpq may replace while it connects."""

    connection: pq.abc.PGconn

    def fileno(self) -> int:
        """Return its file descriptor."""
        return self.connection.socket


def _read(result: pq.abc.PGresult) -> _Result:
    """Turn libpq's result into ours; a statement that ended in a plain ERROR was rolled back, whatever else may not."""
    if result.status in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
        rows = [
            tuple((result.get_value(row, column) or b"").decode() for column in range(result.nfields))
            for row in range(result.ntuples)
        ]
        return _Result(rows, result.command_tuples or 0)
    code = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    severity = result.error_field(pq.DiagnosticField.SEVERITY_NONLOCALIZED) or b""
    reason = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"no reason given").decode()
    told = f"{OBJECTION}{code}: {reason}" if code.startswith(CONTENT) else reason
    raise DatabaseError(told, may_be_applied=severity != b"ERROR", read_only=code == READ_ONLY)
