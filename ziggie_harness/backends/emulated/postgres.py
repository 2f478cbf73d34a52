"""A real PostgreSQL server in a site of the lab: started, frozen, killed, copied over the network, promoted."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.machinery import Process, Supervisor
from ziggie_harness.backends.emulated.postgres_disk import ServerDisk
from ziggie_harness.backends.emulated.postgres_install import (
    ADMINISTRATOR,
    ENVIRONMENT,
    PASSFILE,
    REPLICATOR,
    Installation,
)
from ziggie_harness.backends.emulated.postgres_session import NoSession, Session
from ziggie_harness.backends.emulated.postgres_settings import Setup, options
from ziggie_harness.backends.emulated.server_process import ServerProcess
from ziggie_harness.backends.emulated.templates import copy_directory
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network

PAUSE_SECONDS: Final = 0.002
"""How long, in wall time, a wait for PostgreSQL pauses between two looks."""

PATIENCE_SECONDS: Final = 30.0
"""For how long, in wall time, a start, a stop, a promotion or an answer may take: crash recovery is real work."""

BACKUP_SECONDS: Final = 600.0
"""For how long, in wall time, a base backup may take."""

SLICE_SECONDS: Final = 0.02
"""How often, in wall time, a base backup looks whether its path was cut."""

FROZEN_GRACE_SECONDS: Final = 0.02
"""For how long a frozen server is asked all the same: an answer would show that the freeze did not bite."""


STRATEGY_SINCE: Final = 15
"""The first major version that can be told how to copy a new database (PostgreSQL manual, "CREATE DATABASE")."""


class PostgresServer:
    """One server at an address of a site. It is a ``Server`` of the ports: faults hurt it."""

    def __init__(  # noqa: PLR0913 - a server has a name, a place, and what it is made with
        self,
        name: str,
        site: str,
        address: str,
        port: int = 5432,
        *,
        supervisor: Supervisor,
        network: Network,
        directory: Path,
        installation: Installation,
        setup: Setup | None = None,
    ) -> None:
        """Describe a server whose data will be on a disk of its own below ``directory``; nothing is started."""
        self.name, self.site, self.address, self.port = name, site, address, port
        self.disk = ServerDisk(supervisor, directory)
        self.data = self.disk.data
        self.log = directory / "postgres.log"
        self._directory = directory
        self._supervisor, self._network, self._installation = supervisor, network, installation
        self._setup = setup or Setup()
        self._process = ServerProcess(name, network, address, self.port)
        self._session: Session | None = None
        self._lock = threading.RLock()
        self.replay_stopped = False

    def create(self, template: Path, master: str, database: str = "") -> None:
        """Make its data from a template, start it, and make the users that RDS makes."""
        copy_directory(template, self.disk.seen)
        if self._setup.access_rules:
            (self.disk.seen / "pg_hba.conf").write_text(self._setup.access_rules)
        self.start()
        password = self._password_clause()
        self.ask(
            f"CREATE ROLE {REPLICATOR} LOGIN REPLICATION{password}; "
            f"CREATE ROLE {quoted(master)} LOGIN CREATEDB CREATEROLE{password}; "
            f"GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO {quoted(master)}; "
            f"GRANT ALL ON SCHEMA public TO {quoted(master)}; ALTER DATABASE postgres OWNER TO {quoted(master)}"
        )
        if database and database != "postgres":
            # Copied as files, a new database is not written a second time into the log and its archive.
            how = " STRATEGY file_copy" if self._installation.major >= STRATEGY_SINCE else ""
            self.ask(f"CREATE DATABASE {quoted(database)} OWNER {quoted(master)}{how}")

    def base_backup(self, source: PostgresServer, slot: str) -> None:
        """Copy a running source over the network and be set up to stream from it; LabError when that cannot be.

        The source keeps what this replica has not received yet under a slot, which is made anew.
        """
        self.disk.clear()
        source.drop_slot(slot)
        source.ask(f"SELECT pg_create_physical_replication_slot('{slot}', true)")
        # What stands here is kept for streaming: keepalives find a peer that is gone without a word.
        kept = (
            f"application_name={self.name} "
            "sslmode=disable gssencmode=disable keepalives_idle=5 keepalives_interval=1 keepalives_count=5"
        )
        self._receive(source, kept, f"--slot={slot}", "--write-recovery-conf")

    def clone(self, source: PostgresServer) -> None:
        """Copy a running source of the same site as it is, a replica too; what is started of it follows nobody."""
        self.disk.clear()
        self._receive(source, "sslmode=disable gssencmode=disable")
        (self.disk.seen / "standby.signal").unlink(missing_ok=True)
        settings = self.disk.seen / "postgresql.auto.conf"
        kept = [line for line in settings.read_text(encoding="utf-8").splitlines() if not line.startswith("primary_")]
        settings.write_text("\n".join([*kept, ""]), encoding="utf-8")

    def _receive(self, source: PostgresServer, told: str, *options: str) -> None:
        """Have pg_basebackup copy a source, and connect as told; LabError when it cannot."""
        address, port = self._network.located(source.address, source.port)
        connection = f"host={address} port={port} user={REPLICATOR} {told}" + (
            f" passfile='{source.passfile}'" if source.passfile else ""
        )
        # Where the log goes, also before the first start.
        self._directory.mkdir(parents=True, exist_ok=True)
        command = [
            self._installation.program("pg_basebackup"), f"--pgdata={self.data}", f"--dbname={connection}",
            *options, "--checkpoint=fast", "--wal-method=stream", "--no-sync",
        ]  # fmt: skip
        backup = self._supervisor.spawn(
            f"base backup of {source.name}",
            command,
            environment=ENVIRONMENT,
            log=self._directory / "base-backup.log",
            namespace=self._network.descriptor(self.site),
        )
        self._await_backup(backup, lambda: self._network.stalled(self.site, source.address, source.port))

    def start(self) -> None:
        """Start it and wait until it answers, after recovery where it was killed; LabError when it does not start."""
        with self._lock:
            if self.alive():
                raise LabError(f"{self.name} is running already", hint="stop or kill it before it is started again")
            self.disk.make_ready()
            process = self._supervisor.spawn(
                self.name,
                self._command(),
                environment=ENVIRONMENT,
                log=self.log,
                namespace=self._network.descriptor(self.site),
                resolv_conf=self._setup.resolv_conf,
                as_unprivileged=True,
            )
            self._process.began(process)
            self._await("it accepts connections", self._refusal)

    def stop(self) -> None:
        """Let it end in good order: sessions are ended, everything is on disk, a reachable replica has it all."""
        with self._lock:
            self._hang_up()
            if self.alive():
                # SIGINT asks for a fast shutdown (PostgreSQL manual, "Shutting Down the Server").
                self._process.running().terminate(signal.SIGINT, within_seconds=PATIENCE_SECONDS)

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End all of its processes at once, frozen or not."""
        with self._lock:
            self._hang_up()
            self._process.kill()
            self.replay_stopped = False

    def freeze(self) -> None:
        """Stop all of its processes where they are; the kernel still accepts connections for it."""
        with self._lock:
            self._process.freeze()

    def thaw(self) -> None:
        """Let it go on; nothing happens when it is not frozen, because it was killed meanwhile."""
        with self._lock:
            self._process.thaw()

    @property
    def passfile(self) -> str:
        """Return the file that lets libpq in, as processes see it; empty in a network that nobody else can reach."""
        return "" if self._network.own_names else str(self.data / PASSFILE)

    @property
    def passfile_seen(self) -> str:
        """Return the same as this process sees it."""
        return "" if self._network.own_names else str(self.disk.seen / PASSFILE)

    @property
    def frozen(self) -> bool:
        """Whether it is frozen."""
        return self._process.frozen

    def alive(self) -> bool:
        """Say whether its first process exists, at work or frozen."""
        return self._process.alive()

    def members(self) -> frozenset[int]:
        """Return the numbers of its living processes."""
        return self._process.running().members()

    def answers(self, within_seconds: float) -> bool:
        """Ask it from its own site for an answer, over a new connection; the time is wall time."""
        bound = min(within_seconds, FROZEN_GRACE_SECONDS) if self.frozen else within_seconds
        try:
            session = self.connect(bound)
            try:
                session.ask("SELECT 1", bound)
            finally:
                session.close()
        except LabError:
            return False
        return True

    def promote(self) -> None:
        """Make a replica a primary that accepts writes, and return when it does; LabError when it is no replica."""
        with self._lock:
            self.ask("SELECT pg_promote(false)")
            self.await_primary()

    def await_primary(self) -> None:
        """Return when it accepts writes; LabError when it does not in time."""
        self._await("it left recovery", lambda: "it is in recovery" if self.in_recovery() else None)

    def archive_log(self) -> None:
        """Close the present segment of its log, and return when its archive has it; LabError when that fails."""
        segment = self.ask("SELECT pg_walfile_name(pg_switch_wal())")[0][0]
        done = self.disk.seen / "pg_wal" / "archive_status" / f"{segment}.done"
        self._await(f"{segment} is archived", lambda: None if done.exists() else "it is not in the archive yet")

    def in_recovery(self) -> bool:
        """Say whether it is a replica, or recovers; LabError when it does not answer."""
        return self.ask("SELECT pg_is_in_recovery()") == (("t",),)

    def drop_slot(self, slot: str) -> None:
        """Let go of what was kept for a replica, if anything was; a sender that still serves it is ended."""
        found = f"FROM pg_replication_slots WHERE slot_name = '{slot}'"
        self.ask(f"SELECT pg_terminate_backend(active_pid, 5000) {found} AND active")
        self.ask(f"SELECT pg_drop_replication_slot(slot_name) {found}")

    def ask(self, statement: str, within_seconds: float = PATIENCE_SECONDS) -> tuple[tuple[str, ...], ...]:
        """Run a statement as the administrator, past the lab's links; LabError when it is refused or not answered."""
        with self._lock:
            if self.frozen:
                raise LabError(f"{self.name} cannot be asked", "it is frozen", "thaw it first")
            if self._session is None:
                self._session = self.connect(within_seconds)
            try:
                return self._session.ask(statement, within_seconds)
            except NoSession:
                self._hang_up()
                raise

    def connect(self, within_seconds: float) -> Session:
        """Make a session of the administrator from the server's own site; NoSession when that fails."""
        return Session(self._inside, self._parameters(), within_seconds)

    def last_words(self, lines: int = 20) -> tuple[str, ...]:
        """Return the last lines of its log."""
        return self._process.last_words(lines)

    def _password_clause(self) -> str:
        """Return what gives a new role the password of the file, where there is one."""
        if not self.passfile_seen:
            return ""
        password = Path(self.passfile_seen).read_text(encoding="utf-8").strip().rpartition(":")[2]
        return f" PASSWORD '{password}'"

    def _inside(self) -> AbstractContextManager[None]:
        """Enter the server's site."""
        return self._network.inside(self.site)

    def _parameters(self) -> dict[str, str]:
        """Return libpq's parameters for the administrator."""
        address, port = self._network.located(self.address, self.port)
        return {
            "host": address, "port": str(port), "user": ADMINISTRATOR, "dbname": "postgres",
            "application_name": "ziggie", **({"passfile": passfile} if (passfile := self.passfile_seen) else {}),
        }  # fmt: skip

    def _command(self) -> list[str]:
        """Return the command that starts it."""
        address, port = self._network.located(self.address, self.port)
        place = {"listen_addresses": address, "port": str(port), "cluster_name": self.name}
        settings = options(self._installation.major, {**self._setup.settings, **place})
        return [self._installation.program("postgres"), "-D", str(self.data), *settings]

    def _hang_up(self) -> None:
        """End the administrator's session."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _refusal(self) -> str | None:
        """Try to connect, and say why not yet."""
        try:
            session = self.connect(PATIENCE_SECONDS)
        except NoSession as error:
            return error.why or error.what
        answers_from = session.ask("SHOW data_directory", PATIENCE_SECONDS)[0][0]
        if answers_from != str(self.data):
            session.close()
            return f"at its address answers another server, with the data in {answers_from}"
        self._session = session
        return None

    def _await(self, awaited: str, obstacle: Callable[[], str | None]) -> None:
        """Wait in wall time, for this is work, until there is no obstacle left; LabError when the server ends first."""
        process = self._process.running()
        sentence = ""
        for _ in range(round(PATIENCE_SECONDS / PAUSE_SECONDS)):
            found = obstacle()
            if found is None:
                return
            sentence = found
            with suppress(LabError):
                # The pause is a wait for the server's end, which makes waiting for anything else vain.
                process.wait(PAUSE_SECONDS)
                break
        why = sentence if process.alive() else " | ".join(process.tail(5))
        raise LabError(f"waited in vain until of {self.name} can be said: {awaited}", why, f"read {self.log}")

    def _await_backup(self, backup: Process, stalled: Callable[[], str | None]) -> None:
        """Wait for a base backup; LabError when it fails, or when its path is cut, which would hold it for ever."""
        for _ in range(round(BACKUP_SECONDS / SLICE_SECONDS)):
            try:
                status = backup.wait(SLICE_SECONDS)
            except LabError:
                if (sentence := stalled()) is None:
                    continue
                backup.kill()
                raise LabError(f"{backup.name} was given up", sentence, "make a new replica after the heal") from None
            if status == 0:
                return
            words = " | ".join(backup.tail(5))
            raise LabError(f"{backup.name} failed with status {status}", words, f"read {backup.log}")
        backup.kill()
        raise LabError(f"{backup.name} took longer than {BACKUP_SECONDS:g} s", " | ".join(backup.tail(5)))


def quoted(name: str) -> str:
    """Return an identifier of SQL."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
