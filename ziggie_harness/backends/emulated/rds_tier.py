"""The data tier on RDS: an instance in one region and its cross-region read replica, made and promoted by its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.compared_servers import compare_servers
from ziggie_harness.backends.emulated.data_tier import Duty, Ground
from ziggie_harness.backends.emulated.load import PostgresLoaded
from ziggie_harness.backends.emulated.owner_sql import SCHEMA, OwnerSql, Place
from ziggie_harness.backends.emulated.postgres_hurt import STARTUP, PostgresDisk, PostgresReplay
from ziggie_harness.backends.emulated.programs import written
from ziggie_harness.backends.emulated.rds import EmulatedRds
from ziggie_harness.backends.emulated.rds_lag import lag_duties, statement
from ziggie_harness.emulation.rds.instance import PORT, Key, State
from ziggie_harness.emulation.rds.journeys import RdsTimings
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.database_events import InstanceDescribed, StoresCompared
from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.errors import ApiRefused, LabError
from ziggie_harness.model.history import Event
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import CLIENTS, Disk, Loaded, Replay, Server

OPERATOR: Final = CLIENTS
"""Where whoever provisions sits."""

DATABASE: Final = "ziggie"
USER: Final = "ziggie"
PASSWORD: Final = "lab-only"  # noqa: S105 - the lab's databases admit by address; RDS wants one all the same

CEILING_SECONDS: Final = 7200.0
"""When an instance that does not become available, or does not go, counts as failed."""

CATCH_UP_SECONDS: Final = 30.0
"""For how long a replica is given to get what it lacks before it is compared."""

LOOK_SECONDS: Final = 5.0
"""Between two looks at an instance that takes minutes."""

OTHER: Final = {Role.PRIMARY: Role.SECONDARY, Role.SECONDARY: Role.PRIMARY}
"""The region that a replica's source is in."""


