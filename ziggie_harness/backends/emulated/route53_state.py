"""moto's state of Route 53, read as our own dataclasses and written where moto's own way is not AWS's.

moto's version is pinned: ``missing_internals`` tells what a new version no longer has of what is used here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.moto_state import ACCOUNT, PINNED_VERSION
from ziggie_harness.emulation.route53.book import SOA_VALUE
from ziggie_harness.emulation.route53.records import (
    DEFAULT_FAILURE_THRESHOLD,
    DEFAULT_INTERVAL_SECONDS,
    Change,
    HealthCheck,
    RecordSet,
    Zone,
    canonical_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODELS: Final = "moto.route53.models"

PARTITION: Final = "aws"

USED_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "FakeZone": ("add_rrset",),
    "RecordSet": ("resource_records",),
    "HealthCheck": ("health_check_config",),
}
"""Classes of moto, each with the methods and properties that are used here."""

USED_OF_RECORD_SET: Final = (
    *("name", "type", "ttl", "records", "set_identifier", "failover", "weight", "region", "health_check_id"),
    "alias_target",
)
USED_OF_ZONE: Final = (
    *("name", "resource_id", "rrsets", "caller_reference", "private_zone", "comment", "resource_record_set_count"),
)

HEALTH_CHECK_ARGUMENTS: Final[Mapping[str, str]] = {
    "Type": "type_",
    "IPAddress": "ip_address",
    "Port": "port",
    "ResourcePath": "resource_path",
    "FullyQualifiedDomainName": "fqdn",
    "SearchString": "search_string",
    "RequestInterval": "request_interval",
    "FailureThreshold": "failure_threshold",
    "MeasureLatency": "measure_latency",
    "Inverted": "inverted",
    "Disabled": "disabled",
    "EnableSNI": "enable_sni",
    "Regions": "regions",
}
"""Where moto keeps the members of a HealthCheckConfig of an endpoint."""

DEFAULT_PORTS: Final = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}
"""General knowledge, not confirmed in documentation: botocore's service model names 80 and 443 as the ports of HTTP and
HTTPS (HealthCheckConfig.FullyQualifiedDomainName) and does not say that they are the defaults."""


class Route53State:
    """Zones and health checks, as moto holds them now."""

    def zones(self) -> Mapping[str, Zone]:
        """Return every public hosted zone by its id, without the prefix ``/hostedzone/``."""
        return {key: _zone(zone) for key, zone in dict(_backend().zones).items() if not zone.private_zone}

    def described_zones(self) -> Sequence[Mapping[str, Any]]:
        """Return every hosted zone as the API lists it."""
        return [
            {
                "Id": f"/hostedzone/{zone.resource_id}",
                "Name": zone.name,
                "CallerReference": zone.caller_reference,
                "Config": {"PrivateZone": zone.private_zone, "Comment": zone.comment},
                "ResourceRecordSetCount": zone.resource_record_set_count,
            }
            for zone in list(_backend().zones.values())
        ]

    def adopt_zone(self, zone_id: str) -> None:
        """Give a new zone the SOA of Route 53, and the trailing dots that it lists names of name servers with."""
        for record in _backend().zones[zone_id].rrsets:
            if record.type == "SOA":
                record.records = [SOA_VALUE]
            elif record.type == "NS":
                record.records = [canonical_name(value) for value in record.records]

    def write(self, zone_id: str, changes: Sequence[Change]) -> None:
        """Make the changes of a batch that the rules accepted.

        moto's own way deletes every record set with the same set identifier, whatever its name is, and takes a record
        set that was deleted for one that is there.
        """
        zone = _backend().zones[zone_id]
        for change in changes:
            wanted = change.record_set
            zone.rrsets = [
                record
                for record in zone.rrsets
                if (canonical_name(record.name), record.type, record.set_identifier)
                != (wanted.name, wanted.type, wanted.set_identifier)
            ]
            if change.action != "DELETE":
                zone.add_rrset(_record_for_moto(wanted))

    def health_checks(self) -> Mapping[str, HealthCheck]:
        """Return every health check by its id."""
        checks = dict(_backend().health_checks)
        return {key: health_check_of(key, check.health_check_config) for key, check in checks.items()}

    def health_check_config(self, check_id: str) -> Mapping[str, Any]:
        """Return the configuration of a health check as the API gives it; KeyError for an unknown id."""
        config = _backend().health_checks[check_id].health_check_config
        return {name: value for name, value in config.items() if value is not None}

    def health_check_references(self) -> Mapping[str, str]:
        """Return the id of every health check by the reference that it was created with."""
        return {check.caller_reference: key for key, check in dict(_backend().health_checks).items()}

    def create_health_check(self, reference: str, config: Mapping[str, Any]) -> str:
        """Store a new health check; return its id."""
        made = _backend().create_health_check(reference, {"type": config["Type"]})
        _store(made, config)
        return str(made.id)

    def update_health_check(self, check_id: str, config: Mapping[str, Any]) -> None:
        """Store a configuration in the place of another, under the next version; KeyError for an unknown id."""
        check = _backend().health_checks[check_id]
        _store(check, config)
        check.health_check_version += 1

    def delete_health_check(self, check_id: str) -> str:
        """Forget a health check; return its caller reference. KeyError for an unknown id."""
        return str(_backend().health_checks.pop(check_id).caller_reference)

    def described_health_check(self, check_id: str) -> Mapping[str, Any]:
        """Return a health check as the API gives it; KeyError for an unknown id."""
        check = _backend().health_checks[check_id]
        return {
            "Id": check_id,
            "CallerReference": check.caller_reference,
            "HealthCheckConfig": self.health_check_config(check_id),
            "HealthCheckVersion": check.health_check_version,
        }


def health_check_of(check_id: str, config: Mapping[str, Any]) -> HealthCheck:
    """Read a HealthCheckConfig of the API, with Route 53's defaults where it is silent."""
    return HealthCheck(
        id=check_id,
        type=config["Type"],
        address=config.get("IPAddress"),
        port=_port(config),
        path=config.get("ResourcePath"),
        fully_qualified_domain_name=config.get("FullyQualifiedDomainName"),
        search_string=config.get("SearchString"),
        interval_seconds=_or_default(config.get("RequestInterval"), DEFAULT_INTERVAL_SECONDS),
        failure_threshold=_or_default(config.get("FailureThreshold"), DEFAULT_FAILURE_THRESHOLD),
        enable_sni=_sni(config),
        inverted=bool(config.get("Inverted")),
        disabled=bool(config.get("Disabled")),
        regions=tuple(config.get("Regions") or ()),
    )


