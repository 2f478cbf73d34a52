"""What Route 53 stores: zones, record sets and health checks, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Failover = Literal["PRIMARY", "SECONDARY"]
Action = Literal["CREATE", "DELETE", "UPSERT"]
HealthCheckType = Literal[
    "HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP", "CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"
]

CHECKER_REGIONS: Final = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)
"""Where Route 53's health checkers sit. Source: botocore service model, shape HealthCheckRegion, and
HealthCheckConfig.Regions: without any regions "health checkers automatically performs checks from all of the
regions"."""

DEFAULT_INTERVAL_SECONDS: Final = 30
"""Source: botocore service model, HealthCheckConfig.RequestInterval: "the default value is 30 seconds"."""

DEFAULT_FAILURE_THRESHOLD: Final = 3
"""Source: botocore service model, HealthCheckConfig.FailureThreshold: "the default value is three health checks"."""


@dataclass(frozen=True, slots=True)
class RecordSet:
    """Records of one name and type; several with the same name and type differ in their set identifier.

    ``values`` are in the presentation format of a zone file. A record set has a routing policy when one of
    ``failover``, ``weight`` and ``region`` is given. An alias has no values, and its target's name in ``alias_target``.
    """

    name: str
    """In lower case, with the trailing dot."""
    type: str
    ttl_seconds: int
    values: tuple[str, ...]
    set_identifier: str | None = None
    failover: Failover | None = None
    weight: int | None = None
    region: str | None = None
    health_check_id: str | None = None
    alias_target: str | None = None

    @property
    def policy(self) -> Literal["simple", "failover", "weighted", "latency"]:
        """Return the routing policy, the first one when several are given (which Route 53 rejects)."""
        if self.failover is not None:
            return "failover"
        if self.weight is not None:
            return "weighted"
        return "simple" if self.region is None else "latency"


@dataclass(frozen=True, slots=True)
class Zone:
    """A hosted zone; ``name`` is in lower case with the trailing dot."""

    id: str
    name: str
    records: tuple[RecordSet, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check: an endpoint, and what counts as its being healthy."""

    id: str
    type: HealthCheckType
    address: str | None = None
    port: int | None = None
    path: str | None = None
    fully_qualified_domain_name: str | None = None
    search_string: str | None = None
    interval_seconds: int = DEFAULT_INTERVAL_SECONDS
    failure_threshold: int = DEFAULT_FAILURE_THRESHOLD
    enable_sni: bool | None = None
    """None is the default of Route 53: on for HTTPS with a domain name, off otherwise."""
    inverted: bool = False
    disabled: bool = False
    regions: tuple[str, ...] = ()
    """Where its checkers sit; empty means all of ``CHECKER_REGIONS``."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a change batch."""

    action: Action
    record_set: RecordSet


def canonical_name(name: str) -> str:
    """Return a domain name in lower case with its trailing dot.

    Source: botocore service model, ResourceRecordSet.Name: Route 53 "assumes that the domain name that you specify is
    fully qualified", so names with and without the dot are identical.
    """
    return name.lower().removesuffix(".") + "."


def applied(zone: Zone, changes: Sequence[Change]) -> Zone:
    """Return the zone after a change batch that the rules accept."""
    records = {(record.name, record.type, record.set_identifier): record for record in zone.records}
    for change in changes:
        record = change.record_set
        key = (record.name, record.type, record.set_identifier)
        if change.action == "DELETE":
            records.pop(key, None)
        else:
            records[key] = record
    return Zone(zone.id, zone.name, tuple(records.values()))
