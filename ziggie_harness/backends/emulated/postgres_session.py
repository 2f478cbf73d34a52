"""The harness's own connection to a PostgreSQL server: quick, and never stuck on a server that went silent.

It speaks libpq directly, because every wait has to be bounded: a server can be frozen between a question and its
answer, and the drill's clock asks often.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from psycopg.pq import ConnStatus, ExecStatus, PGconn, PollingStatus

from ziggie_harness.model.errors import LabError

_SUCCESS: Final = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})


class NoSession(LabError):
    """The server refuses a connection or ended it."""


class SilentServer(NoSession):
    """The server did not answer in time: it may be frozen, cut off or busy."""


class Session:
    """One connection, made inside a site's namespace. Use it from one thread at a time."""

    def __init__(
        self, inside: Callable[[], AbstractContextManager[None]], parameters: dict[str, str], within_seconds: float
    ) -> None:
        """Connect; NoSession when the server refuses, or stays silent for ``within_seconds`` of wall time."""
        # Without TLS and GSSAPI libpq makes exactly one socket, so it is the one made inside the namespace.
        wanted = {**parameters, "sslmode": "disable", "gssencmode": "disable"}
        text = " ".join(f"{name}='{value}'" for name, value in wanted.items())
        with inside():
            self._connection = PGconn.connect_start(text.encode())
        self._poll = select.poll()
        try:
            self._connect(within_seconds)
        except NoSession:
            self._connection.finish()
            raise

    def close(self) -> None:
        """Hang up."""
        self._connection.finish()

    def ask(self, statement: str, within_seconds: float) -> tuple[tuple[str, ...], ...]:
        """Run one statement and return its rows as text, NULL as an empty string.

        NoSession when the server hangs up or is silent for ``within_seconds`` of wall time, after which the session is
        of no use; LabError when PostgreSQL objects.
        """
        if self._connection.status != ConnStatus.OK:
            raise NoSession("the connection to PostgreSQL is lost", hint="make a new session")
        self._connection.send_query(statement.encode())
        rows: tuple[tuple[str, ...], ...] = ()
        objection = ""
        while True:
            while self._connection.is_busy():
                self._wait(select.POLLIN, within_seconds)
                self._consume()
            result = self._connection.get_result()
            if result is None:
                break
            if result.status in _SUCCESS:
                columns = range(result.nfields)
                rows = tuple(
                    tuple((result.get_value(row, column) or b"").decode() for column in columns)
                    for row in range(result.ntuples)
                )
            else:
                objection = (result.error_message or b"").decode(errors="replace").strip()
        if objection and self._connection.status != ConnStatus.OK:
            raise NoSession("PostgreSQL ended the connection", objection, "read the server's log")
        if objection:
            raise LabError("PostgreSQL objects to a statement of the harness", f"{objection} in: {statement}")
        return rows

    def _connect(self, within_seconds: float) -> None:
        """Carry the connection to its end."""
        while True:
            status = self._connection.connect_poll()
            if status == PollingStatus.OK:
                return
            if status == PollingStatus.FAILED:
                raise NoSession("PostgreSQL refuses a connection", self._last_words())
            self._wait(select.POLLIN if status == PollingStatus.READING else select.POLLOUT, within_seconds)

    def _wait(self, what: int, within_seconds: float) -> None:
        """Wait for the server, in wall time."""
        if self._connection.status == ConnStatus.BAD:
            raise NoSession("the connection to PostgreSQL is lost", self._last_words())
        descriptor = self._connection.socket
        self._poll.register(descriptor, what)
        ready = self._poll.poll(within_seconds * 1000)
        self._poll.unregister(descriptor)
        if not ready:
            self._connection.finish()
            raise SilentServer(f"PostgreSQL is silent for {within_seconds:g} s", hint="it may be frozen, or too busy")

    def _consume(self) -> None:
        """Read what arrived."""
        try:
            self._connection.consume_input()
        except Exception as error:
            raise NoSession("PostgreSQL hung up", str(error)) from error

    def _last_words(self) -> str:
        """Return what libpq says about the failure."""
        return self._connection.error_message.decode(errors="replace").strip()
