"""Short questions to PostgreSQL servers, each in a session that is kept: the drill's clock asks all the time."""

from __future__ import annotations

from typing import Final

from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_session import NoSession, Session, SilentServer

ANSWER_SECONDS: Final = 0.25
"""For how long, in wall time, one question may keep the clock; an answer takes some 0.0001 s."""


class Questions:
    """A session of the administrator with each server that was asked. Use it from one thread at a time."""

    def __init__(self) -> None:
        """Make connections when they are first needed."""
        self._sessions: dict[PostgresServer, Session] = {}

    def close(self) -> None:
        """Hang up."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def ask(self, server: PostgresServer, statement: str) -> tuple[tuple[str, ...], ...]:
        """Ask a server; a session that was lost, because the server was restarted, is made again once."""
        session = self._sessions.pop(server, None)
        if session is not None:
            try:
                return self._kept(server, session, statement)
            except SilentServer:
                raise
            except NoSession:
                session.close()
        return self._kept(server, server.connect(ANSWER_SECONDS), statement)

    def _kept(self, server: PostgresServer, session: Session, statement: str) -> tuple[tuple[str, ...], ...]:
        """Ask in a session, and keep it for the next question when it answered."""
        rows = session.ask(statement, ANSWER_SECONDS)
        self._sessions[server] = session
        return rows