def record_set_of(described: Mapping[str, Any]) -> RecordSet:
    """Read a ResourceRecordSet of the API."""
    alias = described.get("AliasTarget")
    return RecordSet(
        name=canonical_name(described["Name"]),
        type=described["Type"],
        ttl_seconds=int(described.get("TTL") or 0),
        values=tuple(record["Value"] for record in described.get("ResourceRecords") or ()),
        set_identifier=described.get("SetIdentifier"),
        failover=described.get("Failover"),
        weight=described.get("Weight"),
        region=described.get("Region"),
        health_check_id=described.get("HealthCheckId"),
        alias_target=canonical_name(alias["DNSName"]) if alias else None,
    )


def missing_internals() -> tuple[str, ...]:
    """Return a sentence for each part of moto's inside that is used here and that this version does not have."""
    models = importlib.import_module(MODELS)
    version = importlib.import_module("moto").__version__
    found = [] if version == PINNED_VERSION else [f"moto is {version}, this was written for {PINNED_VERSION}"]
    for name, parts in USED_CLASSES.items():
        kind = getattr(models, name, None)
        found += [f"{MODELS} has no {name}"] if kind is None else []
        found += [f"{MODELS}.{name} has no {part}" for part in parts if kind is not None and not hasattr(kind, part)]
    if found:
        return tuple(found)
    samples = {
        models.RecordSet({}): USED_OF_RECORD_SET,
        models.FakeZone("example.org.", "Z", private_zone=False, caller_reference="r"): USED_OF_ZONE,
        models.HealthCheck("id", "r", {}): (
            "health_check_version",
            "caller_reference",
            *HEALTH_CHECK_ARGUMENTS.values(),
        ),
    }
    return tuple(
        f"a {type(sample).__name__} of {MODELS} has no {part}"
        for sample, parts in samples.items()
        for part in parts
        if not hasattr(sample, part)
    )


def _backend() -> Any:  # noqa: ANN401 - moto ships no type information
    """Return moto's Route 53 of the one account there is."""
    return importlib.import_module(MODELS).route53_backends[ACCOUNT][PARTITION]


def _zone(zone: Any) -> Zone:  # noqa: ANN401 - as above
    """Read a zone of moto."""
    return Zone(zone.resource_id, canonical_name(zone.name), tuple(_record_set(record) for record in list(zone.rrsets)))


def _record_set(record: Any) -> RecordSet:  # noqa: ANN401 - as above
    """Read a record set of moto."""
    alias = record.alias_target
    return RecordSet(
        name=canonical_name(record.name),
        type=record.type,
        ttl_seconds=int(record.ttl or 0),
        values=tuple(record.records or ()),
        set_identifier=record.set_identifier,
        failover=record.failover,
        weight=None if record.weight is None else int(record.weight),
        region=record.region,
        health_check_id=record.health_check_id,
        alias_target=canonical_name(alias["DNSName"]) if alias else None,
    )


def _store(check: Any, config: Mapping[str, Any]) -> None:  # noqa: ANN401 - as above
    """Give a health check of moto a configuration, with Route 53's defaults where moto has others."""
    defaults = {
        "Port": _port(config),
        "EnableSNI": _sni(config),
        "RequestInterval": DEFAULT_INTERVAL_SECONDS,
        "FailureThreshold": DEFAULT_FAILURE_THRESHOLD,
        "MeasureLatency": False,
        "Inverted": False,
        "Disabled": False,
    }
    for ours, theirs in HEALTH_CHECK_ARGUMENTS.items():
        setattr(check, theirs, config.get(ours, defaults.get(ours)))


def _record_for_moto(record: RecordSet) -> Mapping[str, Any]:
    """Write a record set as moto keeps it; aliases, which it keeps with more than we know, do not come here."""
    members = {
        "Name": record.name,
        "Type": record.type,
        "TTL": record.ttl_seconds,
        "ResourceRecords": list(record.values),
        "SetIdentifier": record.set_identifier,
        "Failover": record.failover,
        "Weight": record.weight,
        "Region": record.region,
        "HealthCheckId": record.health_check_id,
    }
    return {name: value for name, value in members.items() if value is not None}


def _port(config: Mapping[str, Any]) -> int | None:
    """Return the port that is checked, the usual one of the type when none is given."""
    port: int | None = config.get("Port")
    return DEFAULT_PORTS.get(config["Type"]) if port is None else port


def _sni(config: Mapping[str, Any]) -> bool:
    """Return whether the name is sent with TLS: the default is yes for HTTPS, and is meaningless otherwise."""
    enabled: bool | None = config.get("EnableSNI")
    return config["Type"].startswith("HTTPS") if enabled is None else enabled


def _or_default(value: int | None, default: int) -> int:
    """Return a number, or the default where none was given; 0 is given, and wrong."""
    return default if value is None else value
