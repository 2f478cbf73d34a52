"""How far replicas are behind, as monitoring tells it: by RDS's metric, or by the age of a row that a job writes.

Beside each reading stands what the replica really lacked, which monitoring does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from ziggie_harness.backends.emulated.data_tier import Duty
from ziggie_harness.backends.emulated.owner_sql import SQL, filled, statements
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_questions import Questions
from ziggie_harness.backends.emulated.postgres_recovery import drill_time_ago
from ziggie_harness.backends.emulated.postgres_replication import position
from ziggie_harness.backends.emulated.rds import EmulatedRds
from ziggie_harness.emulation.rds.instance import Instance, Key
from ziggie_harness.model.database_events import LagTold
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.ports import Clock, Journal

METRIC_SECONDS: Final = 60.0
"""CloudWatch has a data point of ReplicaLag each minute (RDS user guide, CloudWatch metrics for Amazon RDS)."""

OWN_TRANSACTION_SECONDS: Final = 300.0
"""RDS "switches the WAL segment every 5 minutes, which results in a transaction record", also where nobody writes.

Source: RDS user guide, Working with read replicas for Amazon RDS for PostgreSQL.
"""

OWN_TRANSACTION: Final = "SELECT pg_logical_emit_message(true, 'rds', 'switched')"

FLUSHED: Final = "SELECT pg_current_wal_flush_lsn()"

REPLICA_LAG: Final = "extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())"
"""What the metric is (RDS user guide, Monitoring and tuning the replication process), by the server's own clock."""


def lag_duties(
    rds: EmulatedRds, clock: Clock, journal: Journal, keys: Callable[[], Iterable[Key]], heartbeat_seconds: float | None
) -> Sequence[Duty]:
    """Return what has to be done so that the lag of these instances' replicas is told."""

    def write(text: Callable[[], str]) -> Callable[[], None]:
        """Return what runs a statement in each instance that is no replica."""
        questions = Questions()

        def do() -> None:
            for instance in _present(rds, keys()):
                if instance.source is None:
                    _ask(questions, rds, instance.key, text())

        return do

    told_by = "ReplicaLag" if heartbeat_seconds is None else "heartbeat"
    teller = _Teller(rds, clock, journal, told_by)
    duties = [
        Duty("RDS's own transaction", OWN_TRANSACTION_SECONDS, write(lambda: OWN_TRANSACTION)),
        Duty(told_by, METRIC_SECONDS, lambda: teller.tell(_present(rds, keys()))),
    ]
    if heartbeat_seconds is not None:
        beat = write(lambda: statement("beat", {"seconds": f"{clock.now():.6f}"}))
        duties.append(Duty("owner's heartbeat", heartbeat_seconds, beat))
    return duties


def statement(name: str, variables: dict[str, str] | None = None) -> str:
    """Return the one statement of one of the owner's scripts about the heartbeat."""
    [text] = statements((SQL / "heartbeat" / f"{name}.sql").read_text(encoding="utf-8"))
    return filled(text, variables or {})


class _Teller:
    """Reads the metric of each replica."""

    def __init__(self, rds: EmulatedRds, clock: Clock, journal: Journal, told_by: str) -> None:
        """Know by what it is told."""
        self._rds, self._clock, self._journal, self._told_by = rds, clock, journal, told_by
        self._questions = Questions()
        self._lag = REPLICA_LAG if told_by == "ReplicaLag" else f"({statement('look')})"

    def tell(self, instances: Iterable[Instance]) -> None:
        """Record a reading of each replica, where its source can be asked what there is to have."""
        for instance in instances:
            if instance.source is None:
                continue
            flushed = _ask(self._questions, self._rds, instance.source, FLUSHED)
            found = _ask(self._questions, self._rds, instance.key, f"SELECT pg_last_wal_replay_lsn(), {self._lag}")
            # A replica that has replayed no transaction yet has no lag to tell.
            if flushed and found and found[1]:
                replayed = position(found[0])
                missing = max(0, position(flushed[0]) - replayed)
                told = self._seconds(float(found[1]))
                self._journal.record(LagTold(instance.key.region, self._told_by, told, replayed, missing))

    def _seconds(self, found: float) -> float:
        """Return a reading in drill seconds; a server's own clock knows of no skipped time."""
        now = self._clock.now()
        written = found if self._told_by == "heartbeat" else drill_time_ago(found, self._clock, self._journal.history())
        return round(max(0.0, now - written), 3)


def _present(rds: EmulatedRds, keys: Iterable[Key]) -> Iterable[Instance]:
    """Return those of these instances that there are."""
    return [rds.describe(key) for key in keys if rds.exists(key)]


def _ask(questions: Questions, rds: EmulatedRds, key: Key, text: str) -> tuple[str, ...]:
    """Ask the server of an instance; nothing where there is none, or where it does not answer."""
    with suppress(ZiggieError):
        server: PostgresServer = rds.server(key)
        if server.alive() and not server.frozen:
            rows = questions.ask(server, text)
            return rows[0] if rows else ()
    return ()