class RdsTier:
    """A ``DataTier`` on RDS."""

    def __init__(self, ground: Ground, declared: RdsPostgres, rds: EmulatedRds, clients: Clients) -> None:
        """Know the parts; nothing is made yet."""
        self._ground, self._declared = ground, declared
        self._rds, self._clients = rds, clients
        self._sql = OwnerSql(ground.network, ground.journal)
        self._identifiers = {
            Role(declared.primary_role): declared.primary_instance,
            Role(declared.replica_role): declared.replica_instance,
        }
        self.obstacle = rds.replication_hold()
        self.patience_seconds: float | None = None
        self.admits_clients = True

    def create(self) -> None:
        """Create the primary instance, its schema, and the replica in the other region, through the API of RDS."""
        declared = self._declared
        primary, replica = self._key(Role(declared.primary_role)), self._key(Role(declared.replica_role))
        self._clients.client("rds", primary.region, OPERATOR).create_db_instance(
            DBInstanceIdentifier=primary.identifier,
            DBInstanceClass="db.t3.medium",
            Engine=declared.engine,
            MasterUsername=USER,
            MasterUserPassword=PASSWORD,
            DBName=DATABASE,
            AllocatedStorage=100,
            MultiAZ=declared.multi_az,
            StorageEncrypted=declared.encrypted,
            BackupRetentionPeriod=declared.backup_retention_days,
        )
        self._await_instance(primary)
        self._sql.run(SCHEMA, self._place(primary))
        if declared.heartbeat_seconds is not None:
            self._rds.server(primary).ask(statement("table"))
        self._copy(replica, primary, OPERATOR)

    def duties(self) -> Sequence[Duty]:
        """Return what RDS does by itself, and the owner's heartbeat where there is one."""
        keys = lambda: [self._key(role) for role in self._identifiers]  # noqa: E731 - who it is changes with a restore
        return lag_duties(self._rds, self._ground.clock, self._ground.journal, keys, self._declared.heartbeat_seconds)

    def service_environment(self, role: Role) -> Mapping[str, str]:
        """Return what the service of a region is told of its database."""
        home = role if self._declared.own_database else Role(self._declared.primary_role)
        instance = self._rds.describe(self._key(home))
        return {
            "ZIGGIE_DATABASE": written(self._ground.network, instance.address, PORT),
            "ZIGGIE_DATABASE_NAME": DATABASE,
            "ZIGGIE_DATABASE_USER": USER,
            **({"PGPASSFILE": passfile} if (passfile := self._rds.server(instance.key).passfile) else {}),
        }

    def server(self, role: Role) -> Server:
        """Return the database server of a region; LabError where there is none."""
        return self._rds.server(self._key(role))

    def disk(self, role: Role) -> Disk:
        """Return the disk of a region's database."""
        return PostgresDisk(self._rds.server(self._key(role)))

    def replay(self, role: Role) -> Replay:
        """Return what replays in a region's replica what it received."""
        return PostgresReplay(self._rds.server(self._key(role)), STARTUP)

    def loaded(self, role: Role) -> Loaded:
        """Return what can be read of a load in a region."""
        place = self._place(self._key(role))
        return PostgresLoaded(place.source, lambda: self._sql.accounting(place))

    def replication_lag(self, role: Role) -> str | None:
        """Return how far the replica in a region is behind, as a sentence, or None when it has everything."""
        return self._rds.replication_lag(self._key(role))

    def promote(self, role: Role, caller: str) -> None:
        """Ask RDS, from a site, to promote a region's replica. Raises ApiRefused."""
        key, declared = self._key(role), self._declared
        named = {"BackupRetentionPeriod": declared.backup_retention_days} if declared.retention_kept else {}
        self._clients.ask("rds", key.region, caller, lambda rds: rds.promote_read_replica(
            DBInstanceIdentifier=key.identifier, **named))  # fmt: skip

    def promotion_obstacle(self, role: Role, caller: str) -> str | None:
        """Ask RDS, from a site, why a region's database is not yet a primary of its own, or None."""
        key = self._key(role)
        try:
            answer = self._clients.ask(
                "rds", key.region, caller, lambda rds: rds.describe_db_instances(DBInstanceIdentifier=key.identifier)
            )
        except ApiRefused as refusal:
            return str(refusal)
        told = answer["DBInstances"][0]
        if told["DBInstanceStatus"] != State.AVAILABLE:
            return f"{key.identifier} is {told['DBInstanceStatus']}"
        if source := told.get("ReadReplicaSourceDBInstanceIdentifier"):
            return f"{key.identifier} is still a replica of {source}"
        return None

    def rebuild(self, role: Role, caller: str) -> None:
        """Delete a region's instance and make it anew as a replica of the other's. Raises ApiRefused, WaitTimedOut.

        The source of a promoted replica cannot be made to follow it (RDS user guide, "Working with DB instance read
        replicas"). A final snapshot keeps the writes that were acknowledged and never replicated.
        """
        key = self._key(role)
        snapshot = f"{key.identifier}-before-rebuild"
        self._clients.ask("rds", key.region, caller, lambda rds: rds.delete_db_instance(
            DBInstanceIdentifier=key.identifier, FinalDBSnapshotIdentifier=snapshot))  # fmt: skip
        wait_until(
            self._ground.clock,
            f"{key} to be deleted",
            lambda: f"{key.identifier} is deleting" if self._rds.exists(key) else None,
            at_most_seconds=CEILING_SECONDS,
            every_seconds=LOOK_SECONDS,
        )
        self._copy(key, self._key(OTHER[role]), caller)

    def restore(self, role: Role, to_seconds: float, caller: str) -> None:
        """Restore a region's instance beside itself, and carry over the orders that are younger than the restored ones.

        The region's database is the restored one from then on. Raises ApiRefused, WaitTimedOut.
        """
        damaged = self._key(role)
        restored = Key(damaged.region, f"{damaged.identifier}-restored")
        wait_until(
            self._ground.clock,
            f"{damaged} to be restorable to {to_seconds:g} s",
            lambda: self._not_uploaded(damaged, to_seconds, caller),
            at_most_seconds=CEILING_SECONDS,
            every_seconds=LOOK_SECONDS,
        )
        self._clients.ask("rds", damaged.region, caller, lambda rds: rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=damaged.identifier, TargetDBInstanceIdentifier=restored.identifier,
            RestoreTime=self._rds.dates.at(to_seconds), MultiAZ=True))  # fmt: skip
        self._await_instance(restored)
        self._sql.carry_over(self._place(damaged), self._place(restored))
        self._identifiers[role] = restored.identifier

    def replica_obstacle(self, role: Role) -> str | None:
        """Return why a region's instance is no replica that has everything, or None."""
        key = self._key(role)
        if obstacle := self._rds.unavailable(key):
            return obstacle
        if self._rds.describe(key).source is None:
            return f"{key.identifier} replicates nothing"
        status = self._rds.server(key).ask("SELECT status FROM pg_stat_wal_receiver")
        if status != (("streaming",),):
            return f"{key.identifier} does not stream: {status}"
        return self._rds.replication_lag(key)

    @contextmanager
    def job(self, role: Role, name: str) -> Iterator[None]:
        """Run one of the owner's jobs in a region's database for the block; all of it is replicated."""
        place = self._place(self._key(role))
        try:
            for step in ("everywhere", "do"):
                self._sql.job(name, step, place)
            yield
        finally:
            # A server that a fault has ended keeps what the job did.
            with suppress(LabError):
                self._sql.job(name, "undo", place)

    def job_seen(self, role: Role, name: str) -> str | None:
        """Return what shows that a job was done in a region's database, or None."""
        return self._sql.job_seen(name, self._place(self._key(role)))

    def compare(self) -> StoresCompared:
        """Compare the two instances, once the replica has what it can get. Raises ZiggieError."""
        declared = self._declared
        primary, replica = (self._key(Role(role)) for role in (declared.primary_role, declared.replica_role))
        with suppress(WaitTimedOut):
            wait_until(
                self._ground.clock,
                f"{replica} to have everything",
                lambda: self._rds.replication_lag(replica),
                at_most_seconds=CATCH_UP_SECONDS,
            )
        return compare_servers(self._ground.network, self._place(primary), self._place(replica))

    @contextmanager
    def lose_host(self, role: Role) -> Iterator[None]:
        """Lose the host of a region's instance for the block; a Multi-AZ instance goes on from its standby."""
        key = self._key(role)
        try:
            self._rds.lose_host(key)
            yield
        finally:
            self._rds.replace_host(key)

    def begin_backup(self, role: Role) -> None:
        """Let the backup window of a region's instance begin, as soon as it is available."""
        self._await_instance(self._key(role))
        self._rds.start_daily_backup(self._key(role))

    def inspect(self) -> Iterator[Event]:
        """Yield what RDS tells of the instances that take writes."""
        for role in self._identifiers:
            instance = self._rds.describe(self._key(role))
            if instance.source is None:
                yield InstanceDescribed(
                    instance.key.identifier,
                    instance.key.region,
                    instance.multi_az,
                    instance.backup_retention_days,
                    encrypted=bool(instance.key_arn),
                )

    def address_of(self, host: str) -> str | None:
        """Return the lab's address of an instance's endpoint, or None when the name is none."""
        return self._rds.address_of(host)

    def _key(self, role: Role) -> Key:
        """Return what names the database instance of a region; LabError for a region without one."""
        if role not in self._identifiers:
            places = ", ".join(self._identifiers)
            raise LabError(f"the {role} region has no database", hint=f"databases are in: {places}")
        return Key(self._ground.topology.region(role), self._identifiers[role])

    def _not_uploaded(self, key: Key, to_seconds: float, caller: str) -> str | None:
        """Return why an instance cannot be restored to a drill time yet, as RDS tells it to a site, or None."""
        answer = self._clients.ask(
            "rds", key.region, caller, lambda rds: rds.describe_db_instances(DBInstanceIdentifier=key.identifier)
        )
        latest = answer["DBInstances"][0].get("LatestRestorableTime")
        if latest is not None and self._rds.dates.at(to_seconds) <= latest:
            return None
        return f"the latest restorable time is {latest}"

    def _copy(self, replica: Key, source: Key, caller: str) -> None:
        """Make an instance as a cross-region replica of another, and wait for it."""
        declared = self._declared
        multi_az = declared.multi_az if replica == self._key(Role(declared.primary_role)) else declared.replica_multi_az
        key = {"KmsKeyId": replica.default_encryption_key} if declared.encrypted else {}
        self._clients.ask("rds", replica.region, caller, lambda rds: rds.create_db_instance_read_replica(
            DBInstanceIdentifier=replica.identifier, SourceDBInstanceIdentifier=source.arn,
            DBInstanceClass="db.t3.medium", SourceRegion=source.region, MultiAZ=multi_az, **key))  # fmt: skip
        self._await_instance(replica)

    def _await_instance(self, key: Key) -> None:
        """Wait until an instance is available."""
        wait_until(
            self._ground.clock,
            f"{key} to be available",
            lambda: self._rds.unavailable(key),
            at_most_seconds=CEILING_SECONDS,
            every_seconds=LOOK_SECONDS,
        )

    def _place(self, key: Key) -> Place:
        """Return the database of an instance, entered from its own region as its owner."""
        address, passfile = self._rds.describe(key).address, self._rds.server(key).passfile_seen
        return Place(address, PORT, DATABASE, USER, key.region, passfile=passfile)


def timings_of(topology: Topology) -> RdsTimings:
    """Return the times that the topology assumes for RDS, or ours where it does not use RDS."""
    if not isinstance(topology.database, RdsPostgres):
        return RdsTimings()
    promotion, rebuild = topology.database.assumed_promotion, topology.database.assumed_rebuild
    return RdsTimings(
        promoting_seconds=promotion.modifying_seconds,
        rebooting_seconds=promotion.rebooting_seconds,
        deleting_seconds=rebuild.deleting_seconds,
        creating_replica_seconds=rebuild.creating_seconds,
        restoring_seconds=rebuild.creating_seconds,
    )
