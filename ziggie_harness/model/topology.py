"""The declared design: regions by role, DNS, health checks, databases, fencing and objectives, as frozen data.

Every limit that AWS sets on one value stands here beside the value; what values require of each other stands in
topology_rules, reading and changing a declaration in topology_document. In a file a duration is a text with its unit
(`ttl: 60 s`), here it is seconds (`ttl_seconds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StringConstraints
from pydantic.dataclasses import dataclass

from ziggie_harness.model.alerts import Alerts
from ziggie_harness.model.buckets import BucketPair
from ziggie_harness.model.capacity import Capacity
from ziggie_harness.model.databases import ENGINES, Database, LogicalPostgres
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.functions import Function
from ziggie_harness.model.operators import Operator
from ziggie_harness.model.secrets import Secret
from ziggie_harness.model.values import (
    STRICT,
    Duration,
    HostName,
    Name,
    Positive,
    RegionName,
    ServingRole,
    spelled,
    whole,
)
from ziggie_harness.model.values import Role as Role  # noqa: PLC0414 - a topology speaks of roles, so whoever reads one finds them here

Runbook = Annotated[str, spelled(r".+\.sh", "the path of a shell script, NAME.sh")]

Strategy = Literal["active-passive"]

OPTIONAL: Final = frozenset(
    {*ENGINES.values(), Capability.OBJECTS, Capability.SECRETS, Capability.ALERTS, Capability.FUNCTIONS}
    | {Capability.RUNBOOKS, Capability.DISKS, Capability.PARTITIONS, Capability.LOSS, Capability.NAMES}
)
"""What a backend must be able to do for a design that declares it alone."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Regions:
    """The AWS region of each role. The control plane of Route 53 and IAM is in us-east-1 for everybody."""

    primary: RegionName
    secondary: RegionName
    witness: RegionName
    control_plane: Literal["us-east-1"] = "us-east-1"


@dataclass(frozen=True, slots=True, config=STRICT)
class HealthCheck:
    """A Route 53 health check of the service in one region.

    Limits: botocore service model route53 2013-04-01, shapes HealthCheckConfig, Port (1..65535), ResourcePath (up to
    255 characters), SearchString (up to 255), RequestInterval (10..30; its documentation: 10 or 30 s),
    FailureThreshold (1..10). The check goes to the region's address; the name, if there is one, is what it sends as
    Host header and, with enable_sni, as the TLS server name.
    """

    target: ServingRole
    type: Literal["HTTPS", "HTTP", "TCP"]
    port: Annotated[StrictInt, Field(ge=1, le=65535)]
    path: Annotated[str, StringConstraints(max_length=255), spelled("/.*", "a path that begins with /")] | None = None
    interval_seconds: Annotated[Duration, Field(validation_alias="interval", serialization_alias="interval")] = 30.0
    failure_threshold: Annotated[StrictInt, Field(ge=1, le=10)] = 3
    fully_qualified_domain_name: HostName | None = None
    enable_sni: StrictBool = False
    search_string: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    inverted: StrictBool = False
    disabled: StrictBool = False

    @property
    def detection_seconds(self) -> float:
        """How long a check takes on paper to call a dead endpoint unhealthy: interval times threshold."""
        return self.interval_seconds * self.failure_threshold


@dataclass(frozen=True, slots=True, config=STRICT)
class RecordEntry:
    """The record set that answers with one region's address.

    Limits: botocore service model route53 2013-04-01, shapes ResourceRecordSetIdentifier (1..128 characters),
    ResourceRecordSetWeight (0..255), ResourceRecordSetFailover (PRIMARY, SECONDARY), ResourceRecordSetRegion.
    """

    set_identifier: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    failover: Literal["PRIMARY", "SECONDARY"] | None = None
    weight: Annotated[StrictInt, Field(ge=0, le=255)] | None = None
    region: RegionName | None = None
    health_check: Name | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class Record:
    """The record sets of one name and type, one for each region that answers.

    Limits: botocore service model route53 2013-04-01, shape TTL (0..2147483647, whole seconds).
    """

    type: Literal["A"]
    routing: Literal["simple", "failover", "weighted", "latency"]
    ttl_seconds: Annotated[
        Duration, Field(le=2147483647, validation_alias="ttl", serialization_alias="ttl"), AfterValidator(whole)
    ]
    primary: RecordEntry | None = None
    secondary: RecordEntry | None = None

    def entries(self) -> Iterator[tuple[Role, RecordEntry]]:
        """Yield each declared entry with the role of the region whose address it answers with."""
        for role, entry in ((Role.PRIMARY, self.primary), (Role.SECONDARY, self.secondary)):
            if entry is not None:
                yield role, entry


