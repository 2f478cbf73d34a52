"""How a declared topology comes to life on this machine: network, AWS, databases, witness, services, zone."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated import endpoints, load, zone_setup
from ziggie_harness.backends.emulated.api_troubles import EmulatedApi
from ziggie_harness.backends.emulated.caller_permissions import CallerPermissions
from ziggie_harness.backends.emulated.calls import Overlay
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.data_tier import DataTier, Duty, Ground
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.declared_secrets import DeclaredSecrets
from ziggie_harness.backends.emulated.declared_servers import DeclaredServers
from ziggie_harness.backends.emulated.iam_overlay import IamSimulation
from ziggie_harness.backends.emulated.logical_tier import LogicalTier
from ziggie_harness.backends.emulated.machinery import Machinery
from ziggie_harness.backends.emulated.mongo_tier import MongoTier
from ziggie_harness.backends.emulated.operator_access import OperatorAccess
from ziggie_harness.backends.emulated.own_programs import LEASE_NAME, WITNESS_NAME, OwnPrograms, witness_address
from ziggie_harness.backends.emulated.owner_scripts import OwnerScripts
from ziggie_harness.backends.emulated.owner_sql import redacted
from ziggie_harness.backends.emulated.programs import Description, Program
from ziggie_harness.backends.emulated.rds import EmulatedRds
from ziggie_harness.backends.emulated.rds_overlay import RdsApi
from ziggie_harness.backends.emulated.rds_tier import RdsTier, timings_of
from ziggie_harness.backends.emulated.rehearsal import EmulatedRehearsal
from ziggie_harness.backends.emulated.script_settings import script_settings
from ziggie_harness.backends.emulated.signed_calls import SignedCalls
from ziggie_harness.backends.emulated.way_out import WayOut
from ziggie_harness.backends.emulated.world import EmulatedWorld, Parts, service_address
from ziggie_harness.backends.emulated.writer_lease import WriterLease
from ziggie_harness.emulation.dns.resolver import Resolver
from ziggie_harness.emulation.dns.site_resolver import SiteResolver
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.processes import ForkServer
from ziggie_harness.kernel.runs import Run
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.firewall import Guarded
from ziggie_harness.lab.sites import CHECKER_HOST, DNS_HOST, PROXY_HOST, site_named
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line
from ziggie_harness.model.databases import LogicalPostgres, RdsPostgres
from ziggie_harness.model.topology import Lease, Role, Topology
from ziggie_harness.ports import CLIENTS, Journal, Objects
from ziggie_harness.service.lease import Witness

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.alerting.alerting import Alerting
    from ziggie_harness.backends.emulated.calls import Overlay
    from ziggie_harness.backends.emulated.door import Place
    from ziggie_harness.backends.emulated.functions.functions import Functions
    from ziggie_harness.backends.emulated.object_store import ObjectStore
    from ziggie_harness.backends.emulated.permissions import Permissions

OPERATOR: Final = CLIENTS
"""Where whoever provisions sits."""

DATA: Final = "data"
"""Where the databases are, below the directory of the run."""

CEILING_SECONDS: Final = 7200.0
"""When alarms that do not come to rest count as failed."""

MEASURED_SECONDS: Final = 300.0
"""For how long health checks are measured before there are alarms on them."""

PROXY_PORT: Final = 3128

SERVING: Final = (Role.PRIMARY, Role.SECONDARY)


@contextmanager
def provisioned(  # noqa: PLR0913 - what a backend is given, with its own fork servers
    topology: Topology,
    clock: DrillClock,
    journal: Journal,
    logs: Path,
    forks: ForkServer,
    *,
    machinery: Machinery,
    nursery: ForkServer | None = None,
) -> Iterator[EmulatedWorld]:
    """Let a topology live for the block, on a machinery; ``nursery`` forks its functions. LabError when it cannot."""
    with ExitStack() as stack:
        builder = _Builder(topology, clock, journal, logs, forks, stack, machinery, nursery)
        builder.start_databases()
        builder.access.create()
        builder.secrets.create()
        builder.start_programs()
        builder.set_up_zone()
        builder.set_up_alerts()
        yield builder.world()


class _Builder:
    """Puts the parts together, each undone by the stack."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a backend is given, with its own fork server and the undoing
        self,
        topology: Topology,
        clock: DrillClock,
        journal: Journal,
        logs: Path,
        forks: ForkServer,
        stack: ExitStack,
        machinery: Machinery,
        nursery: ForkServer | None,
    ) -> None:
        """Start what everything else stands on: run, processes, network, AWS."""
        self.topology, self.clock, self.journal, self.logs = topology, clock, journal, logs
        self.forks, self.stack, self.machinery, self.nursery = forks, stack, machinery, nursery
        self._ways_out: dict[str, WayOut] = {}
        self.run = stack.enter_context(Run())
        stack.callback(self._keep_logs)
        self.network = stack.enter_context(machinery.network(self.run, [clock.stir]))
        self.supervisor = stack.enter_context(machinery.supervisor(self.run, self.network))
        self.certificates = CertificateAuthority(self.run.directory / "tls")
        self.trust = Trust(self.certificates.client_context())
        self.own = OwnPrograms(topology, self.network, self.certificates)
        self.link = stack.enter_context(ClockServer(clock, self.run.directory / "clock", self.network.stalled))
        self.rds = stack.enter_context(
            EmulatedRds(
                clock,
                self.network,
                self.supervisor,
                journal,
                self.run.directory / DATA,
                timings_of(topology),
                machinery.postgres(self.supervisor),
            )
        )
        self.functions = self._functions()
        self.alerting = self._alerting()
        self.store = self._object_store()
        stored: tuple[Overlay, ...] = self.store.overlays if self.store else ()
        permissions = self._permissions()
        self.signed = SignedCalls()
        evaluated: tuple[Overlay, ...] = (
            (CallerPermissions(permissions), IamSimulation(permissions)) if permissions else ()
        )
        self.servers = self._servers()
        overlays = (
            self.signed,
            *evaluated,
            *self.servers.overlays,
            RdsApi(self.rds),
            *self._secrets_overlay(permissions),
            *(self.functions.overlays if self.functions else ()),
            *self._alerts_overlays(),
            *stored,
        )
        self.checkers = Guarded(self.network, CHECKER_HOST)
        if not topology.health_checkers_admitted:
            for role in SERVING:
                stack.enter_context(self.checkers.closed(topology.region(role)))
        self.cloud = stack.enter_context(
            Cloud(
                clock, self.network, journal, self.certificates, self.network.site_of,
                overlays=overlays, checkers=self.checkers, elsewhere=self.store.elsewhere if self.store else {},
            )
        )  # fmt: skip
        ground = self.ground = Ground(
            topology, clock, journal, self.network, self.supervisor, self.certificates, self.run.directory / DATA,
            self._resolv_conf, lambda: machinery.postgres(self.supervisor), lambda: machinery.mongo(self.supervisor),
            self._way_out,
        )  # fmt: skip
        self.data: DataTier = self._data_tier(ground)
        self.access = OperatorAccess(topology, self.cloud.clients)
        self.secrets = DeclaredSecrets(ground, self.cloud, logs)
        stack.callback(self.secrets.close)
        stack.enter_context(clock.hold(self.data.obstacle, self.data.patience_seconds))
        self.services: dict[Role, Program] = {}
        self.lease: WriterLease | None = None
        self.zone_id = ""
        self.check_ids: dict[str, str] = {}

    def start_databases(self) -> None:
        """Let the declared data tier live, and begin with what goes on in it by itself."""
        self.data.create()
        actors = self.stack.enter_context(self.clock.actors("duties"))
        for duty in self.data.duties():
            actors.start(duty.name, lambda duty=duty: self._repeat(duty))  # type: ignore[misc]  # bound now

    def start_programs(self) -> None:
        """Start the witness and a service in each region, and wait until they listen."""
        programs = []
        if self.topology.fencing is not None:
            programs.append(self._program(self.own.witness(self.run.directory / "leases.json")))
            self.lease = self._writer_lease(self.topology.fencing)
        for role in SERVING:
            told = {**self.data.service_environment(role), **self.servers.environment(role)}
            self.services[role] = self._program(self.own.service(role, told))
        self.stack.enter_context(self.clock.hold(self._booting))
        for program in (*programs, *self.services.values()):
            program.launch()
        for program in (*programs, *self.services.values()):
            program.await_listening(self._listens)

    def set_up_zone(self) -> None:
        """Create the zone, its health checks and its records, and wait until the name servers answer."""
        route53 = self.cloud.clients.client("route53", self.topology.region(Role.CONTROL_PLANE), OPERATOR)
        zone = route53.create_hosted_zone(Name=self.topology.zone, CallerReference=self.run.id)
        self.zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        for name, check in self.topology.health_checks.items():
            config = zone_setup.health_check_config(check, service_address(self.topology, Role(check.target)))
            made = route53.create_health_check(CallerReference=f"{name}-{self.run.id}", HealthCheckConfig=config)
            self.check_ids[name] = made["HealthCheck"]["Id"]
        sets = zone_setup.record_sets(self.topology, self._address, self.check_ids)
        change = route53.change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch=zone_setup.upserts(sets))
        identity = change["ChangeInfo"]["Id"].rpartition("/")[2]
        self.cloud.await_change(identity)

    def set_up_alerts(self) -> None:
        """Set up the declared alerting, and wait until every alarm that can have data is calm."""
        if self.topology.alerts is None or self.alerting is None:
            return
        from ziggie_harness.backends.emulated.alerting.design import AlertDesign  # noqa: PLC0415 - few topologies have alerts

        if self.functions:
            self.stack.enter_context(self.functions)
        self.stack.enter_context(self.alerting)
        self.alerting.observe(self.cloud.fleet, self.check_ids.values())
        # In life a health check has a past when somebody makes an alarm on it; without one the alarm may begin raised.
        self.clock.sleep(MEASURED_SECONDS)
        if self.functions:
            self._deploy_functions()
        AlertDesign(self.topology.alerts, self.topology.region, self.cloud.clients).set_up(self.check_ids)
        wait_until(
            self.clock, "calm alarms", self.alerting.watch.obstacle,
            at_most_seconds=CEILING_SECONDS, every_seconds=10.0,
        )  # fmt: skip

    def world(self) -> EmulatedWorld:
        """Return the world that was built."""
        sites = {CLIENTS, *(self.topology.region(role) for role in Role)}
        resolvers = {site: self._resolver(site) for site in sites}
        parts = Parts(
            network=self.network,
            cloud=self.cloud,
            data=self.data,
            load=self._load,
            services=self.services,
            resolvers=resolvers,
            lease=self.lease,
            api=EmulatedApi(
                self.topology, self.clock, self.network, self.cloud, self.signed, self.trust, self.servers.ec2
            ),
            secrets=self.secrets,
            scripts=OwnerScripts(self.ground, self.link, self._script_settings, self.access, logs=self.logs),
            alerting=self.alerting,
            certificates=self.certificates,
            checkers=self.checkers,
            trust=self.trust,
            zone_id=self.zone_id,
            check_ids=self.check_ids,
            operator_arn=self.access.role_arn,
            witness=(WITNESS_NAME, witness_address(self.topology)),
            objects=self._objects(resolvers[CLIENTS]),
            rehearsal=self._rehearsal(),
        )
        return EmulatedWorld(self.topology, self.clock, self.journal, parts)

    def _repeat(self, duty: Duty) -> None:
        """Do a duty again and again, until the world ends."""
        while True:
            started = self.clock.now()
            duty.do()
            self.clock.sleep_until(started + duty.every_seconds)

    def _alerts_overlays(self) -> tuple[Overlay, ...]:
        """Return the overlays for events, alarms and topics, where the design has any."""
        return self.alerting.overlays if self.alerting else ()

    def _servers(self) -> DeclaredServers:
        """Have the declared servers of each region."""
        actors = self.stack.enter_context(self.clock.actors("Auto Scaling"))
        return DeclaredServers(self.topology, self.clock, self.journal, actors, self.run.directory)

    def _alerting(self) -> Alerting | None:
        """Return the declared alerting, not yet begun; None where there is none."""
        if self.topology.alerts is None:
            return None
        from ziggie_harness.backends.emulated.alerting.alerting import Alerting  # noqa: PLC0415 - few topologies have alerts
        from ziggie_harness.backends.emulated.alerting.design import receiver_sites  # noqa: PLC0415 - as above
        from ziggie_harness.backends.emulated.alerting.functions import NoFunctions  # noqa: PLC0415 - as above

        alerting = Alerting(
            self.clock, self.network, self.journal,
            trust=self.trust,
            certificates=self.certificates,
            gateway=self._endpoints_of,
            clients=lambda: self.cloud.clients,
            receivers=receiver_sites(self.topology.alerts, self.topology.region),
            functions=self.functions.invocations if self.functions else NoFunctions(),
        )  # fmt: skip
        if self.functions:
            self.functions.invocations.publish_by(lambda: alerting.topics)
        return alerting

    def _functions(self) -> Functions | None:
        """Return what runs declared functions, not yet begun; None where there are none."""
        if self.nursery is None or not self.topology.functions:
            return None
        from ziggie_harness.backends.emulated.functions.functions import Functions  # noqa: PLC0415 - few topologies have functions
        from ziggie_harness.backends.emulated.functions.runner import Ground as Soil  # noqa: PLC0415 - as above

        place = self.run.directory / "functions"
        soil = Soil(
            self.clock, self.network, self.supervisor, self.link, self.certificates, self._resolv_conf, self.nursery,
            place, self.logs,
        )  # fmt: skip
        return Functions(soil, self.journal)

    def _deploy_functions(self) -> None:
        """Deploy the declared functions; whatever calls them comes later."""
        from ziggie_harness.backends.emulated.functions.design import FunctionDesign  # noqa: PLC0415 - few topologies have functions

        declared, settings = self.topology.functions, self._script_settings()
        FunctionDesign(declared, self.topology.region, self.cloud.clients, settings).set_up()

    def _endpoints_of(self, region: str) -> Place:
        """Return where the AWS endpoints of a region are, once there are any."""
        return self.cloud.gateway.place(region)

    def _object_store(self) -> ObjectStore | None:
        """Prepare S3 where buckets are declared; elsewhere nothing of it is imported."""
        if (pair := self.topology.bucket_pair) is None:
            return None
        from ziggie_harness.backends.emulated.object_store import ObjectStore  # noqa: PLC0415 - for buckets alone

        kept = self.stack.enter_context(self.machinery.objects(self.run, DrillDates(self.clock)))
        return ObjectStore(self.topology, pair, self.clock, self.network, self.journal, kept=kept, trust=self.trust)

    def _objects(self, resolver: Resolver) -> Objects | None:
        """Make the declared buckets; clients use that of the region that the public name leads them to."""
        if self.store is None:
            return None
        name = self.topology.host_name(next(iter(self.topology.records)))

        def serving() -> Role | None:
            """Return the region that the name leads to, or None."""
            found = resolver.lookup(name).addresses
            return next((role for role in SERVING if found and self._address(role) == found[0]), None)

        return self.store.create(self.cloud, self.stack, serving)

    def _booting(self) -> str | None:
        """Say which service starts again, if one does."""
        return next((sentence for program in self.services.values() if (sentence := program.booting())), None)

    def _keep_logs(self) -> None:
        """Put the databases' logs beside those of the programs, before the run's directory goes, without passwords."""
        for log in sorted((self.run.directory / DATA).rglob("*.log")):
            kept = redacted(log.read_text(encoding="utf-8", errors="replace"))
            (self.logs / f"{log.parent.name}-{log.name}").write_text(kept, encoding="utf-8")

    def _address(self, role: Role) -> str:
        """Return the address of a region's service."""
        return service_address(self.topology, role)

    def _permissions(self) -> Permissions | None:
        """Return what evaluates policies, where somebody's are declared; nothing of it is imported otherwise."""
        backup = self.topology.bucket_pair.backup if self.topology.bucket_pair else None
        if not (self.topology.secrets or self.topology.operator or self.topology.functions or backup):
            return None
        from ziggie_harness.backends.emulated.permissions import Permissions  # noqa: PLC0415 - it imports more of moto

        return Permissions(*(["kms"] if self.topology.secrets else []))

    def _secrets_overlay(self, permissions: Permissions | None) -> tuple[Overlay, ...]:
        """Return Secrets Manager where secrets are declared; nothing of it is started or imported otherwise."""
        if not self.topology.secrets or permissions is None:
            return ()
        from ziggie_harness.backends.emulated.secrets_manager import EmulatedSecretsManager  # noqa: PLC0415 - as above
        from ziggie_harness.backends.emulated.secrets_overlay import SecretsApi  # noqa: PLC0415 - as above

        seconds = {each.name: each.assumed_propagation_seconds for each in self.topology.secrets.values()}
        manager = EmulatedSecretsManager(self.clock, self.network, self.journal, permissions.key_obstacle, seconds)
        invocations = self.functions.invocations if self.functions else None
        return (SecretsApi(self.stack.enter_context(manager), permissions, invocations),)

    def _data_tier(self, ground: Ground) -> DataTier:
        """Return the data tier of the declared kind, not yet made."""
        declared = self.topology.database
        if isinstance(declared, RdsPostgres):
            return RdsTier(ground, declared, self.rds, self.cloud.clients)
        if isinstance(declared, LogicalPostgres):
            return LogicalTier(ground, declared)
        return self.stack.enter_context(MongoTier(ground, declared))

    def _program(self, described: Description) -> Program:
        """Prepare a program of a site, which sees the site's resolver."""
        files = (self.logs / f"{described.name.replace(' ', '-')}.log", self._resolv_conf(described.site))
        return Program(described, self.supervisor, self.forks, self.network, self.link, files=files)

    def _rehearsal(self) -> EmulatedRehearsal:
        """Prepare what tests a failover on a copy."""
        return EmulatedRehearsal(
            self.topology, self.clock, self.network, self.cloud.clients,
            services=self.services, program=self._program, address_of=self.rds.address_of,
            certificates=self.certificates, trust=self.trust,
        )  # fmt: skip

    def _load(self, writes_per_second: int, whole_transfers: bool) -> load.DatabaseLoad:  # noqa: FBT001 - as the port has it
        """Let clients outside every region write to the primary region's database."""
        ledger, through = self.logs / "load.ledger", None
        if not self.data.admits_clients:
            through = load.pooler(self.data, self.topology.region(Role.PRIMARY), self.network)
            program = self._program(through)
            program.launch()
            program.await_listening(self._listens)
        told = {
            "ZIGGIE_RATE": str(writes_per_second),
            "ZIGGIE_LEDGER": str(ledger),
            "ZIGGIE_TRANSFERS": "whole" if whole_transfers else "halved",
        }
        return load.DatabaseLoad(self.clock, self._program(load.writers(self.data, through, told)), ledger)

    def _script_settings(self) -> Mapping[str, str]:
        """Return what a script of the owner's may be told of the place where it runs."""
        told = script_settings(self.topology, self.zone_id, self.check_ids)
        return {**told, **self.servers.settings}

    def _writer_lease(self, declared: Lease) -> WriterLease:
        """Make what takes the lease in a failover."""
        witness = Witness(witness_address(self.topology), 443, WITNESS_NAME, self.trust)
        actors = self.stack.enter_context(self.clock.actors("writer's lease"))
        return WriterLease(self.clock, self.network, actors, witness=witness, name=LEASE_NAME, declared=declared)

    def _listens(self, site: str, address: str, port: int) -> bool:
        """Say whether something accepts connections at an address, asked from its own site."""
        with Line(self.clock, self.network, site, address, port) as line:
            try:
                line.connect(self.clock.now() + 1.0)
            except OSError:
                return False
        return True

    def _resolver(self, site: str) -> Resolver:
        """Make the caching resolver of a vantage."""
        return Resolver(self.clock, self.network, site, {self.topology.zone: self.cloud.name_server})

    def _resolv_conf(self, site: str) -> Path | None:
        """Serve names to the processes of a site, and return the resolv.conf that leads them there.

        None where the network has no names of its own: nothing runs there that asks for one.
        """
        if not self.network.own_names:
            return None
        path = self.run.directory / f"resolv-{site}.conf"
        if path.exists():
            return path
        place = (site_named(site).host(DNS_HOST), 53)
        with self.network.inside(site):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        udp.bind(place)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(place)
        self.stack.enter_context(
            SiteResolver(
                udp, tcp, clock=self.clock, table=self._table, suffixes=["amazonaws.com"], resolver=self._resolver(site)
            )
        )
        path.write_text(f"nameserver {place[0]}\noptions timeout:2 attempts:2\n", encoding="utf-8")
        return path

    def _way_out(self, site: str) -> Mapping[str, str]:
        """Return what the environment of the owner's code in a site says so that it finds others; nothing with names.

        Without names of the lab's own it finds a proxy that knows them.
        """
        if self.network.own_names:
            return {}
        if site not in self._ways_out:
            resolver, place = self._resolver(site), (site_named(site).host(PROXY_HOST), PROXY_PORT)
            self._ways_out[site] = self.stack.enter_context(
                WayOut(
                    self.network,
                    site,
                    place,
                    lambda host: self._table(host) or next(iter(resolver.lookup(host).addresses), None),
                )
            )
        return self._ways_out[site].environment

    def _table(self, host: str) -> str | None:
        """Return the lab's address of one of AWS's names."""
        return endpoints.address_of(host) or self.data.address_of(host)
