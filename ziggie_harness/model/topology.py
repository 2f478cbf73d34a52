"""The declared design: regions by role, DNS, health checks, databases, fencing and objectives, as frozen data.

Every limit that AWS sets on one value stands here beside the value; what values require of each other stands in
topology_rules, reading and changing a declaration in topology_document. In a file a duration is a text with its unit
(`ttl: 60 s`), here it is seconds (`ttl_seconds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
)
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from ziggie_harness.model.units import parse_duration, print_duration

# Keys that nobody knows are errors: a misspelt objective must not silently be none.
_STRICT: Final = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True)


class Role(StrEnum):
    """What a region is for in the design."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    WITNESS = "witness"
    CONTROL_PLANE = "control_plane"


def _seconds(value: object) -> object:
    """Accept a duration as a text with its unit, or as seconds where it is already a number inside the harness."""
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            pass
    elif isinstance(value, float):
        return value
    raise PydanticCustomError("duration", 'a duration with its unit, such as "60 s" or "15 min"')


def _whole(seconds: float) -> float:
    """Accept only whole seconds."""
    if seconds != int(seconds):
        raise PydanticCustomError("whole", "whole seconds")
    return seconds


Duration = Annotated[
    float, BeforeValidator(_seconds), Field(ge=0), PlainSerializer(lambda seconds: print_duration(float(seconds)))
]
Positive = Annotated[Duration, Field(gt=0)]
Strategy = Literal["active-passive"]
ServingRole = Literal[Role.PRIMARY, Role.SECONDARY]


def _spelled(pattern: str, expected: str) -> AfterValidator:
    """Accept a text of that pattern only, and say in words what is expected otherwise."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        """Return the text when it fits."""
        if compiled.fullmatch(text) is None:
            raise PydanticCustomError("spelling", "{expected}", {"expected": expected})
        return text

    return AfterValidator(check)


_LABEL: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
Name = Annotated[str, _spelled(_LABEL, "a name of small letters, digits and inner hyphens, at most 63")]
HostName = Annotated[str, _spelled(rf"({_LABEL}\.)+[a-z]{{2,63}}", "a host name such as api.ziggie.ai")]
RegionName = Annotated[str, _spelled(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as eu-west-1")]
# RDS API, CreateDBInstance, DBInstanceIdentifier: 1 to 63 letters, digits or hyphens; the first is a letter; no hyphen
# at the end and no two in a row.
InstanceIdentifier = Annotated[
    str,
    StringConstraints(max_length=63),
    _spelled(
        "[a-z](-?[a-z0-9])*", "an RDS instance identifier: letters, digits and single inner hyphens, a letter first"
    ),
]


@dataclass(frozen=True, slots=True, config=_STRICT)
class Regions:
    """The AWS region of each role. The control plane of Route 53 and IAM is in us-east-1 for everybody."""

    primary: RegionName
    secondary: RegionName
    witness: RegionName
    control_plane: Literal["us-east-1"] = "us-east-1"


@dataclass(frozen=True, slots=True, config=_STRICT)
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
    path: Annotated[str, StringConstraints(max_length=255), _spelled("/.*", "a path that begins with /")] | None = None
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


@dataclass(frozen=True, slots=True, config=_STRICT)
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


@dataclass(frozen=True, slots=True, config=_STRICT)
class Record:
    """The record sets of one name and type, one for each region that answers.

    Limits: botocore service model route53 2013-04-01, shape TTL (0..2147483647, whole seconds).
    """

    type: Literal["A"]
    routing: Literal["simple", "failover", "weighted", "latency"]
    ttl_seconds: Annotated[
        Duration, Field(le=2147483647, validation_alias="ttl", serialization_alias="ttl"), AfterValidator(_whole)
    ]
    primary: RecordEntry | None = None
    secondary: RecordEntry | None = None

    def entries(self) -> Iterator[tuple[Role, RecordEntry]]:
        """Yield each declared entry with the role of the region whose address it answers with."""
        for role, entry in ((Role.PRIMARY, self.primary), (Role.SECONDARY, self.secondary)):
            if entry is not None:
                yield role, entry


@dataclass(frozen=True, slots=True, config=_STRICT)
class Promotion:
    """How long RDS is assumed to take for each state of a promotion; AWS documents only minutes, so measure yours."""

    modifying_seconds: Annotated[Duration, Field(validation_alias="modifying", serialization_alias="modifying")]
    rebooting_seconds: Annotated[Duration, Field(validation_alias="rebooting", serialization_alias="rebooting")]

    @property
    def total_seconds(self) -> float:
        """The whole promotion."""
        return self.modifying_seconds + self.rebooting_seconds


@dataclass(frozen=True, slots=True, config=_STRICT)
class Database:
    """A PostgreSQL instance of RDS and its read replica in another region.

    Backup retention: RDS API, CreateDBInstance, BackupRetentionPeriod (0 to 35 days).
    """

    engine: Literal["postgres"]
    primary_role: ServingRole
    primary_instance: InstanceIdentifier
    replica_role: ServingRole
    replica_instance: InstanceIdentifier
    replication: Literal["asynchronous"]
    backup_retention_days: Annotated[StrictInt, Field(ge=0, le=35)]
    assumed_promotion: Promotion


@dataclass(frozen=True, slots=True, config=_STRICT)
class Lease:
    """Fencing by a lease in the witness region: who cannot renew stops writing, who takes over waits it out."""

    kind: Literal["lease"]
    lease_seconds: Annotated[Positive, Field(validation_alias="lease", serialization_alias="lease")]
    renew_seconds: Annotated[Positive, Field(validation_alias="renew", serialization_alias="renew")]


@dataclass(frozen=True, slots=True, config=_STRICT)
class Objectives:
    """What was promised: recovery time, recovery point as time, and how long service must last to count as stable."""

    rto_seconds: Annotated[Positive, Field(validation_alias="rto", serialization_alias="rto")]
    rpo_seconds: Annotated[Duration, Field(validation_alias="rpo", serialization_alias="rpo")]
    stability_window_seconds: Annotated[
        Positive, Field(validation_alias="stability_window", serialization_alias="stability_window")
    ]


@dataclass(frozen=True, slots=True, config=_STRICT)
class Topology:
    """One declared design, valid as a whole."""

    name: Name
    strategy: Strategy
    zone: HostName
    regions: Regions
    health_checks: Mapping[Name, HealthCheck]
    records: Annotated[Mapping[Name, Record], Field(min_length=1)]
    databases: Mapping[Name, Database]
    fencing: Lease | None
    health_depth: Literal["shallow", "deep"]
    objectives: Annotated[Mapping[Strategy, Objectives], Field(min_length=1)]

    @property
    def objective(self) -> Objectives:
        """The objectives of the declared strategy."""
        return self.objectives[self.strategy]

    def region(self, role: Role) -> str:
        """Return the AWS region of a role."""
        names = {
            Role.PRIMARY: self.regions.primary,
            Role.SECONDARY: self.regions.secondary,
            Role.WITNESS: self.regions.witness,
            Role.CONTROL_PLANE: self.regions.control_plane,
        }
        return names[role]

    def host_name(self, record: str) -> str:
        """Return the public name of a declared record, without a final dot."""
        return f"{record}.{self.zone}"
