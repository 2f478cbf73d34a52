"""A MongoDB replica set on real servers: made as declared, asked past the network, forced into a new shape."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bson

from ziggie_harness.backends.emulated.election_watch import FEEDBACK_SECONDS, ElectionWatch
from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.backends.emulated.mongo_install import Installation
from ziggie_harness.backends.emulated.mongo_security import Security
from ziggie_harness.backends.emulated.mongo_session import CommandRefused
from ziggie_harness.backends.emulated.mongod import PATIENCE_SECONDS, SETTINGS, MongoServer, WallTime
from ziggie_harness.backends.emulated.templates import copy_directory, made_once
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network

LOOK_SECONDS: Final = 0.02
"""How often, in wall time, somebody who waits for the set looks."""

ROLLBACK_LOG_ID: Final = '"id":21609,'
"""How MongoDB marks the log's line "Preparing to write deleted documents to a rollback file" in every version."""

TCP_RETRIES: Final = Path("/proc/sys/net/ipv4/tcp_retries2")
"""Each network namespace has its own."""

DATABASE: Final = "ziggie"
"""The database that the set's one user may read and write."""


@dataclass(frozen=True, slots=True)
class Member:
    """One declared member."""

    name: str
    site: str
    priority: float = 1.0
    votes: int = 1
    arbiter: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """A replica set as its owners declare it; the default is what ``rs.initiate`` makes of names alone."""

    name: str
    members: tuple[Member, ...]
    election_timeout_milliseconds: int = 10_000
    heartbeat_timeout_seconds: int = 10
    tcp_retries: int = 15
    """tcp_retries2 of the members' kernels; 15 is Linux's default."""
    default_write_concern: str = ""
    """``1`` or ``majority`` by setDefaultRWConcern; empty for what MongoDB makes of the members (implicit default)."""
    user: str = ""
    password: str = ""
    """Who clients are in a secured set."""


@dataclass(frozen=True, slots=True)
class Status:
    """What one member says of itself."""

    state: str
    """As MongoDB's manual names it: PRIMARY, SECONDARY, ARBITER, ROLLBACK, ..."""
    primary: str
    """The name of the member that it takes for the primary, or empty."""
    term: int


