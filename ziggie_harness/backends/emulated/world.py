"""The embedded world: a topology that lives on this machine, as faults, failovers and probes may touch it."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import dns.message
import dns.rdatatype

from ziggie_harness.backends.emulated import (
    expired_certificate,
    inventory,
    latency_routing,
    readiness,
    shown_certificate,
    told_health,
    zone_setup,
)
from ziggie_harness.backends.emulated.api_troubles import EmulatedApi
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.data_tier import DataTier
from ziggie_harness.backends.emulated.declared_secrets import DeclaredSecrets
from ziggie_harness.backends.emulated.owner_scripts import OwnerScripts
from ziggie_harness.backends.emulated.programs import Program
from ziggie_harness.backends.emulated.public_client import HTTPS_PORT, PublicClient, order
from ziggie_harness.backends.emulated.rehearsal import EmulatedRehearsal
from ziggie_harness.backends.emulated.writer_lease import WriterLease
from ziggie_harness.emulation.dns.resolver import Resolver
from ziggie_harness.lab import loss
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.firewall import Guarded
from ziggie_harness.lab.http_exchange import Request, exchange
from ziggie_harness.lab.sites import ENDPOINT_HOST, SERVICE_HOST, SITES, site_named
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line, Silence, ask
from ziggie_harness.model.client_events import AUTHORITY, NameResolved, Outcome
from ziggie_harness.model.database_events import StoresCompared, WriterObserved
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import Event, HealthTold, ScriptEnded
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.rehearsal_events import InventoryTaken
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import CLIENTS, Clock, Disk, Journal, Load, Loaded, Network, Objects, Replay, Server
from ziggie_harness.service.lease import Claim

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.alerting.alerting import Alerting

LOOK_SECONDS: Final = 2.0
"""How long a look at a region's own endpoint waits for each part of the answer."""

HEALTHY: Final = 200


@dataclass(frozen=True, slots=True)
class Parts:
    """What the world is made of."""

    network: Network
    cloud: Cloud
    data: DataTier
    load: Callable[[int, bool], Load]
    services: Mapping[Role, Program]
    resolvers: Mapping[str, Resolver]
    lease: WriterLease | None
    api: EmulatedApi
    secrets: DeclaredSecrets
    scripts: OwnerScripts
    alerting: Alerting | None
    certificates: CertificateAuthority
    checkers: Guarded
    trust: Trust
    """What clients know of the servers."""
    zone_id: str
    check_ids: Mapping[str, str]
    operator_arn: str
    """The role of the owner's scripts; empty without one."""
    witness: tuple[str, str]
    """Name and address of what grants the lease, where one is declared."""
    objects: Objects | None
    rehearsal: EmulatedRehearsal


