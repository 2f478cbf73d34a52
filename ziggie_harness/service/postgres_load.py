"""Writers at a constant rate, directly at PostgreSQL: a pipeline of transactions, and a ledger of what they were told.

Each transaction transfers something between two accounts, too. It is acknowledged when the server says that it is ready
for the next one: in a pipeline the completion of a statement comes before its commit (PostgreSQL manual, libpq,
"Pipeline Mode").

It ends when it is told to, or with its connection: what is under way then is indeterminate. It is at work for as long
as it lives, so the drill's clock skips nothing meanwhile; only while no answer can come does it rest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg import OperationalError, pq

from ziggie_harness.kernel.process_clock import ready
from ziggie_harness.model.client_events import Outcome

if TYPE_CHECKING:
    from ziggie_harness.kernel.ledger import Ledger
    from ziggie_harness.kernel.process_clock import ProcessClock
    from ziggie_harness.service.settings import DatabaseSettings, LoadSettings

TRANSACTIONS_A_SECOND: Final = 100
"""At most; a higher rate of writes makes larger transactions."""

UNDER_WAY: Final = 100
"""How many transactions wait for their answer at most."""

SILENCE_SECONDS: Final = 0.1
"""After so long without an answer it is asked whether one can come."""

PATIENCE_SECONDS: Final = 10.0
"""When a client gives up on an answer."""

POST: Final = b"INSERT INTO postings VALUES ($1::bigint, $2::bigint)"

INSERT: Final = b"INSERT INTO elements SELECT generate_series($1::bigint, $2::bigint)"


@dataclass(frozen=True, slots=True)
class _Transaction:
    """Writes that are acknowledged together."""

    numbers: range
    sent_seconds: float


class PostgresLoad:
    """One run of the writers."""

    def __init__(self, clock: ProcessClock, settings: LoadSettings, database: DatabaseSettings, ledger: Ledger) -> None:
        """Know where to write, how fast, and where to keep account."""
        self._clock, self._settings, self._ledger = clock, settings, ledger
        self._database = database
        self._hops = [(settings.site, database.place)]
        if settings.behind is not None:
            self._hops.append(settings.behind)
        self._size = max(1, settings.writes_per_second // TRANSACTIONS_A_SECOND)
        self._pause_seconds = self._size / settings.writes_per_second
        self._under_way: deque[_Transaction] = deque()
        self._refused = False
        self._next = 1
        self._told_to_end = False

    def end(self) -> None:
        """Send nothing more; what is under way is waited for."""
        self._told_to_end = True

    def run(self) -> str:
        """Write until told to end, or until the connection is lost; return why it ended."""
        database = self._database
        connection = pq.PGconn.connect(
            f"hostaddr={database.place.address} port={database.place.port} dbname={database.name} user={database.user}"
            f" gssencmode=disable application_name=load connect_timeout={PATIENCE_SECONDS:.0f}".encode()
        )
        if connection.status != pq.ConnStatus.OK:
            return connection.get_error_message().strip()
        connection.nonblocking = 1
        connection.enter_pipeline_mode()
        try:
            self._write(connection)
        except (OperationalError, TimeoutError) as error:
            return str(error).strip()
        finally:
            now = self._clock.now()
            for transaction in self._under_way:
                self._ledger.ended(transaction.numbers, Outcome.INDETERMINATE, now)
            connection.finish()
        return "it was told to end"

    def _write(self, connection: pq.abc.PGconn) -> None:
        """Send at the pace of the rate, and read answers in between; a delay of more than a second is not caught up."""
        due_seconds = self._clock.now()
        while not self._told_to_end:
            if len(self._under_way) < UNDER_WAY:
                self._send(connection)
            due_seconds = max(due_seconds + self._pause_seconds, self._clock.now() - 1.0)
            self._read_until(connection, due_seconds)
        while self._under_way:
            self._read_until(connection, self._clock.now() + SILENCE_SECONDS)

    def _send(self, connection: pq.abc.PGconn) -> None:
        """Enter the next transaction in the ledger, and send it."""
        numbers = range(self._next, self._next + self._size)
        self._next = numbers.stop
        sent_seconds = self._clock.now()
        self._ledger.sent(numbers, sent_seconds)
        self._under_way.append(_Transaction(numbers, sent_seconds))
        connection.send_query_params(INSERT, [b"%d" % numbers.start, b"%d" % (numbers.stop - 1)])
        connection.send_query_params(POST, [b"%d" % numbers.start, b"-1"])
        if self._settings.whole_transfers:
            connection.send_query_params(POST, [b"%d" % numbers.start, b"1"])
        connection.pipeline_sync()
        if not self._settings.whole_transfers and numbers.start > 1:
            # The mistake: what left in one transaction arrives in another, one pause later.
            self._under_way.append(_Transaction(range(0), sent_seconds))
            connection.send_query_params(POST, [b"%d" % (numbers.start - self._size), b"1"])
            connection.pipeline_sync()

    def _read_until(self, connection: pq.abc.PGconn, due_seconds: float) -> None:
        """Take answers until a time, or only those that are there; TimeoutError when none comes for too long."""
        while True:
            connection.flush()
            left_seconds = max(0.0, due_seconds - self._clock.now())
            if ready(_Socket(connection), writable=False, within_seconds=left_seconds):
                connection.consume_input()
                self._take(connection)
            elif self._under_way:
                self._endure(connection, self._under_way[0].sent_seconds)
            if self._clock.now() >= due_seconds or (self._told_to_end and not self._under_way):
                return

    def _take(self, connection: pq.abc.PGconn) -> None:
        """Enter the answers that have arrived."""
        while self._under_way and not connection.is_busy():
            result = connection.get_result()
            if result is None:
                # It stands between two statements, and is all that a lost connection gives.
                if connection.status == pq.ConnStatus.BAD:
                    raise OperationalError(connection.get_error_message())
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                outcome = Outcome.REFUSED if self._refused else Outcome.ACKNOWLEDGED
                self._ledger.ended(self._under_way.popleft().numbers, outcome, self._clock.now())
                self._refused = False
            elif result.status not in {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}:
                self._refused = True

    def _endure(self, connection: pq.abc.PGconn, since_seconds: float) -> None:
        """Wait at rest while no answer can come; TimeoutError when the patience of a client is over."""
        until_seconds = since_seconds + PATIENCE_SECONDS
        if self._clock.now() - since_seconds > SILENCE_SECONDS and self._stalled():
            self._clock.await_socket(_Socket(connection), writable=False, until_seconds=until_seconds)
        if self._clock.now() >= until_seconds:
            raise TimeoutError(f"no answer for {PATIENCE_SECONDS:g} s")

    def _stalled(self) -> bool:
        """Say whether no answer can come: something is cut or frozen on the way."""
        return any(self._clock.stalled(site, place.address, place.port) for site, place in self._hops)


@dataclass(frozen=True, slots=True)
class _Socket:
    """A connection's socket."""

    connection: pq.abc.PGconn

    def fileno(self) -> int:
        """Return its file descriptor."""
        return self.connection.socket
