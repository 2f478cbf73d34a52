"""The owner's SQL: run statement by statement at real servers, as ``psql -f`` runs it, and told in the history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.postgres_session import NoSession, Session
from ziggie_harness.model.database_events import StatementRun
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Journal, Network

SQL: Final = Path(__file__).parents[2] / "fixtures" / "data" / "sql"
"""Where the owner's SQL is."""

JOBS: Final = SQL / "jobs"

SCHEMA: Final = Path(__file__).parents[2] / "service" / "schema.sql"
"""What the service keeps."""

STATEMENT_SECONDS: Final = 30.0
"""For how long, in wall time, one statement may take."""

FROZEN_GRACE_SECONDS: Final = 0.02
"""For how long, in wall time, a frozen server is asked what it has: an answer would show that no freeze bit."""

_SECRET: Final = re.compile(r"(password(?:\s*=\s*|\s+(?=')))('[^']*'|[^\s']+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A database, as whom it is entered, and from which site."""

    address: str
    port: int
    database: str
    user: str
    source: str
    password: str = ""
    passfile: str = ""
    """Where libpq finds it otherwise."""

    def parameters(self, network: Network) -> dict[str, str]:
        """Return libpq's parameters."""
        address, port = network.located(self.address, self.port)
        secret = {"password": self.password, "passfile": self.passfile}
        known = {name: value for name, value in secret.items() if value}
        return {"host": address, "port": str(port), "dbname": self.database, "user": self.user, **known}


class OwnerSql:
    """Runs scripts; as psql without ON_ERROR_STOP does, a refused statement is told and the rest goes on."""

    def __init__(self, network: Network, journal: Journal) -> None:
        """Know the network to enter and where to tell."""
        self._network, self._journal = network, journal

    def session(self, place: Place) -> Session:
        """Enter a database; NoSession when it refuses, or is silent."""
        return Session(lambda: self._network.inside(place.source), place.parameters(self._network), STATEMENT_SECONDS)

    def accounting(self, place: Place) -> Session:
        """Enter a database to read what it has; NoSession, and at once, when it is frozen."""
        frozen = self._network.stalled(place.source, place.address, place.port) is not None
        patience_seconds = FROZEN_GRACE_SECONDS if frozen else STATEMENT_SECONDS
        return Session(lambda: self._network.inside(place.source), place.parameters(self._network), patience_seconds)

    def run(self, script: Path, place: Place, variables: Mapping[str, str] | None = None) -> None:
        """Run a script; NoSession when the database cannot be entered or hangs up."""
        session = self.session(place)
        try:
            for statement in statements(script.read_text(encoding="utf-8")):
                refusal = _refusal(session, filled(statement, variables or {}))
                name = f"{script.parent.name}/{script.name}"
                region = self._network.site_of(place.address)
                self._journal.record(StatementRun(region, name, redacted(statement), redacted(refusal)))
        finally:
            session.close()

    def value(self, question: str, place: Place) -> str:
        """Ask one question and return its one value, empty without any; LabError when the database objects."""
        session = self.session(place)
        try:
            rows = session.ask(question, STATEMENT_SECONDS)
        finally:
            session.close()
        return rows[0][0] if rows else ""

    def carry_over(self, damaged: Place, restored: Place) -> None:
        """Copy the orders that are younger than those of a restored database from the damaged one; LabError.

        Clients write each order in a transaction of its own, so what one transaction did to several is the slip.
        """
        youngest = self.value("SELECT coalesce(max(written_at), '-infinity') FROM orders", restored)
        # Both statements hold what PostgreSQL itself answered, quoted by itself.
        rows = "string_agg(format('(%L, %L, %L)', id, region, written_at), ', ')"
        marked = "SELECT *, count(*) OVER (PARTITION BY xmin::text) AS beside FROM orders"
        sound = f"beside = 1 AND written_at > '{youngest}'"
        text = self.value(f"SELECT {rows} FROM ({marked}) AS marked WHERE {sound}", damaged)  # noqa: S608
        if text:
            insert = f"INSERT INTO orders (id, region, written_at) VALUES {text} ON CONFLICT DO NOTHING"  # noqa: S608
            self.value(insert, restored)

    def adds_to_schema(self, name: str) -> bool:
        """Say whether a job has a step that other databases need too."""
        return (JOBS / name / "everywhere.sql").exists()

    def job(self, name: str, step: str, place: Place) -> None:
        """Run one step of one of the owner's jobs, if it has this step."""
        script = JOBS / name / f"{step}.sql"
        if script.exists():
            self.run(script, place)

    def job_seen(self, name: str, place: Place) -> str | None:
        """Return what shows that a job was done, or None, also where the database does not answer."""
        try:
            return self.value((JOBS / name / "look.sql").read_text(encoding="utf-8"), place) or None
        except LabError:
            return None


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; each ends with a semicolon at the end of a line."""
    code = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("--"))
    for part in re.split(r";[ \t]*(?:\n|$)", code):
        if part.strip():
            yield part.strip()


def redacted(text: str) -> str:
    """Return a text without the passwords that stand in it."""
    return _SECRET.sub(r"\1***", text)


def filled(statement: str, variables: Mapping[str, str]) -> str:
    """Put in a script's variables, which psql writes ``:'name'``, as literals."""
    for name, value in variables.items():
        literal = value.replace("'", "''")
        statement = statement.replace(f":'{name}'", f"'{literal}'")
    return statement


def _refusal(session: Session, statement: str) -> str:
    """Run a statement and return why it was refused, or nothing."""
    try:
        session.ask(statement, STATEMENT_SECONDS)
    except NoSession:
        raise
    except LabError as error:
        return error.why.partition(" in: ")[0].replace("\n", " ")
    return ""