@dataclass(frozen=True, slots=True, config=STRICT)
class Lease:
    """Fencing by a lease in the witness region: who cannot renew stops writing, who takes over waits it out.

    The lease guarantees one writer. That it is an up-to-date one takes the comparing of epochs: a database that missed
    a failover is refused.
    """

    kind: Literal["lease"]
    lease_seconds: Annotated[Positive, Field(validation_alias="lease", serialization_alias="lease")]
    renew_seconds: Annotated[Positive, Field(validation_alias="renew", serialization_alias="renew")]
    epochs: Literal["compared", "ignored"] = "compared"


@dataclass(frozen=True, slots=True, config=STRICT)
class Objectives:
    """What was promised: recovery time, recovery point as time, and how long service must last to count as stable."""

    rto_seconds: Annotated[Positive, Field(validation_alias="rto", serialization_alias="rto")]
    rpo_seconds: Annotated[Duration, Field(validation_alias="rpo", serialization_alias="rpo")]
    stability_window_seconds: Annotated[
        Positive, Field(validation_alias="stability_window", serialization_alias="stability_window")
    ]


@dataclass(frozen=True, slots=True, config=STRICT)
class Topology:
    """One declared design, valid as a whole."""

    name: Name
    strategy: Strategy
    zone: HostName
    regions: Regions
    health_checks: Mapping[Name, HealthCheck]
    records: Annotated[Mapping[Name, Record], Field(min_length=1)]
    databases: Annotated[Mapping[Name, Database], Field(min_length=1, max_length=1)]
    fencing: Lease | None
    health_depth: Literal["shallow", "deep"]
    objectives: Annotated[Mapping[Strategy, Objectives], Field(min_length=1)]
    buckets: Annotated[Mapping[Name, BucketPair], Field(max_length=1)] = Field(default_factory=dict)
    """None, unless the service keeps objects too."""
    secrets: Mapping[Name, Secret] = Field(default_factory=dict)
    """None, unless the application reads some."""
    served_by_name: StrictBool = False
    """Servers refuse a TLS handshake that does not ask for the public name, as where several hosts share an address."""
    health_checkers_admitted: StrictBool = True
    """The firewalls of both regions let Route 53's health checkers in, whose addresses AWS publishes.

    Source: Route 53 Developer Guide, "IP address ranges of Amazon Route 53 servers".
    """
    certificate_names: Mapping[ServingRole, HostName] = Field(default_factory=dict)
    """The name in the certificate of a region's servers, where it is another than the public one."""
    alerts: Alerts | None = None
    """None, unless somebody is to be told."""
    capacity: Capacity | None = None
    """None: the service takes whatever comes."""
    operator: Operator | None = None
    """None: the owner's scripts use keys of an administrator, which never expire."""
    functions: Mapping[Name, Function] = Field(default_factory=dict)
    """None, unless an event is to be answered by code of the owner's."""
    runbooks: Mapping[Literal["failover", "failback"], Runbook] = Field(default_factory=dict)
    """Scripts of the owner's, relative to the file that declares them, in the place of the harness's corrected ones."""

    @property
    def objective(self) -> Objectives:
        """The objectives of the declared strategy."""
        return self.objectives[self.strategy]

    @property
    def database(self) -> Database:
        """The database that the service stands on."""
        return next(iter(self.databases.values()))

    @property
    def bucket_pair(self) -> BucketPair | None:
        """The buckets that the service keeps objects in, if it does."""
        return next(iter(self.buckets.values()), None)

    @property
    def needs(self) -> frozenset[Capability]:
        """What a backend must be able to do for it: everything, but of what it need not declare its own alone."""
        declared = {ENGINES[self.database.engine]}
        declared |= {Capability.OBJECTS} if self.buckets else set()
        declared |= {Capability.SECRETS} if self.secrets else set()
        declared |= {Capability.ALERTS} if self.alerts else set()
        declared |= {Capability.FUNCTIONS} if self.functions else set()
        declared |= {Capability.PARTITIONS} if not self.health_checkers_admitted else set()
        declared |= {Capability.NAMES} if isinstance(self.database, LogicalPostgres) else set()
        return frozenset(Capability) - OPTIONAL | declared

    def region(self, role: Role) -> str:
        """Return the AWS region of a role."""
        names = {
            Role.PRIMARY: self.regions.primary,
            Role.SECONDARY: self.regions.secondary,
            Role.WITNESS: self.regions.witness,
            Role.CONTROL_PLANE: self.regions.control_plane,
        }
        return names[role]

    def certified_names(self, role: Role) -> tuple[str, ...]:
        """Return the names in the certificate of a region's servers."""
        other = next((name for named, name in self.certificate_names.items() if named is role), None)
        return (other,) if other else tuple(sorted(self.host_name(record) for record in self.records))

    def host_name(self, record: str) -> str:
        """Return the public name of a declared record, without a final dot."""
        return f"{record}.{self.zone}"
