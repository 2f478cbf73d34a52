"""Every protocol of the harness, on one screen: who asks for what, and what an extension has to be."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Final, Protocol

from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.api_trouble import Trouble
from ziggie_harness.model.client_events import NameResolved, RequestEnded
from ziggie_harness.model.database_events import StoresCompared, TransfersRead, WriterObserved
from ziggie_harness.model.fidelity import Capability, Offer
from ziggie_harness.model.history import Event, HealthTold, History, ScriptEnded
from ziggie_harness.model.object_events import (
    BucketSettingsCompared,
    ObjectAsked,
    ObjectsCompared,
    ObjectsSurviving,
    ReplicationVerified,
)
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.rehearsal_events import CopyTried, InventoryTaken
from ziggie_harness.model.secret_events import SecretAsked, SecretRotated
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.model.verdict import Judgement

CLIENTS: Final = "internet"
"""The site of the clients: outside every region."""


class Signal(Protocol):
    """Something that happens once, waited for on the drill clock."""

    def set(self) -> None: ...
    def is_set(self) -> bool: ...
    def wait(self, until_seconds: float) -> bool: ...


class Actors(Protocol):
    """Threads on the drill clock that live no longer than their block."""

    def start(self, name: str, work: Callable[[], None]) -> None: ...
    def stop(self) -> None: ...


class Clock(Protocol):
    """Drill time: wall time plus skipped idleness. Who does not rest here is at work; time then runs at wall speed."""

    def now(self) -> float: ...
    @property
    def skipped_seconds(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def sleep_until(self, at_seconds: float) -> None: ...
    def await_socket(self, sock: socket.socket, *, writable: bool, until_seconds: float) -> bool: ...
    def signal(self) -> Signal: ...
    def actor(self, name: str) -> AbstractContextManager[None]: ...
    def actors(self, name: str) -> AbstractContextManager[Actors]: ...
    def hold(
        self, obstacle: Callable[[], str | None], patience_seconds: float | None = None
    ) -> AbstractContextManager[None]: ...


class Journal(Protocol):
    """The append-only record of what happens."""

    def record(self, event: Event) -> None: ...
    def history(self) -> History: ...


class Paths(Protocol):
    """How sockets get into a site, where the lab's addresses are, and why an exchange from a site may be stuck."""

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Run a block with the calling thread in a site: sockets made in it stay there."""

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return what a socket is really bound or connected to, for an address of the lab and a port."""

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Let an unconnected socket that was made inside a site send from there, from one address of it if given."""

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return why an exchange between a site and an address cannot proceed now, or None."""


class Network(Paths, Protocol):
    """Sites that exchange packets, for the time of a block. One without namespaces makes none vanish: LabError."""

    @property
    def own_names(self) -> bool:
        """Whether what runs in a site resolves the lab's names alone, and finds servers at their real ports."""
        ...

    @property
    def on_change(self) -> list[Callable[[], None]]:
        """What is called after every change of what passes, by the thread that made it; it may grow."""
        ...

    def descriptor(self, site: str) -> int | None:
        """Return the descriptor of a site's namespace, for processes to be started there; None without one."""

    def site_of(self, address: str, port: int = 0) -> str:
        """Return the site that an address belongs to, or a caller from it; the port tells where addresses do not."""

    def severed(self, source: str, destination: str) -> AbstractContextManager[None]:
        """Cut one direction between two sites for a block, whatever others hold cut."""

    def isolated(self, site: str) -> AbstractContextManager[None]:
        """Cut a site off from all others for a block, whatever others hold cut."""

    def lossy(self, source: str, destination: str, share: float) -> AbstractContextManager[None]:
        """Lose a share of the packets from one site to another for a block, whatever others lose or hold cut."""

    def bar(self, sender: str, site: str) -> None:
        """Let what an address sends to a site vanish."""

    def admit(self, sender: str, site: str) -> None:
        """Undo ``bar``."""

    def silent(self, address: str, port: int, reason: str) -> AbstractContextManager[None]:
        """Note for a block that nothing answers at an address and port, because its process is frozen."""

    def cuts(self) -> frozenset[tuple[str, str]]:
        """Return every direction, source and destination, in which packets vanish now."""


