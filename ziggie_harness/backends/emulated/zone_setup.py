"""From the declared topology to calls of Route 53: zone, health checks and record sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ziggie_harness.model.topology import HealthCheck, Record, RecordEntry, Role, Topology

AddressOf = Callable[[Role], str]


def health_check_config(check: HealthCheck, address: str) -> Mapping[str, Any]:
    """Return a declared health check as CreateHealthCheck takes it."""
    kind = f"{check.type}_STR_MATCH" if check.search_string and check.type != "TCP" else check.type
    config: dict[str, Any] = {
        "IPAddress": address,
        "Port": check.port,
        "Type": kind,
        "RequestInterval": int(check.interval_seconds),
        "FailureThreshold": check.failure_threshold,
        "Inverted": check.inverted,
        "Disabled": check.disabled,
    }
    if check.type != "TCP":
        config["ResourcePath"] = check.path or "/"
        if check.type == "HTTPS":
            config["EnableSNI"] = check.enable_sni
        if check.fully_qualified_domain_name:
            config["FullyQualifiedDomainName"] = check.fully_qualified_domain_name
        if check.search_string:
            config["SearchString"] = check.search_string
    return config


def record_sets(topology: Topology, address_of: AddressOf, check_ids: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Return the declared records as record sets of the API."""
    return [
        record_set(topology.host_name(name), record, entry, address_of(role), check_ids)
        for name, record in topology.records.items()
        for role, entry in record.entries()
    ]


def record_set(
    name: str, record: Record, entry: RecordEntry, address: str, check_ids: Mapping[str, str]
) -> Mapping[str, Any]:
    """Return one declared entry as a record set of the API that answers with an address."""
    members: dict[str, Any] = {
        "Name": name,
        "Type": record.type,
        "TTL": int(record.ttl_seconds),
        "ResourceRecords": [{"Value": address}],
        "SetIdentifier": entry.set_identifier,
        "Failover": entry.failover,
        "Weight": entry.weight,
        "Region": entry.region,
        "HealthCheckId": check_ids[entry.health_check] if entry.health_check else None,
    }
    return {key: value for key, value in members.items() if value is not None}


def upserts(sets: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the change batch that makes record sets be as given."""
    return {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": each} for each in sets]}


OTHER: Final[Mapping[Role, Role]] = {Role.PRIMARY: Role.SECONDARY, Role.SECONDARY: Role.PRIMARY}
"""The other one of the two regions that serve."""


def swapped(topology: Topology, address_of: AddressOf, check_ids: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Return the record sets with the two regions' parts exchanged, health checks included.

    A simple record, which has one part, then answers with the other region.
    """
    sets = []
    for name, record in topology.records.items():
        checks = {role: entry.health_check for role, entry in record.entries()}
        for role, entry in record.entries():
            other = OTHER[role]
            moved = dict(record_set(topology.host_name(name), record, entry, address_of(other), check_ids))
            if check := checks.get(other):
                moved["HealthCheckId"] = check_ids[check]
            sets.append(moved)
    return sets
