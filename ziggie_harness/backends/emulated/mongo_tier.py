"""The data tier on MongoDB: one replica set over several regions, which elects its primary by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from types import TracebackType
from typing import Final, Self

from ziggie_harness.backends.emulated.data_tier import Duty, Ground
from ziggie_harness.backends.emulated.load import MongoLoaded
from ziggie_harness.backends.emulated.mongo_security import Security
from ziggie_harness.backends.emulated.mongo_session import CommandRefused, MongoSession
from ziggie_harness.backends.emulated.mongod import MongoServer
from ziggie_harness.backends.emulated.own_servers import host_lost, no_backup
from ziggie_harness.backends.emulated.replica_set import DATABASE, Declared, Member, ReplicaSet
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.database_events import AdmissionTried, StoresCompared, WritesRolledBack
from ziggie_harness.model.databases import MongoReplicaSet
from ziggie_harness.model.errors import ApiRefused, LabError
from ziggie_harness.model.history import Event
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, Disk, Loaded, Replay

USER: Final = "ziggie"
ORDERS: Final = "orders"
"""The collection of the orders."""

NOBODY: Final = "nobody"
"""The stranger's name in the history: it gives none to the database."""

STRANGER_SECONDS: Final = 5.0
"""For how long, in wall time, a stranger waits for each answer."""

CEILING_SECONDS: Final = 3600.0
"""When a member that does not catch up counts as failed."""

LOOK_SECONDS: Final = 1.0

PASSWORD: Final = "lab-only"  # noqa: S105 - no lab outlives its drill