class Server(Protocol):
    """A server process that a fault can hurt."""

    @property
    def name(self) -> str: ...
    def kill(self) -> None: ...
    def start(self) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...


class Disk(Protocol):
    """The disk of a database."""

    def fill(self) -> None: ...
    def free(self) -> None: ...
    def complaint(self) -> str | None: ...


class Replay(Protocol):
    """What applies to a replica what it received."""

    def freeze(self) -> None: ...
    def thaw(self) -> None: ...


class Load(Protocol):
    """Clients that write at a constant rate, directly to a database, and keep account of what they were told."""

    @property
    def ledger(self) -> Path: ...
    def stop(self) -> None: ...


class Loaded(Protocol):
    """What can be read in a region of a load. Each raises LabError when it cannot be read."""

    def numbers(self) -> Iterator[int]: ...
    def transfers(self) -> TransfersRead: ...


class Alerting(Protocol):
    """What a fault may do to events and alarms, by region."""

    def losing(self, region: str) -> AbstractContextManager[None]: ...
    def doubling(self, region: str) -> AbstractContextManager[None]: ...
    def delaying(self, region: str, seconds: float) -> AbstractContextManager[None]: ...
    def blinding(self, region: str) -> AbstractContextManager[None]: ...
    def arrivals(self, region: str) -> int: ...
    def sees_values(self, region: str) -> bool: ...


class Client(Protocol):
    """A client at a vantage: it resolves the public name through its cache and asks whom it finds."""

    def request(self, probe: str, operation: str, identity: str) -> RequestEnded: ...


class Api(Protocol):
    """The AWS APIs of the regions, as faults may trouble them."""

    def troubled(self, role: Role, service: str, trouble: Trouble) -> AbstractContextManager[None]:
        """Trouble a service in a region for the block."""

    def refusing(self, role: Role) -> AbstractContextManager[None]:
        """Have all endpoints of a region refuse connections for the block."""

    def expiring(self, role: Role) -> AbstractContextManager[None]:
        """Let the credentials that a region's STS has given out so far be expired, for the block. Raises ApiRefused."""

    def exhausted(self, role: Role) -> AbstractContextManager[None]:
        """Let EC2 of a region have no server more to give, for the block."""

    def server_obstacle(self, source: str, role: Role) -> str | None:
        """Ask EC2 of a region from a site to reserve a server, and give it back; return why it refuses, or None."""

    def expired(self, source: str, role: Role) -> str | None:
        """Call from a site with credentials that are to be expired; return the refusal, or None."""

    def obstacle(self, source: str, role: Role, service: str) -> str | None:
        """Ask a service of a region from a site; return why it gives no answer of its own in time, or None."""


class Secrets(Protocol):
    """The declared secrets, and the application in each region that reads them; nothing where none are declared."""

    def ask(self, role: Role, patience_seconds: float) -> Sequence[SecretAsked]:
        """Have a region's application ask for its secrets; it is given up when it takes longer than the patience."""

    def rotate(self, role: Role) -> Sequence[SecretRotated]:
        """Give the secrets new values in a region, asked for from there."""

    def take_over(self, role: Role) -> None:
        """Make a region's replicas secrets of their own, where that is declared. Raises ApiRefused."""

    def follow(self, role: Role) -> None:
        """Have the other region's secrets replaced by replicas of a region's own. Raises ApiRefused, WaitTimedOut."""