class ReplicaSet:
    """The servers of one set. They end with their supervisor; ``close`` ends the watch."""

    def __init__(  # noqa: PLR0913 - a set needs the whole lab
        self,
        declared: Declared,
        *,
        network: Network,
        supervisor: Supervisor,
        directory: Path,
        installation: Installation,
        security: Security | None = None,
    ) -> None:
        """Describe a set whose data will be below ``directory``; nothing is started."""
        self.declared = declared
        self.security = security
        self._lab = (network, supervisor, installation)
        self.servers = {
            member.name: MongoServer(
                member.name, member.site, self._address(member), replica_set=declared.name, supervisor=supervisor,
                network=network, directory=directory / member.name, installation=installation, security=security,
            )
            for member in declared.members
        }  # fmt: skip
        self._names = {server.host: name for name, server in self.servers.items()}
        self.watch = ElectionWatch(
            declared.name, tuple(self.servers.values()), network, cut_off_seconds=given_up_seconds(declared.tcp_retries)
        )

    def create(self, cache: Path | None = None) -> None:
        """Start the members with the data of a set that was initiated on this machine before, and elect as declared."""
        name = f"mongo-{self._lab[2].version}-{self._digest()}"
        template = made_once(name, self._make_template, cache)
        for member, server in self.servers.items():
            server.data.parent.mkdir(parents=True, exist_ok=True)
            copy_directory(template / member, server.data)
        self._launch()
        self.elect(self._preferred())
        self.watch.open()
        self._await("the members to agree", self.watch.obstacle)

    def close(self) -> None:
        """End the watch, and hang up."""
        self.watch.close()
        for server in self.servers.values():
            server.hang_up()

    def election_hold(self) -> Callable[[], str | None]:
        """Return what keeps the clock from jumping while the members are about to change their minds."""
        return self.watch.obstacle

    @property
    def hold_patience_seconds(self) -> float:
        """Return for how long the hold may object: an election that an arbiter vetoes is repeated a time-out later."""
        return 3 * self.declared.election_timeout_milliseconds / 1000 + PATIENCE_SECONDS

    def at(self, site: str) -> Sequence[str]:
        """Return the names of the members in a site."""
        return [member.name for member in self.declared.members if member.site == site]

    def primary(self) -> str | None:
        """Return the name of the one working member that is primary, or None."""
        server = self.watch.primary()
        return None if server is None else server.name

    def status(self, name: str) -> Status:
        """Ask a member, past the network, what it is and whom it takes for the primary; LabError without an answer."""
        told = self.servers[name].ask({"replSetGetStatus": 1})
        leader = next((one["name"] for one in told["members"] if one["stateStr"] == "PRIMARY"), "")
        own = next(one["stateStr"] for one in told["members"] if one.get("self"))
        return Status(own, self._names.get(leader, leader), int(told["term"]))

    def lag(self, name: str) -> str | None:
        """Say by how many operations a member is behind the primary, connected or not; None when it has everything.

        LabError when there is no primary, or one of the two does not answer.
        """
        leader = self.primary()
        if leader is None:
            raise LabError(f"nobody can say how far {name} is behind", f"{self.declared.name} has no primary")
        [newest] = self.servers[name].documents(
            {"find": "oplog.rs", "sort": {"$natural": -1}, "limit": 1, "projection": {"ts": 1}}, "local"
        )
        after = {"count": "oplog.rs", "query": {"ts": {"$gt": newest["ts"]}}}
        missing = int(self.servers[leader].ask(after, "local")["n"])
        return f"{name} is behind {leader} by {missing:,} operations" if missing else None

    def identities(self, name: str, collection: str, database: str = DATABASE) -> Sequence[str]:
        """Return the ids of all documents that a member holds, majority or not; LabError when it does not answer."""
        command = {
            "find": collection, "projection": {"_id": 1}, "readConcern": {"level": "local"},
            "$readPreference": {"mode": "secondaryPreferred"},
        }  # fmt: skip
        return [str(document["_id"]) for document in self.servers[name].documents(command, database)]

    def rollbacks(self, name: str) -> int:
        """Return how often a member has rolled back, as its rollback id counts; a fresh member begins with 1."""
        return int(self.servers[name].ask({"replSetGetRBID": 1})["rbid"])

    def rolled_back(self, name: str, collection: str, database: str = DATABASE) -> Sequence[str]:
        """Return the ids of the documents of a collection that a member took back, each once.

        MongoDB writes them to files before it rolls back, and logs which collection each file is of (manual, "Rollbacks
        During Replica Set Failover"); the collection itself may be taken back too.
        """
        taken: dict[str, None] = {}
        for path in self._rollback_files(name, f"{database}.{collection}"):
            with path.open("rb") as file:
                taken.update({str(document["_id"]): None for document in bson.decode_file_iter(file)})
        return tuple(taken)

    def force_members(self, survivors: Sequence[str]) -> None:
        """Make the survivors the whole set, by force, as when the others will not come back.

        MongoDB manual, "Reconfigure a Replica Set with Unavailable Members". CommandRefused when the survivor objects,
        as it does where an arbiter's leaving would change a default write concern that nobody declared.
        """
        first = self.servers[survivors[0]]
        config = first.ask({"replSetGetConfig": 1})["config"]
        hosts = {self.servers[name].host for name in survivors}
        kept = [member for member in config["members"] if member["host"] in hosts]
        first.ask({"replSetReconfig": {**config, "members": kept}, "force": True})
        # The clock must not jump before the watch has heard of it by itself.
        self.watch.learn(first.ask({"replSetGetConfig": 1})["config"])

    def elect(self, name: str) -> None:
        """Have a member stand for election at once, and wait in wall time until it is primary.

        The first tries are often refused, "I cannot see a majority": its first heartbeats found members that did not
        listen yet, and the next ones leave 2 s later (MongoDB manual, "settings.heartbeatIntervalMillis").
        """
        self._await(f"{name} to be elected", lambda: self._unelected(name))

    def _rollback_files(self, name: str, namespace: str) -> Iterator[Path]:
        """Find the files to which a member wrote what it took back from a collection."""
        with self.servers[name].log.open(encoding="utf-8") as log:
            for line in log:
                if ROLLBACK_LOG_ID in line and (told := json.loads(line))["attr"]["namespace"] == namespace:
                    yield Path(told["attr"]["file"])

    def _make_template(self, staging: Path) -> None:
        """Initiate such a set in a directory: all members are started, and stopped when they have everything."""
        network, supervisor, installation = self._lab
        fresh = ReplicaSet(
            self.declared, network=network, supervisor=supervisor, directory=staging / "made",
            installation=installation, security=self.security,
        )  # fmt: skip
        with closing(fresh):
            fresh._initiate()
            for name in reversed(fresh._in_order_of_priority()):
                fresh.servers[name].stop()
                fresh.servers[name].data.rename(staging / name)
        shutil.rmtree(staging / "made")

    def _initiate(self) -> None:
        """Make a set of empty servers, with its user and its defaults."""
        self._launch(make=True)
        first = self.servers[self._preferred()]
        first.ask({"replSetInitiate": self._configuration()})
        self.elect(first.name)
        if self.declared.default_write_concern:
            concern = self.declared.default_write_concern
            wanted = {"w": int(concern) if concern.isdigit() else concern}
            first.ask({"setDefaultRWConcern": 1, "defaultWriteConcern": wanted})
        if self.security is not None:
            roles = [{"role": "readWrite", "db": DATABASE}]
            first.ask({"createUser": self.declared.user, "pwd": self.declared.password, "roles": roles}, DATABASE)
        self.watch.open()
        self._await("the members to have everything", self.watch.obstacle)

    def _launch(self, *, make: bool = False) -> None:
        """Start all servers at once, and wait until each answers."""
        for server in self.servers.values():
            with self._lab[0].inside(server.site):
                TCP_RETRIES.write_text(str(self.declared.tcp_retries), encoding="ascii")
            if make:
                server.data.mkdir(parents=True)
            server.launch()
        for server in self.servers.values():
            server.await_listening()

    def _unelected(self, name: str) -> str | None:
        """Have a member stand, and say why it is not primary yet."""
        server = self.servers[name]
        if server.ask({"hello": 1}).get("isWritablePrimary"):
            return None
        try:
            server.ask({"replSetStepUp": 1})
        except CommandRefused as refused:
            return refused.why
        return f"{name} was elected and prepares to take writes"

    def _await(self, awaited: str, obstacle: Callable[[], str | None]) -> None:
        """Wait in wall time, for this is work."""
        wait_until(WallTime(), awaited, obstacle, at_most_seconds=PATIENCE_SECONDS, every_seconds=LOOK_SECONDS)

    def _configuration(self) -> dict[str, Any]:
        """Return the declared members as replSetInitiate wants them."""
        members = [
            {
                "_id": number, "host": self.servers[member.name].host, "priority": member.priority,
                "votes": member.votes, "arbiterOnly": member.arbiter,
            }
            for number, member in enumerate(self.declared.members)
        ]  # fmt: skip
        settings = {
            "electionTimeoutMillis": self.declared.election_timeout_milliseconds,
            "heartbeatTimeoutSecs": self.declared.heartbeat_timeout_seconds,
        }
        return {"_id": self.declared.name, "members": members, "settings": settings}

    def _preferred(self) -> str:
        """Return the member that should be primary."""
        return self._in_order_of_priority()[0]

    def _in_order_of_priority(self) -> list[str]:
        """Return the members' names, arbiters last."""
        ordered = sorted(self.declared.members, key=lambda member: (member.arbiter, -member.priority))
        return [member.name for member in ordered]

    def _address(self, member: Member) -> str:
        """Return the address of a member: the first of its site, or the next for a further one in the same site."""
        number = self.at(member.site).index(member.name)
        return site_named(member.site).host(DATABASE_HOST + number)

    def _digest(self) -> str:
        """Return what tells templates apart that were made in different ways."""
        user = [self.declared.user, self.declared.password] if self.security else []
        made_of = [SETTINGS, self._configuration(), self.declared.default_write_concern, *user]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]


def given_up_seconds(tcp_retries: int) -> float:
    """Return for how long a member may go on telling its progress to one that is cut off, and to nobody else.

    That is until MongoDB gives up, or until the kernel gives the
    connection up: the first wait is 0.2 s and each is twice the one before (Linux, ip-sysctl, tcp_retries2).
    """
    return min(FEEDBACK_SECONDS, 0.2 * ((2 << tcp_retries) - 1))
