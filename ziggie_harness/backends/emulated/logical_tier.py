"""The data tier on servers of one's own: PostgreSQL in two regions, the second subscribed to the first (guide §4)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.compared_servers import compare_servers
from ziggie_harness.backends.emulated.data_tier import Duty, Ground
from ziggie_harness.backends.emulated.load import PostgresLoaded
from ziggie_harness.backends.emulated.logical_inspection import Inspection
from ziggie_harness.backends.emulated.logical_replication import LogicalReplication
from ziggie_harness.backends.emulated.logical_servers import DATABASE, PORT, PRINTED, REPLICATOR, USER, described
from ziggie_harness.backends.emulated.own_servers import host_lost, no_backup
from ziggie_harness.backends.emulated.owner_sql import SCHEMA, SQL, OwnerSql, Place
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_hurt import APPLY_WORKER, PostgresDisk, PostgresReplay
from ziggie_harness.backends.emulated.postgres_install import ADMINISTRATOR, template
from ziggie_harness.backends.emulated.programs import written
from ziggie_harness.backends.emulated.slot_watch import SlotWatch
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.database_events import StoresCompared
from ziggie_harness.model.databases import LogicalPostgres
from ziggie_harness.model.errors import ApiRefused, LabError
from ziggie_harness.model.history import Event
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import Disk, Loaded, Replay, Server

SUBSCRIPTION: Final = "ziggie_sub"

CORRECTED: Final = SQL / "logical_replication" / "corrected"

PRINTED_PASSWORD: Final = "secure_password"  # noqa: S105 - the guide's own words, which this is about
PASSFILE: Final = "replicator.pgpass"
"""Where the corrected subscription finds its password: beside the server's data, from where the server runs."""

UNCOPIED: Final = "SELECT string_agg(srrelid::regclass::text, ', ') FROM pg_subscription_rel WHERE srsubstate <> 'r'"

EPOCH: Final = "SELECT coalesce(current_setting('ziggie.epoch', true), '0')"

COPY_SECONDS: Final = 30.0
"""For how long the first copy of the tables is waited for."""

COPY_POLL_SECONDS: Final = 0.01

SILENCE_SECONDS: Final = 10.0
"""When an operator's client gives up on a database that cannot be reached."""