class Objects(Protocol):
    """The buckets of a topology: what clients, their owner, an operator and an attacker do with what is in them."""

    def put(self, key: str) -> ObjectAsked:
        """Store an object as a client does, in the bucket that clients use now."""

    def get(self, key: str) -> ObjectAsked:
        """Read an object as a client does, from the bucket that clients use now."""

    def surviving(self, role: Role) -> ObjectsSurviving:
        """Return every object that can be read in a region, asked from within. Raises ApiRefused."""

    def replication_obstacle(self) -> str | None:
        """Return how much is still to be copied, as a sentence, or None when nothing is."""

    def canary_obstacle(self) -> str | None:
        """Send an object from the primary region to the secondary; return why it did not arrive, or None."""

    def verify(self) -> ReplicationVerified:
        """Find out, in the design's way, whether replication works. Raises ApiRefused."""

    def compare(self) -> ObjectsCompared:
        """Compare the buckets, version by version. Raises ApiRefused."""

    def compare_settings(self) -> BucketSettingsCompared:
        """Compare the settings of the buckets. Raises ApiRefused."""

    def without_permission(self) -> AbstractContextManager[None]:
        """Take from the role that copies what it is permitted, for the block."""

    def delete_all(self, role: Role) -> int:
        """Delete every object of a region's bucket, as a slip does; return how many."""

    def deleted(self, role: Role) -> int:
        """Return how many objects of a region's bucket are hidden by a delete marker. Raises ApiRefused."""

    def ransom(self, role: Role) -> int:
        """Overwrite every object of a region's bucket, and delete the older versions everywhere, the backup included.

        Returns how many objects the region's bucket had.
        """

    def restore(self, role: Role, to_seconds: float, caller: str) -> int:
        """Make every object of a region's bucket what it was at a drill time, from its versions, asked from a site.

        Returns how many were restored. Raises ApiRefused.
        """

    def restore_from_backup(self, role: Role, to_seconds: float, caller: str) -> int:
        """Make every object of a region's bucket what the backup had of it at a drill time, asked from a site.

        Returns how many were restored. Raises ApiRefused, LabError where no backup is declared.
        """


class Rehearsal(Protocol):
    """A failover tried on a copy of the standby: a database and a server of their own, which nobody is led to."""

    def copy(self, role: Role, caller: str) -> None:
        """Copy a region's database as it is, with a server on it, asked from a site.

        The replica goes on meanwhile. Raises ApiRefused, WaitTimedOut, LabError where nothing can be copied.
        """

    def try_out(self, role: Role, caller: str, identity: str) -> CopyTried:
        """Write to the copy, restart its database, and read what was written. Raises ApiRefused, WaitTimedOut."""

    def remove(self, role: Role, caller: str, *, snapshot: bool) -> None:
        """Remove the copy with its server, and what it was made from if wanted. Raises ApiRefused, WaitTimedOut."""