class EmulatedWorld:
    """A ``World`` on this machine."""

    def __init__(self, topology: Topology, clock: Clock, journal: Journal, parts: Parts) -> None:
        """Put the parts behind the port."""
        self.topology = topology
        self.clock = clock
        self.journal = journal
        self._parts = parts
        self._name = topology.host_name(next(iter(topology.records)))

    @property
    def api(self) -> EmulatedApi:
        """The AWS APIs of the regions, as faults may trouble them."""
        return self._parts.api

    @property
    def secrets(self) -> DeclaredSecrets:
        """The declared secrets, and the application that reads them."""
        return self._parts.secrets

    @property
    def objects(self) -> Objects:
        """The buckets; LabError where none are declared."""
        if self._parts.objects is None:
            raise LabError("the topology has no buckets", hint="declare them under `buckets`")
        return self._parts.objects

    def site(self, role: Role) -> str:
        """Return the site of a region."""
        return self.topology.region(role)

    def sever(self, source: str, destination: str) -> AbstractContextManager[None]:
        """Make packets from one site to another vanish, for the block."""
        return self._parts.network.severed(source, destination)

    def isolate(self, site: str) -> AbstractContextManager[None]:
        """Make packets between a site and all others vanish, for the block."""
        return self._parts.network.isolated(site)

    def lose(self, source: str, destination: str, share: float) -> AbstractContextManager[None]:
        """Lose a share of the packets from one site to another, each by chance, for the block."""
        return self._parts.network.lossy(source, destination, share)

    def share_lost(self, source: str, destination: str) -> float:
        """Send some hundred datagrams from one site to another; return the share that did not arrive."""
        return loss.share_lost(self._parts.network, source, destination)

    def outsiders(self, site: str) -> Sequence[str]:
        """Return every other site."""
        return [other.name for other in SITES if other.name != site]

    def alerting(self) -> Alerting:
        """Return the events and alarms; LabError where the topology declares no alerts."""
        if self._parts.alerting is None:
            raise LabError("the topology declares no alerts", hint="declare `alerts:`, or use the alerted topology")
        return self._parts.alerting

    @property
    def rehearsal(self) -> EmulatedRehearsal:
        """A failover tried on a copy of the standby."""
        return self._parts.rehearsal

    def inventory(self, moment: str) -> InventoryTaken:
        """List what AWS has of the design: instances, snapshots, records, secrets, servers."""
        parts = self._parts
        asked = inventory.entries(
            self.topology, parts.zone_id, lambda service, region, question:
            parts.cloud.clients.ask(service, region, CLIENTS, question),
        )  # fmt: skip
        return InventoryTaken(moment, (*asked, *parts.rehearsal.servers))

    def service(self, role: Role) -> Server:
        """Return the API server of a region."""
        return self._parts.services[role]

    def database(self, role: Role) -> Server:
        """Return the database server of a region."""
        return self._parts.data.server(role)

    def disk(self, role: Role) -> Disk:
        """Return the disk of a region's database; LabError where it cannot be full."""
        return self._parts.data.disk(role)

    def replay(self, role: Role) -> Replay:
        """Return what applies to a region's replica what it received; LabError where nothing can be stopped."""
        return self._parts.data.replay(role)

    def load(self, writes_per_second: int, *, whole_transfers: bool) -> Load:
        """Let clients write to the primary region's database from now on; they hold the clock at wall speed."""
        return self._parts.load(writes_per_second, whole_transfers)

    def loaded(self, role: Role) -> Loaded:
        """Return what can be read of the load in a region."""
        return self._parts.data.loaded(role)

    def client(self, vantage: str) -> PublicClient:
        """Return a client at a site."""
        parts = self._parts
        return PublicClient(
            self.clock,
            parts.network,
            vantage,
            name=self._name,
            resolver=parts.resolvers[vantage],
            trust=parts.trust,
        )

    def unhealthy(self, source: str, role: Role) -> str | None:
        """Return why a region's own endpoint, asked from a site past DNS, is not healthy, or None."""
        if role not in self._parts.services:
            return self._silent_endpoint(source, role)
        with self._line(source, self.address_of(role)) as line:
            try:
                self._connect(line, self._name)
                request = Request("GET", "/health", self._name)
                reply = exchange(self.clock, line, request, head_seconds=LOOK_SECONDS, body_seconds=LOOK_SECONDS)
            except (OSError, ssl.SSLError) as error:
                return str(error)
        if reply.status == HEALTHY:
            return None
        return f"HTTP {reply.status}: {reply.body.decode(errors='replace').strip()}"

    def health_told(self) -> Sequence[HealthTold]:
        """Compare what each health check tells now with what a client finds who asks there for the public name."""
        checks, ids = self.topology.health_checks, self._parts.check_ids
        return [
            told_health.told(
                self._parts.cloud.fleet,
                ids[name],
                name=name,
                region=self.site(Role(check.target)),
                refusal=self.unhealthy(CLIENTS, Role(check.target)) or "",
            )
            for name, check in checks.items()
        ]

    def closed_firewall(self, role: Role) -> AbstractContextManager[None]:
        """Make what health checkers send to a region from other places vanish, for the block."""
        return self._parts.checkers.closed(self.site(role))

    def expired_certificate(self, role: Role) -> AbstractContextManager[None]:
        """Let a region's API server show a certificate that has expired, for the block."""
        return expired_certificate.shown(
            self._parts.services[role], self._parts.certificates, self._name, self.address_of(role)
        )

    def writer_obstacle(self, role: Role, identity: str) -> str | None:
        """Write inside a region, past DNS and the network; return why it was not acknowledged, or None."""
        seen = self.writer_seen(role, identity)
        return None if seen.accepts else seen.reason

    def writer_seen(self, role: Role, identity: str) -> WriterObserved:
        """Write inside a region, past DNS and the network, and tell what came of it."""
        site = self.site(role)
        ended = order(
            self.clock,
            self._parts.network,
            site,
            self.address_of(role),
            name=self._name,
            trust=self._parts.trust,
            operation="write",
            identity=identity,
        )
        if ended.outcome is Outcome.ACKNOWLEDGED:
            return WriterObserved(site, accepts=True, reason="", writer=ended.writer)
        return WriterObserved(site, accepts=False, reason=ended.reason or str(ended.outcome))

    def written(self, role: Role) -> Sequence[str]:
        """Return the ids of all writes that can be read in a region, asked from within. Raises LabError."""
        with self._line(self.site(role), self.address_of(role)) as line:
            try:
                self._connect(line, self._name)
                request = Request("GET", "/orders", self._name)
                reply = exchange(self.clock, line, request, head_seconds=LOOK_SECONDS, body_seconds=LOOK_SECONDS)
            except (OSError, ssl.SSLError) as error:
                raise LabError(f"the orders of the {role} region cannot be read", str(error)) from error
        if reply.status != HEALTHY:
            told = f"HTTP {reply.status}: {reply.body.decode(errors='replace')}"
            raise LabError(f"the orders of the {role} region cannot be read", told)
        return reply.body.decode().split()

    def replication_lag(self, role: Role) -> str | None:
        """Return how far the replica in a region is behind, as a sentence, or None when it has everything."""
        return self._parts.data.replication_lag(role)

    def answered_by_authority(self) -> NameResolved:
        """Look the public name up at the zone's own name servers."""
        try:
            wire = ask(
                self.clock, self._parts.network, CLIENTS, self._parts.cloud.name_server, _question(self._name),
                self.clock.now() + LOOK_SECONDS,
            )  # fmt: skip
        except Silence as error:
            return NameResolved(AUTHORITY, self._name, (), 0, cached=False, reason=str(error))
        addresses, ttl_seconds = _read(wire)
        return NameResolved(AUTHORITY, self._name, addresses, ttl_seconds, cached=False)

    def resolved_at(self, vantage: str) -> NameResolved:
        """Look the public name up through the cache of a vantage."""
        found = self._parts.resolvers[vantage].lookup(self._name)
        return NameResolved(vantage, self._name, found.addresses, found.ttl_seconds, found.cached, found.reason)

    def address_of(self, role: Role) -> str:
        """Return the address under which a region serves the public name."""
        return service_address(self.topology, role)

    def lease_obstacle(self, role: Role) -> str | None:
        """Try to take the writer's lease for a region, from that region; return why it was not granted, or None."""
        lease = self._parts.lease
        return "the topology has no lease" if lease is None else lease.obstacle(self.site(role))

    def appointment_obstacle(self, role: Role, caller: str) -> str | None:
        """Have the writer's lease go to a region next, asked from a site; return why the witness will not, or None."""
        lease = self._parts.lease
        return "the topology has no lease" if lease is None else lease.appoint(self.site(role), caller)

    def commitment_obstacle(self, role: Role, caller: str) -> str | None:
        """Have the writer's lease stay with a region until somebody decides; return why the witness won't, or None."""
        lease = self._parts.lease
        return "the topology has no lease" if lease is None else lease.commit(self.site(role), caller)

    def claim_obstacle(self, lease: str, holder: str, seconds: float, caller: str) -> str | None:
        """Ask the witness from a site for a lease of any name; return why it is not granted, or None."""
        asked = self._parts.lease
        return "the topology has no lease" if asked is None else asked.claim(Claim(lease, holder, seconds), caller)

    def examine(self, role: Role) -> Iterator[ReadinessExamined]:
        """Look at everything that a recovery in a region depends on; nothing is changed."""
        parts, topology = self._parts, self.topology
        sight = readiness.Sight(
            topology,
            role,
            self.clock,
            lambda service, region, question: parts.cloud.clients.ask(service, region, CLIENTS, question),
            parts.operator_arn,
            parts.check_ids,
            lambda: parts.data.replica_obstacle(role),
            self._certificate_ends,
        )
        yield from readiness.examine(sight)

    def rebuild(self, role: Role, caller: str) -> None:
        """Make a region's database anew as a replica of the other's, from a site. Raises ApiRefused, WaitTimedOut."""
        self._parts.data.rebuild(role, caller)

    def restore(self, role: Role, to_seconds: float, caller: str) -> None:
        """Restore a region's database to a drill time, and deploy its service anew on the restored one."""
        self._parts.data.restore(role, to_seconds, caller)
        self._parts.services[role].redeploy(self._parts.data.service_environment(role))

    def replica_obstacle(self, role: Role) -> str | None:
        """Return why a region's database does not follow the other's with everything that it has, or None."""
        return self._parts.data.replica_obstacle(role)

    def promote(self, role: Role, caller: str) -> None:
        """Have a region's database accept writes, asked for from a site. Raises ApiRefused."""
        self._parts.data.promote(role, caller)

    def promotion_obstacle(self, role: Role, caller: str) -> str | None:
        """Return why a region's database does not accept writes of its own yet, seen from a site, or None."""
        if obstacle := self._parts.data.promotion_obstacle(role, caller):
            return obstacle
        if self._parts.lease is not None:
            self._parts.lease.hand_over()
        return None

    def point_name_at(self, role: Role, caller: str) -> None:
        """Make a region the first choice in the records, the other the second, from a site. Raises ApiRefused."""
        arranged = zone_setup.record_sets if role is Role.PRIMARY else zone_setup.swapped
        sets = arranged(self.topology, self.address_of, self._parts.check_ids)
        self._change(caller, zone_setup.upserts(sets))

    def routed_by_latency(self, caller: str) -> AbstractContextManager[None]:
        """Have the name lead to the closest region for the block, asked from a site. Raises ApiRefused."""
        declared = zone_setup.record_sets(self.topology, self.address_of, self._parts.check_ids)
        change = functools.partial(self._change, caller)
        return latency_routing.in_force(self.topology, declared, change, self._parts.cloud.await_change)

    def run_script(self, name: str, site: str, role: Role, *, interrupted_after: str = "") -> ScriptEnded:
        """Run one of the owner's scripts at a site, unmodified, to move the service to a region; tell how it ended."""
        return self._parts.scripts.run(name, site, self.site(role), interrupted_after=interrupted_after)

    def job(self, role: Role, name: str) -> AbstractContextManager[None]:
        """Run one of the owner's jobs in a region's database for the block."""
        return self._parts.data.job(role, name)

    def job_seen(self, role: Role, name: str) -> str | None:
        """Return what shows that a job was done in a region's database, or None."""
        return self._parts.data.job_seen(role, name)

    def lose_host(self, role: Role) -> AbstractContextManager[None]:
        """Lose the host of a region's database for the block; a standby of the same region may take over meanwhile."""
        return self._parts.data.lose_host(role)

    def begin_backup(self, role: Role) -> None:
        """Let a backup of a region's database begin. LabError where nobody makes any."""
        self._parts.data.begin_backup(role)

    def compare(self) -> StoresCompared:
        """Compare the databases of the regions, once the second has what it can get. Raises ZiggieError."""
        return self._parts.data.compare()

    def inspect(self) -> Iterator[Event]:
        """Yield what shows when databases, secrets and buckets are tried, and how alarms and rules look."""
        yield from self._parts.data.inspect()
        yield from self._parts.secrets.inspect()
        if self._parts.alerting is not None:
            yield from self._parts.alerting.seen()
        if (objects := self._parts.objects) is not None:
            yield from (objects.surviving(role) for role in (Role.PRIMARY, Role.SECONDARY))

    def _change(self, caller: str, batch: Mapping[str, Any]) -> str:
        """Send a change batch to Route 53's control plane, from a site; return the change's id. Raises ApiRefused."""
        change = {"HostedZoneId": self._parts.zone_id, "ChangeBatch": batch}
        region = self.site(Role.CONTROL_PLANE)
        made = self._parts.cloud.clients.ask(
            "route53", region, caller, lambda route53: route53.change_resource_record_sets(**change)
        )
        return str(made["ChangeInfo"]["Id"]).rpartition("/")[2]

    def _silent_endpoint(self, source: str, role: Role) -> str | None:
        """Return why the AWS endpoint of a region cannot be reached from a site, or None."""
        with self._line(source, site_named(self.site(role)).host(ENDPOINT_HOST)) as line:
            try:
                self._connect(line, f"rds.{self.site(role)}.amazonaws.com")
            except (OSError, ssl.SSLError) as error:
                return str(error)
        return None

    def _certificate_ends(self, source: str, role: Role) -> datetime:
        """Return when the certificate ends that a region's service, or the witness, shows to a site."""
        name, address = self._parts.witness if role is Role.WITNESS else (self._name, self.address_of(role))
        until = self.clock.now() + LOOK_SECONDS
        return shown_certificate.ends(
            self._line(source, address), self._parts.certificates.client_context(), name, until
        )

    def _line(self, source: str, address: str) -> Line:
        """Return a connection to make from a site."""
        return Line(self.clock, self._parts.network, source, address, HTTPS_PORT)

    def _connect(self, line: Line, name: str) -> None:
        """Connect and shake hands."""
        until = self.clock.now() + LOOK_SECONDS
        line.connect(until)
        self._parts.trust.shake_hands(line, name, until)


@functools.lru_cache(maxsize=16)
def _question(name: str) -> bytes:
    """Return the question for the addresses of a name. Each is asked from a port of its own, so its id may recur."""
    return dns.message.make_query(name, "A").to_wire()


@functools.lru_cache(maxsize=64)
def _read(answer: bytes) -> tuple[tuple[str, ...], int]:
    """Return the addresses and the TTL in an answer. Most answers are the same, byte for byte, as one before."""
    sets = [rrset for rrset in dns.message.from_wire(answer).answer if rrset.rdtype == dns.rdatatype.A]
    return tuple(sorted(str(record) for rrset in sets for record in rrset)), sets[0].ttl if sets else 0


def service_address(topology: Topology, role: Role) -> str:
    """Return the address of a region's API."""
    return site_named(topology.region(role)).host(SERVICE_HOST)