class MongoTier:
    """A ``DataTier`` on a replica set, for the time of a block."""

    def __init__(self, ground: Ground, declared: MongoReplicaSet) -> None:
        """Know the parts; nothing is made yet. LabError when there is no MongoDB."""
        self._ground, self._declared = ground, declared
        self.replicas = ReplicaSet(
            Declared(
                declared.replica_set,
                tuple(
                    Member(
                        name, ground.topology.region(Role(member.region)), 0 if member.arbiter else member.priority,
                        arbiter=member.arbiter,
                    )
                    for name, member in declared.members.items()
                ),
                round(declared.election_timeout_seconds * 1000),
                int(declared.heartbeat_timeout_seconds),
                declared.tcp_retries,
                # Owners who want less than a majority leave the default to MongoDB, as rs.initiate() does.
                "majority" if declared.write_concern == "majority" else "",
                USER,
                PASSWORD,
            ),
            network=ground.network,
            supervisor=ground.supervisor,
            directory=ground.directory,
            installation=ground.mongo(),
            security=Security(ground.certificates) if declared.encrypted else None,
        )  # fmt: skip
        self.obstacle = self.replicas.election_hold()
        self.patience_seconds = self.replicas.hold_patience_seconds
        self.admits_clients = True

    def __enter__(self) -> Self:
        """Open the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up; the servers end with their supervisor."""
        self.replicas.close()

    def create(self) -> None:
        """Start the members as they are after ``rs.initiate``, with the declared first member as primary."""
        self.replicas.create()

    def duties(self) -> Sequence[Duty]:
        """Return nothing: the members do by themselves what has to be done."""
        return ()

    def service_environment(self, role: Role) -> Mapping[str, str]:
        """Return what the service of a region is told: all members, wherever the service is."""
        environment = {
            "ZIGGIE_DATABASE_ENGINE": self._declared.engine,
            "ZIGGIE_DATABASE_MEMBERS": ",".join(f"{one.site}={one.host}" for one in self.replicas.servers.values()),
            "ZIGGIE_REPLICA_SET": self._declared.replica_set,
            "ZIGGIE_WRITE_CONCERN": self._declared.write_concern,
            "ZIGGIE_DATABASE_NAME": DATABASE,
            "ZIGGIE_DATABASE_USER": USER,
        }
        if self._declared.encrypted:
            environment["ZIGGIE_DATABASE_PASSWORD"] = PASSWORD
            environment["ZIGGIE_DATABASE_CA"] = str(self._ground.certificates.certificate_path)
        return environment

    def server(self, role: Role) -> MongoServer:
        """Return the member of a region that holds data; LabError where there is none."""
        site = self._ground.topology.region(role)
        holders = [name for name in self.replicas.at(site) if not self._declared.members[name].arbiter]
        if not holders:
            raise LabError(f"the {role} region has no database", hint="look at the declared members of the replica set")
        return self.replicas.servers[holders[0]]

    def disk(self, role: Role) -> Disk:
        """Refuse: what a full disk does to MongoDB is not tried. LabError."""
        raise LabError(f"the disk of the {role} region's member cannot be filled", hint="use a PostgreSQL topology")

    def replay(self, role: Role) -> Replay:
        """Refuse: a member's appliers are threads of its one process. LabError."""
        raise LabError(f"the {role} region's member has no replay of its own", hint="freeze the database instead")

    def loaded(self, role: Role) -> Loaded:
        """Return what a client in a region can read of a load: the primary answers, wherever it is. LabError."""
        site = self._ground.topology.region(role)
        primary = self._reached_primary(site)
        if primary is None:
            raise LabError(f"the {role} region reaches no primary", hint="judge a region that serves")
        # As the service reads: what a majority has where writes wait for one, else what the primary has.
        read_concern = "majority" if self._declared.write_concern == "majority" else "local"
        return MongoLoaded(site, primary, DATABASE, read_concern)

    def replication_lag(self, role: Role) -> str | None:
        """Return how far the member of a region is behind the primary, or None when it has everything."""
        return self.replicas.lag(self.server(role).name)

    def promote(self, role: Role, caller: str) -> None:
        """Make whoever the caller can reach the whole set, by force, where no majority is left to elect a primary.

        A set that can elect by itself is left alone: force on top of an election makes two primaries. Raises
        ApiRefused.
        """
        if self.obstacle() is not None or self._reached_primary(caller) is not None:
            return
        own = self.server(role)
        what = f"{own.name} was not made a set of its own, asked from {caller}"
        if not own.works() or not self._reaches(caller, own):
            raise ApiRefused(what, "it does not answer")
        try:
            self.replicas.force_members([server.name for server in self._survivors(own, caller)])
        except CommandRefused as refused:
            raise ApiRefused(what, refused.why) from refused

    def promotion_obstacle(self, role: Role, caller: str) -> str | None:
        """Say that no primary can be reached from a site, or return None."""
        reached = self._reached_primary(caller)
        return None if reached else f"{self._declared.replica_set} has no primary that {caller} can reach"

    def rebuild(self, role: Role, caller: str) -> None:
        """Bring a region's member back; it takes back what no majority has, and catches up by itself.

        What it takes back stays in its rollback files. Raises WaitTimedOut.
        """
        server = self.server(role)
        if not server.alive():
            server.start()
        wait_until(
            self._ground.clock, f"{server.name} to have everything", lambda: self.replica_obstacle(role),
            at_most_seconds=CEILING_SECONDS, every_seconds=LOOK_SECONDS,
        )  # fmt: skip

    def restore(self, role: Role, to_seconds: float, caller: str) -> None:
        """Refuse: the guide keeps no backups of its replica set. Raises ApiRefused."""
        raise ApiRefused(f"the {role} region cannot be restored from {caller}", "nobody kept a backup of its member")

    def replica_obstacle(self, role: Role) -> str | None:
        """Return why a region's member neither leads the set nor follows it with everything, or None."""
        server = self.server(role)
        if not server.works():
            return f"{server.name} does not run"
        status = self.replicas.status(server.name)
        if status.state not in {"PRIMARY", "SECONDARY"}:
            return f"{server.name} is {status.state}"
        if self.replicas.primary() is None:
            return f"{self._declared.replica_set} has no primary"
        return self.replicas.lag(server.name)

    @contextmanager
    def job(self, role: Role, name: str) -> Iterator[None]:
        """Run no job: the owner has none for MongoDB. LabError."""
        raise LabError(f"the owner has no job {name!r} for MongoDB", hint="jobs are SQL; use a PostgreSQL topology")
        yield

    def job_seen(self, role: Role, name: str) -> str | None:
        """Return None: no job was done."""
        return None

    def lose_host(self, role: Role) -> AbstractContextManager[None]:
        """Lose the host of a region's database for the block; nobody stands by."""
        return host_lost(self.server(role))

    def begin_backup(self, role: Role) -> None:
        """Refuse: nobody backs these servers up. LabError."""
        raise no_backup(role)

    def compare(self) -> StoresCompared:
        """Refuse: a majority keeps members equal, and what rolls back is counted by what clients wrote. LabError."""
        raise LabError("the members of a replica set are not compared", hint="judge the recovery point instead")

    def inspect(self) -> Iterator[Event]:
        """Yield what each member took back, and whether a stranger who knows no password can read where clients can."""
        for name, member in self._declared.members.items():
            server = self.replicas.servers[name]
            if member.arbiter:
                continue
            yield WritesRolledBack(server.site, tuple(self.replicas.rolled_back(name, ORDERS)))
            if server.works() and self._reaches(CLIENTS, server):
                yield self._stranger(server)

    def _stranger(self, server: MongoServer) -> AdmissionTried:
        """Read from where the clients are, over whatever the server speaks, without a password."""
        network, security = self._ground.network, self.replicas.security
        try:
            session = MongoSession(
                lambda: network.inside(CLIENTS), server.address, server.port,
                within_seconds=STRANGER_SECONDS, security=security,
            )  # fmt: skip
            with closing(session):
                anywhere = {"$readPreference": {"mode": "nearest"}}
                session.ask({"find": ORDERS, "limit": 1, **anywhere}, DATABASE, within_seconds=STRANGER_SECONDS)
        except LabError as error:
            return AdmissionTried(server.site, CLIENTS, NOBODY, admitted=False, reason=error.why or error.what)
        return AdmissionTried(server.site, CLIENTS, NOBODY, admitted=True, reason="")

    def address_of(self, host: str) -> str | None:
        """Return None: members know each other by address."""
        return None

    def _reached_primary(self, caller: str) -> MongoServer | None:
        """Return the primary, where a site can reach it."""
        name = self.replicas.primary()
        server = None if name is None else self.replicas.servers[name]
        return server if server is not None and self._reaches(caller, server) else None

    def _survivors(self, own: MongoServer, caller: str) -> Sequence[MongoServer]:
        """Return the members that work and can be reached from a site, one's own first."""
        others = [
            server for server in self.replicas.servers.values()
            if server is not own and server.works() and self._reaches(caller, server)
        ]  # fmt: skip
        return [own, *others]

    def _reaches(self, caller: str, server: MongoServer) -> bool:
        """Say whether packets pass between a site and a member."""
        return caller == server.site or self._ground.network.stalled(caller, server.address, server.port) is None