class LogicalTier:
    """A ``DataTier`` on servers of one's own. The owner's SQL makes it, and takes over."""

    def __init__(self, ground: Ground, declared: LogicalPostgres) -> None:
        """Describe the servers; nothing is made yet."""
        self._ground, self._declared = ground, declared
        self._publisher, self._subscriber = Role(declared.primary_role), Role(declared.replica_role)
        self._sql = OwnerSql(ground.network, ground.journal)
        self._password = secrets.token_hex(16) if declared.password_in_a_file else PRINTED_PASSWORD
        self._installation = ground.postgres()
        roles = (self._publisher, self._subscriber)
        self._servers = {role: described(ground, declared, self._installation, role) for role in roles}
        self._replication = self._stream()
        self.patience_seconds: float | None = None
        self.admits_clients = False

    def create(self) -> None:
        """Make the servers, and set them up by the owner's scripts in their order; return when rows arrive."""
        fresh = template(self._installation, self._ground.supervisor)
        for server in self._servers.values():
            server.create(fresh, USER, DATABASE)
        self._prepare(self._publisher)
        if self._declared.schema_copied:
            self._prepare(self._subscriber)
        self._subscribe()

    def duties(self) -> Sequence[Duty]:
        """Return the owner's watch over the slots, where there is one."""
        alarm = self._declared.slot_alarm_megabytes
        if alarm is None:
            return ()
        return (SlotWatch(self._ground.journal, lambda: self._servers[self._publisher], alarm << 20).duty(),)

    def obstacle(self) -> str | None:
        """Say by how much the subscriber is behind while it catches up."""
        return self._replication.obstacle()

    def _prepare(self, role: Role) -> None:
        """Make what both sides need: the application's tables and roles, and a user that reads all of them."""
        declared = self._declared
        self._run(SCHEMA, role, USER)
        if declared.keyless_tables_identified:
            self._run(CORRECTED / "replica_identity.sql", role)
        if role is self._publisher or declared.roles_copied:
            self._run(SQL / "application" / "roles.sql", role)
            if declared.password_in_a_file:
                self._run(CORRECTED / "replicator.sql", role)
                if declared.future_tables_granted:
                    self._run(CORRECTED / "future_tables.sql", role)

    def _subscribe(self) -> None:
        """Let one server publish and the other subscribe, by the owner's scripts, and wait for the first copy."""
        declared = self._declared
        if declared.password_in_a_file:
            self._put_passfile()
        folder = CORRECTED if declared.password_in_a_file else PRINTED
        self._run(folder / "primary.sql", self._publisher)
        self._run(folder / "secondary.sql", self._subscriber)
        if declared.standby_read_only:
            self._run(CORRECTED / "standby.sql", self._subscriber)
        self._await_copy()

    def service_environment(self, role: Role) -> Mapping[str, str]:
        """Return what the service of a region is told of its database."""
        return {
            "ZIGGIE_DATABASE": written(self._ground.network, self._known(role).address, PORT),
            "ZIGGIE_DATABASE_NAME": DATABASE,
            "ZIGGIE_DATABASE_USER": USER,
        }

    def server(self, role: Role) -> Server:
        """Return the database server of a region; LabError where there is none."""
        return self._known(role)

    def disk(self, role: Role) -> Disk:
        """Return the disk of a region's database."""
        return PostgresDisk(self._known(role))

    def replay(self, role: Role) -> Replay:
        """Return what applies to a region's database what it received."""
        return PostgresReplay(self._known(role), APPLY_WORKER)

    def loaded(self, role: Role) -> Loaded:
        """Return what can be read of a load in a region."""
        place = self._place(role, USER)
        return PostgresLoaded(place.source, lambda: self._sql.accounting(place))

    def replication_lag(self, role: Role) -> str | None:
        """Return how far the subscriber is behind, as a sentence, or None when it has everything."""
        if role is not self._subscriber:
            raise LabError(f"the {role} region replicates nothing", hint=f"ask the {self._subscriber} region")
        return self._replication.lag()

    def promote(self, role: Role, caller: str) -> None:
        """Run the owner's takeover at a region's server, from a site. Raises ApiRefused."""
        declared, place = self._declared, self._place(role, source=caller)
        wanted = {
            "end_subscription": declared.subscription_ended_at_failover,
            "sequences": declared.sequences_carried,
            "writable": declared.standby_read_only,
        }
        self._reach(place)
        try:
            for name in (name for name, is_wanted in wanted.items() if is_wanted):
                self._sql.run(CORRECTED / f"{name}.sql", place)
        except LabError as error:
            raise ApiRefused(f"the takeover of {place.address} failed", str(error)) from error

    def promotion_obstacle(self, role: Role, caller: str) -> str | None:
        """Return why a region's database does not accept writes of its own yet, asked from a site, or None."""
        place = self._place(role, source=caller)
        try:
            self._reach(place)
            read_only = self._sql.value("SHOW default_transaction_read_only", place)
        except (ApiRefused, LabError) as error:
            return str(error)
        return None if read_only == "off" else f"the database of the {role} region is read-only"

    def rebuild(self, role: Role, caller: str) -> None:
        """Make a region's server anew, subscribed to the other, which primary.ziggie.ai then leads to.

        The copy has the application's own schema; what it had is gone. Raises ApiRefused.
        """
        self._reach(self._place(role, source=caller))
        publisher = next(other for other in self._servers if other is not role)
        epoch = self._sql.value(EPOCH, self._place(publisher))
        server = self._servers[role]
        server.kill()
        server.disk.clear()
        server.create(template(self._installation, self._ground.supervisor), USER, DATABASE)
        self._replication.close()
        self._publisher, self._subscriber = publisher, role
        self._replication = self._stream()
        self._prepare(role)
        self._sql.run(CORRECTED / "epoch.sql", self._place(role), {"epoch": epoch})
        self._subscribe()

    def restore(self, role: Role, to_seconds: float, caller: str) -> None:
        """Refuse: the guide takes no base backup and keeps no archive on these servers. Raises ApiRefused."""
        raise ApiRefused(f"the {role} region cannot be restored from {caller}", "nobody kept a backup of its server")

    def replica_obstacle(self, role: Role) -> str | None:
        """Return why a region's database does not follow the other's with everything that it has, or None."""
        if role is not self._subscriber:
            return f"the {role} region subscribes to nothing"
        return None if self._replication.follows() else self._replication.lag() or "it does not subscribe any more"

    def address_of(self, host: str) -> str | None:
        """Return the lab's address of a server's public name, primary.ziggie.ai or secondary.ziggie.ai, or None."""
        names = {Role.PRIMARY: self._publisher, Role.SECONDARY: self._subscriber}
        zone = self._ground.topology.zone
        return next((self._servers[role].address for name, role in names.items() if host == f"{name}.{zone}"), None)

    @contextmanager
    def job(self, role: Role, name: str) -> Iterator[None]:
        """Run one of the owner's jobs in a region for the block; what it adds to the schema, the standby has first."""
        both = self._declared.migrations_on_both_sides and self._sql.adds_to_schema(name)
        places = [self._place(other, USER) for other in self._servers if both and other is not role]
        places.append(self._place(role, USER))
        try:
            for place in places:
                self._sql.job(name, "everywhere", place)
            if both and self._declared.future_tables_granted:
                self._run(CORRECTED / "refresh.sql", self._subscriber)
                self._await_copy()
            self._sql.job(name, "do", places[-1])
            yield
        finally:
            for place in reversed(places):
                # A server that a fault has ended keeps what the job did.
                with suppress(LabError):
                    self._sql.job(name, "undo", place)

    def job_seen(self, role: Role, name: str) -> str | None:
        """Return what shows that a job was done in a region, or None."""
        return self._sql.job_seen(name, self._place(role, USER))

    def compare(self) -> StoresCompared:
        """Compare the primary and the standby, once it has what it can get. Raises ZiggieError."""
        if self._declared.sequences_carried:
            self._run(CORRECTED / "sequences.sql", self._subscriber)
        with suppress(WaitTimedOut):
            wait_until(self._ground.clock, "the standby", self._replication.lag, at_most_seconds=COPY_SECONDS)
        return compare_servers(self._ground.network, self._place(self._publisher), self._place(self._subscriber))

    def lose_host(self, role: Role) -> AbstractContextManager[None]:
        """Lose the host of a region's database for the block; nobody stands by."""
        return host_lost(self.server(role))

    def begin_backup(self, role: Role) -> None:
        """Refuse: nobody backs these servers up. LabError."""
        raise no_backup(role)

    def inspect(self) -> Iterator[Event]:
        """Yield what shows when the databases are tried past the service."""
        inspection = Inspection(self._ground, self._sql, self._replication, REPLICATOR, self._password)
        for role, server in self._servers.items():
            # A server that does not answer shows nothing.
            with suppress(LabError):
                yield from inspection.of(server, self._place(role), self._place(role, USER))

    def _stream(self) -> LogicalReplication:
        """Return the stream from the one that publishes to the one that subscribes."""
        publisher, subscriber = self._servers[self._publisher], self._servers[self._subscriber]
        return LogicalReplication(publisher, subscriber, SUBSCRIPTION, self._ground.network)

    def _put_passfile(self) -> None:
        """Put the replication user's password where the standby's server alone can read it."""
        path = self._servers[self._subscriber].disk.seen / PASSFILE
        path.touch(mode=0o600)
        path.write_text(f"*:{PORT}:{DATABASE}:{REPLICATOR}:{self._password}\n", encoding="utf-8")

    def _run(self, script: Path, role: Role, user: str = ADMINISTRATOR) -> None:
        """Run a script on a server itself."""
        self._sql.run(script, self._place(role, user), {"password": self._password})

    def _place(self, role: Role, user: str = ADMINISTRATOR, *, source: str = "") -> Place:
        """Return a region's database, entered from its own site unless another is named."""
        server = self._known(role)
        return Place(server.address, PORT, DATABASE, user, source or server.site)

    def _known(self, role: Role) -> PostgresServer:
        """Return the server of a region; LabError where there is none."""
        if role not in self._servers:
            raise LabError(f"the {role} region has no database", hint=f"databases are in: {', '.join(self._servers)}")
        return self._servers[role]

    def _reach(self, place: Place) -> None:
        """Give up, after a while, on a server that cannot be reached from a site. Raises ApiRefused."""
        if stalled := self._ground.network.stalled(place.source, place.address, place.port):
            self._ground.clock.sleep(SILENCE_SECONDS)
            raise ApiRefused(f"{place.address} does not answer", stalled, "run the takeover from another place")

    def _await_copy(self) -> None:
        """Wait until the standby has what the tables held when it subscribed; a copy that fails is told by others."""
        place, clock = self._place(self._subscriber), self._ground.clock

        def copying() -> str | None:
            """Name the tables that are not copied yet."""
            tables = self._sql.value(UNCOPIED, place)
            return f"not copied yet: {tables}" if tables else None

        with suppress(WaitTimedOut), clock.hold(copying):
            wait_until(
                clock, "the copy of the tables", copying, at_most_seconds=COPY_SECONDS, every_seconds=COPY_POLL_SECONDS
            )
