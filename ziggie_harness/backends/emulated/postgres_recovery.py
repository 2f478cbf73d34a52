"""Point-in-time recovery of a real PostgreSQL: a base backup, the archived log, and a moment to stop at."""

from __future__ import annotations

from pathlib import Path

from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_settings import Setup
from ziggie_harness.backends.emulated.templates import copy_directory
from ziggie_harness.model.history import History
from ziggie_harness.ports import Clock


def archiving(archive: Path) -> Setup:
    """Return the setup of a server that keeps every finished segment of its log in a directory."""
    return Setup({"archive_mode": "on", "archive_command": f"cp %p '{archive}/%f'"})


def recover(
    server: PostgresServer, base: Path, source: PostgresServer, archive: Path, until_epoch_seconds: float
) -> None:
    """Make a server from a base backup of a source and its archived log up to a moment, and start it as a primary.

    LabError when the log does not reach that far. Source: PostgreSQL manual, "Continuous Archiving and Point-in-Time
    Recovery (PITR)".
    """
    source.archive_log()
    copy_directory(base, server.disk.seen)
    settings = {
        "restore_command": f"cp '{archive}/%f' '%p'".replace("'", "''"),
        "recovery_target_time": f"{_timestamp(source, until_epoch_seconds)}",
        "recovery_target_action": "promote",
    }
    with (server.disk.seen / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    (server.disk.seen / "recovery.signal").touch()
    server.start()
    server.await_primary()


def epoch_of(at_seconds: float, clock: Clock, history: History, server: PostgresServer) -> float:
    """Return what a server's own clock showed at a drill time, in seconds since 1970, early rather than late.

    PostgreSQL stamps its commits by the wall, and the drill's clock is ahead of it by what was skipped, of which the
    history tells how much it was when.
    """
    shown = float(server.ask("SELECT extract(epoch FROM clock_timestamp())")[0][0])
    # In this order, so that whatever happens between two of these readings makes the result earlier.
    skipped = clock.skipped_seconds
    elapsed = clock.now() - skipped
    return shown - (elapsed - _elapsed_at(at_seconds, history))


def drill_time_ago(wall_seconds: float, clock: Clock, history: History) -> float:
    """Return the drill time of something that a server finished so many wall seconds ago, late rather than early.

    Whoever waited for it has recorded something as soon as it was done, so the first record after it tells.
    """
    skipped = clock.skipped_seconds
    at_seconds = clock.now()
    elapsed = at_seconds - skipped
    then = elapsed - wall_seconds
    for record in reversed(history.records):
        passed = record.at_seconds - record.skipped_seconds
        if passed < then:
            break
        at_seconds, elapsed = record.at_seconds, passed
    return at_seconds - (elapsed - then)


def _elapsed_at(at_seconds: float, history: History) -> float:
    """Return the least wall time that can have passed at a drill time, by the records before and after it.

    Between two records the wall went on by no more than the drill did, and never back.
    """
    least = 0.0
    for record in history.records:
        elapsed = record.at_seconds - record.skipped_seconds
        if record.at_seconds > at_seconds:
            return max(least, elapsed - (record.at_seconds - at_seconds))
        least = elapsed
    return least


def _timestamp(server: PostgresServer, epoch_seconds: float) -> str:
    """Write a moment as PostgreSQL reads it."""
    return server.ask(f"SELECT to_timestamp({epoch_seconds:.6f})")[0][0]