class World(Protocol):
    """A topology that lives: what faults, failovers and probes may touch. Sites are places of the network."""

    @property
    def topology(self) -> Topology: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def api(self) -> Api: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def objects(self) -> Objects: ...
    @property
    def rehearsal(self) -> Rehearsal: ...

    def site(self, role: Role) -> str:
        """Return the site of a region."""

    def sever(self, source: str, destination: str) -> AbstractContextManager[None]:
        """Make packets from one site to another vanish, for the block."""

    def isolate(self, site: str) -> AbstractContextManager[None]:
        """Make packets between a site and all others vanish, for the block."""

    def lose(self, source: str, destination: str, share: float) -> AbstractContextManager[None]:
        """Lose a share of the packets from one site to another, each by chance, for the block."""

    def share_lost(self, source: str, destination: str) -> float:
        """Send some hundred datagrams from one site to another; return the share that did not arrive."""

    def outsiders(self, site: str) -> Sequence[str]:
        """Return every other site."""

    def alerting(self) -> Alerting:
        """Return the events and alarms; LabError where the topology declares no alerts."""

    def service(self, role: Role) -> Server:
        """Return the API server of a region."""

    def database(self, role: Role) -> Server:
        """Return the database server of a region."""

    def disk(self, role: Role) -> Disk:
        """Return the disk of a region's database; LabError where it cannot be full."""

    def replay(self, role: Role) -> Replay:
        """Return what applies to a region's replica what it received; LabError where nothing can be stopped."""

    def load(self, writes_per_second: int, *, whole_transfers: bool) -> Load:
        """Let clients write to the primary region's database from now on; they hold the clock at wall speed."""

    def loaded(self, role: Role) -> Loaded:
        """Return what can be read of the load in a region."""

    def client(self, vantage: str) -> Client:
        """Return a client at a site."""

    def unhealthy(self, source: str, role: Role) -> str | None:
        """Ask a region's own health endpoint from a site, past DNS; return why it is not healthy, or None.

        A region without a service is asked for its AWS endpoint.
        """

    def health_told(self) -> Sequence[HealthTold]:
        """Compare what each health check tells now with what a client finds who asks there for the public name."""

    def closed_firewall(self, role: Role) -> AbstractContextManager[None]:
        """Make what health checkers send to a region from other places vanish, for the block."""

    def expired_certificate(self, role: Role) -> AbstractContextManager[None]:
        """Let a region's API server show a certificate that has expired, for the block."""

    def writer_obstacle(self, role: Role, identity: str) -> str | None:
        """Write inside a region, past DNS and the network; return why it was not acknowledged, or None."""

    def writer_seen(self, role: Role, identity: str) -> WriterObserved:
        """Write inside a region, past DNS and the network, and tell what came of it."""

    def written(self, role: Role) -> Sequence[str]:
        """Return the ids of all writes that can be read in a region."""

    def answered_by_authority(self) -> NameResolved:
        """Look the public name up at the zone's own name servers."""

    def resolved_at(self, vantage: str) -> NameResolved:
        """Look the public name up through the cache of a vantage."""

    def replication_lag(self, role: Role) -> str | None:
        """Return how far the replica in a region is behind, as a sentence, or None when it has everything."""

    def address_of(self, role: Role) -> str:
        """Return the address under which a region serves the public name."""

    def lease_obstacle(self, role: Role) -> str | None:
        """Try to take the writer's lease for a region, from that region; return why it was not granted, or None."""

    def appointment_obstacle(self, role: Role, caller: str) -> str | None:
        """Have the writer's lease go to a region next, asked from a site; return why the witness will not, or None."""

    def commitment_obstacle(self, role: Role, caller: str) -> str | None:
        """Have the writer's lease stay with a region until somebody decides, asked from a site.

        Returns why the witness will not, or None.
        """

    def inventory(self, moment: str) -> InventoryTaken:
        """List what AWS has of the design: instances, snapshots, records, secrets, servers. Raises ApiRefused."""

    def claim_obstacle(self, lease: str, holder: str, seconds: float, caller: str) -> str | None:
        """Ask the witness from a site for a lease of any name; return why it is not granted, or None."""

    def promote(self, role: Role, caller: str) -> None:
        """Have a region's database accept writes, asked for from a site. Raises ApiRefused."""

    def promotion_obstacle(self, role: Role, caller: str) -> str | None:
        """Ask, from a site, why a region's database is not yet a primary of its own, or None."""

    def run_script(self, name: str, site: str, role: Role, *, interrupted_after: str = "") -> ScriptEnded:
        """Run one of the owner's scripts at a site, unmodified, to move the service to a region; tell how it ended.

        With the name of an AWS operation the operator interrupts it as soon as it has called that.
        """

    def job(self, role: Role, name: str) -> AbstractContextManager[None]:
        """Run one of the owner's jobs in a region's database for the block."""

    def job_seen(self, role: Role, name: str) -> str | None:
        """Return what shows that a job was done in a region's database, or None."""

    def lose_host(self, role: Role) -> AbstractContextManager[None]:
        """Lose the host of a region's database for the block; a standby of the same region may take over meanwhile."""

    def begin_backup(self, role: Role) -> None:
        """Let a backup of a region's database begin. LabError where nobody makes any."""

    def compare(self) -> StoresCompared:
        """Compare the databases of the regions, once the second has what it can get. Raises ZiggieError."""

    def examine(self, role: Role) -> Iterator[ReadinessExamined]:
        """Look at everything that a recovery in a region depends on, and change nothing."""

    def inspect(self) -> Iterator[Event]:
        """Yield what shows when databases and buckets are tried past the service, and how alarms and rules look.

        Raises ZiggieError.
        """

    def rebuild(self, role: Role, caller: str) -> None:
        """Make a region's database anew as a replica of the other's, from a site. Raises ApiRefused, WaitTimedOut."""

    def restore(self, role: Role, to_seconds: float, caller: str) -> None:
        """Restore a region's database to a drill time, asked for from a site; its service stands on the new one then.

        What was written to the damaged one since is carried over. Raises ApiRefused, WaitTimedOut.
        """

    def replica_obstacle(self, role: Role) -> str | None:
        """Return why a region's database does not follow the other's with everything that it has, or None."""

    def point_name_at(self, role: Role, caller: str) -> None:
        """Make a region the first choice in the records, the other the second, from a site. Raises ApiRefused."""

    def routed_by_latency(self, caller: str) -> AbstractContextManager[None]:
        """Have the name lead to the closest region for the block, asked from a site. Raises ApiRefused."""


