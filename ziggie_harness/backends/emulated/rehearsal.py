"""A failover tried on a copy of the standby: a snapshot of the replica, an instance made of it, and a server on that.

The server is deployed as the region's own, but for its address, its database, and the lease, of which it knows nothing:
it can neither write to production nor take the right to write from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.programs import Description, Program, written
from ziggie_harness.backends.emulated.public_client import Ended, order
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.sites import TEST_HOST, site_named
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.rehearsal_events import CopyTried
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import Clock, Network

SUFFIX: Final = "failover-test"
"""What the copy and its snapshot are called, behind the name of the replica."""

CEILING_SECONDS: Final = 7200.0
"""When an instance or a snapshot that does not become available counts as failed."""

LOOK_SECONDS: Final = 10.0
"""Between two looks at what takes minutes; an API that is asked too often throttles."""

LEASE: Final = "ZIGGIE_WITNESS"
"""What a service is told that may not write without a lease."""


class EmulatedRehearsal:
    """A ``Rehearsal`` on RDS."""

    def __init__(  # noqa: PLR0913 - each is a part of the lab that a region needs
        self,
        topology: Topology,
        clock: Clock,
        network: Network,
        clients: Clients,
        *,
        services: Mapping[Role, Program],
        program: Callable[[Description], Program],
        address_of: Callable[[str], str | None],
        certificates: CertificateAuthority,
        trust: Trust,
    ) -> None:
        """Know the parts; ``address_of`` finds a database by its name. Nothing is made yet."""
        self._topology, self._clock, self._network, self._clients = topology, clock, network, clients
        self._services, self._program = services, program
        self._address_of, self._certificates, self._trust = address_of, certificates, trust
        self._name = topology.host_name(next(iter(topology.records)))
        self._server: Program | None = None

    def copy(self, role: Role, caller: str) -> None:
        """Copy a region's database as it is, with a server on it, asked from a site."""
        replica, copy = self._replica(), self._copy()
        self._ask(role, caller, lambda rds: rds.create_db_snapshot(
            DBInstanceIdentifier=replica, DBSnapshotIdentifier=copy))  # fmt: skip
        self._await(f"the snapshot {copy}", lambda: self._snapshot_obstacle(role, caller))
        self._ask(role, caller, lambda rds: rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=copy, DBSnapshotIdentifier=copy))  # fmt: skip
        self._await(f"the copy {copy}", lambda: self._instance_obstacle(role, caller))
        endpoint = self._described(role, caller)["Endpoint"]
        database = written(self._network, str(self._address_of(endpoint["Address"])), endpoint["Port"])
        self._server = server = self._program(self._deployed(role, database))
        server.start()
        with self._clock.hold(server.booting):
            self._await("the server of the test", server.booting, every_seconds=1.0)

    def try_out(self, role: Role, caller: str, identity: str) -> CopyTried:
        """Write to the copy, restart its database, and read what was written."""
        copy, region = self._copy(), self._topology.region(role)
        written = self._order(role, caller, "write", identity)
        if written.outcome is not Outcome.ACKNOWLEDGED:
            return CopyTried(region, copy, identity, accepted=False, read_back=False, reason=written.reason)
        self._ask(role, caller, lambda rds: rds.reboot_db_instance(DBInstanceIdentifier=copy))
        self._await(f"the restart of {copy}", lambda: self._instance_obstacle(role, caller))
        read = self._order(role, caller, "read", identity)
        back = read.outcome is Outcome.ACKNOWLEDGED
        return CopyTried(region, copy, identity, accepted=True, read_back=back, reason=read.reason)

    def remove(self, role: Role, caller: str, *, snapshot: bool) -> None:
        """Remove the copy with its server, and the snapshot if wanted; what is gone already is passed over."""
        copy = self._copy()
        if self._server is not None:
            self._server.kill()
            self._server = None
        if self._described(role, caller):
            self._ask(role, caller, lambda rds: rds.delete_db_instance(
                DBInstanceIdentifier=copy, SkipFinalSnapshot=True))  # fmt: skip
            gone = lambda: f"{copy} is deleting" if self._described(role, caller) else None  # noqa: E731 - asked again
            self._await(f"the deletion of {copy}", gone)
        if snapshot and self._snapshot_status(role, caller):
            self._ask(role, caller, lambda rds: rds.delete_db_snapshot(DBSnapshotIdentifier=copy))

    @property
    def servers(self) -> Sequence[str]:
        """The servers of the test, as entries of an inventory."""
        return () if self._server is None else (f"server {self._server.name}: running",)

    def _deployed(self, role: Role, database: str) -> Description:
        """Describe a region's service on another database, at an address of its own, without a lease."""
        own = self._services[role].described
        address = site_named(own.site).host(TEST_HOST)
        certificate = self._certificates.issue(self._topology.certified_names(role), [address])
        environment = {name: value for name, value in own.environment.items() if not name.startswith(LEASE)}
        environment |= {
            "ZIGGIE_DATABASE": database,
            "ZIGGIE_LISTEN": written(self._network, address, own.port),
            "ZIGGIE_CERTIFICATE": str(certificate.certificate_path),
            "ZIGGIE_KEY": str(certificate.key_path),
        }
        return replace(own, name=f"test {own.name}", address=address, environment=environment)

    def _order(self, role: Role, caller: str, operation: str, identity: str) -> Ended:
        """Write or read an order at the server of the test, by the public name and past DNS."""
        address = site_named(self._topology.region(role)).host(TEST_HOST)
        return order(
            self._clock, self._network, caller, address,
            name=self._name, trust=self._trust, operation=operation, identity=identity,
        )  # fmt: skip

    def _described(self, role: Role, caller: str) -> Mapping[str, Any]:
        """Return what RDS tells of the copy; nothing when there is none."""
        listed = self._ask(role, caller, lambda rds: rds.describe_db_instances())["DBInstances"]
        return next((each for each in listed if each["DBInstanceIdentifier"] == self._copy()), {})

    def _instance_obstacle(self, role: Role, caller: str) -> str | None:
        """Return why the copy is not available yet, or None."""
        status = self._described(role, caller).get("DBInstanceStatus", "not there")
        return None if status == "available" else f"it is {status}"

    def _snapshot_status(self, role: Role, caller: str) -> str:
        """Return how the snapshot stands; empty when there is none."""
        listed = self._ask(role, caller, lambda rds: rds.describe_db_snapshots())["DBSnapshots"]
        return next((each["Status"] for each in listed if each["DBSnapshotIdentifier"] == self._copy()), "")

    def _snapshot_obstacle(self, role: Role, caller: str) -> str | None:
        """Return why the snapshot is not available yet, or None."""
        status = self._snapshot_status(role, caller)
        return None if status == "available" else f"it is {status}"

    def _replica(self) -> str:
        """Return the name of the replica; LabError where the database is not RDS's."""
        database = self._topology.database
        if not isinstance(database, RdsPostgres):
            raise LabError(
                f"a failover of {database.engine} is not tested on a copy here", hint="use a design with RDS"
            )
        return database.replica_instance

    def _copy(self) -> str:
        """Return the name of the copy, and of its snapshot."""
        return f"{self._replica()}-{SUFFIX}"

    def _ask(self, role: Role, caller: str, question: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as boto3
        """Ask RDS of a region from a site. Raises ApiRefused."""
        return self._clients.ask("rds", self._topology.region(role), caller, question)

    def _await(self, what: str, obstacle: Callable[[], str | None], every_seconds: float = LOOK_SECONDS) -> None:
        """Look until there is no obstacle. Raises WaitTimedOut."""
        wait_until(self._clock, what, obstacle, at_most_seconds=CEILING_SECONDS, every_seconds=every_seconds)