class Backend(Protocol):
    """Somewhere a topology can live. It maps what it can do to how genuine that is, and never lies about it."""

    name: ClassVar[str]
    skips: ClassVar[bool]
    """Whether its clock may skip idleness in what is measured."""

    def prepare(self) -> None:
        """Do what has to be done before this process has a second thread, once; what fails shows as a limitation."""

    def offers(self) -> Mapping[Capability, Offer]:
        """Return what it can do, and how genuine each is."""

    def limitation(self, needs: frozenset[Capability]) -> str | None:
        """Return why it cannot do one of these here, and what to do about it, or None."""

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the servers that it uses, by their names."""

    def provision(
        self, topology: Topology, clock: DrillClock, journal: Journal, logs: Path
    ) -> AbstractContextManager[World]:
        """Let a topology live for the block."""

    def sweep(self) -> Sequence[str]:
        """Remove what runs left whose owner is dead; return what was removed, each in a line. Live runs stay."""


class Fault(Protocol):
    """One way to hurt, always undone. Its phrase is the Gherkin sentence, with `{role}` for the region's role."""

    name: ClassVar[str]
    phrase: ClassVar[str]
    needs: ClassVar[frozenset[Capability]]

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Hurt the target for the block."""

    def proof(self, world: World, target: Role) -> str | None:
        """Return the observation that shows that the fault bites, or None when nothing shows it."""


class Failover(Protocol):
    """One way to move the service to the secondary region. Its phrase ends the sentence "service fails over ..."."""

    name: ClassVar[str]
    phrase: ClassVar[str]
    needs: ClassVar[frozenset[Capability]]

    def run(self, world: World) -> None:
        """Move the service; return when this way has done what it does. Raises WaitTimedOut, ApiRefused."""


class Failback(Protocol):
    """One way to move the service back. Its phrase ends the sentence "service fails back ..."."""

    name: ClassVar[str]
    phrase: ClassVar[str]
    needs: ClassVar[frozenset[Capability]]

    def run(self, world: World) -> None:
        """Move the service back; return when this way has done what it does. Raises WaitTimedOut, ApiRefused."""


class Verb(Protocol):
    """One thing that an operator does to a design that lives. Its phrase ends the sentence "the operator ..."."""

    name: ClassVar[str]
    phrase: ClassVar[str]
    needs: ClassVar[frozenset[Capability]]

    def run(self, world: World) -> None:
        """Do it; return when it is done. Raises WaitTimedOut, ApiRefused."""


class Probe(Protocol):
    """A continuous observer that acts as a client, or asks what a client would be told."""

    @property
    def name(self) -> str: ...

    def observe(self, world: World, actors: Actors) -> None:
        """Observe until stopped; what is seen goes into the journal."""


class Check(Protocol):
    """A judge of a history; it sees nothing else."""

    name: ClassVar[str]

    def judge(self, history: History) -> Judgement:
        """Judge; total and pure, so no evidence is UNKNOWN and nothing is raised."""
