"""What the parts of a declared design require of each other, rule by rule, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ziggie_harness.model.databases import LogicalPostgres, MongoReplicaSet, RdsPostgres
from ziggie_harness.model.errors import Problem
from ziggie_harness.model.topology import Role
from ziggie_harness.model.units import print_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.model.buckets import BucketPair
    from ziggie_harness.model.databases import Database
    from ziggie_harness.model.functions import Function
    from ziggie_harness.model.topology import HealthCheck, Record, RecordEntry, Topology

INTERVALS_SECONDS: Final = (10.0, 30.0)
"""The request intervals of a health check. Source: Route 53 API reference, HealthCheckConfig, RequestInterval."""

POLICY_FIELDS: Final = {"failover": "failover", "weighted": "weight", "latency": "region"}
"""The field that a routing policy needs and no other policy may carry.

Source: Route 53 API reference, ResourceRecordSet; Failover, Weight and Region exclude each other.
"""


def contradictions(topology: Topology) -> Iterator[Problem]:
    """Yield everything in a design whose values are valid one by one that cannot be so together."""
    yield from _regions(topology)
    for name, check in topology.health_checks.items():
        yield from _health_check(f"health_checks.{name}", check)
    for name, record in topology.records.items():
        yield from _record(f"records.{name}", record, topology)
    for name, database in topology.databases.items():
        yield from _database(f"databases.{name}", database)
    for name, pair in topology.buckets.items():
        yield from _buckets(f"buckets.{name}", pair)
    if topology.fencing is not None and topology.fencing.renew_seconds >= topology.fencing.lease_seconds:
        yield Problem(
            "fencing.renew",
            print_duration(topology.fencing.renew_seconds),
            f"less than the lease of {print_duration(topology.fencing.lease_seconds)}",
            "renew several times within a lease, or one lost renewal stops the writer",
        )
    yield from _optional(topology)
    for name, function in topology.functions.items():
        yield from _function(f"functions.{name}", function, topology)
    if topology.strategy not in topology.objectives:
        yield Problem("objectives", ", ".join(topology.objectives), f"objectives of the strategy {topology.strategy}")


def _optional(topology: Topology) -> Iterator[Problem]:
    """What a design need not declare fits the rest of it where it does."""
    if topology.alerts is not None:
        yield from topology.alerts.contradictions(topology.health_checks, topology.functions)
    if topology.capacity is not None:
        yield from topology.capacity.contradictions()
    if topology.operator is not None:
        yield from topology.operator.contradictions(topology.alerts.topics if topology.alerts else {})


def advice(topology: Topology) -> Iterator[str]:
    """Yield sentences on what is valid but cannot work on paper.

    A client that follows a failover record is away for detection plus TTL at least, so a shorter RTO is arithmetic
    that no drill can pass.
    """
    promised_seconds = topology.objective.rto_seconds
    for name, record in topology.records.items():
        if record.routing != "failover" or record.primary is None or record.primary.health_check is None:
            continue
        check = topology.health_checks[record.primary.health_check]
        needed_seconds = check.detection_seconds + record.ttl_seconds
        if needed_seconds > promised_seconds:
            yield (
                f"records.{name}: detection ({print_duration(check.interval_seconds)} x {check.failure_threshold}) and "
                f"TTL ({print_duration(record.ttl_seconds)}) need {print_duration(needed_seconds)}, more than the RTO "
                f"of {print_duration(promised_seconds)}; shorten them or promise less"
            )


def _regions(topology: Topology) -> Iterator[Problem]:
    """No region plays two roles: a fault in one role would hit the other."""
    first: dict[str, Role] = {}
    for role in Role:
        region = topology.region(role)
        other = first.setdefault(region, role)
        if other != role:
            yield Problem(f"regions.{role}", region, f"another region than the one of {other}")


def _health_check(path: str, check: HealthCheck) -> Iterator[Problem]:
    """Type, path, name and interval fit together (Route 53 API reference, HealthCheckConfig)."""
    if check.interval_seconds not in INTERVALS_SECONDS:
        allowed = " or ".join(print_duration(seconds) for seconds in INTERVALS_SECONDS)
        yield Problem(f"{path}.interval", print_duration(check.interval_seconds), f"{allowed}, the only ones AWS has")
    if check.type == "TCP":
        for field, value in (("path", check.path), ("search_string", check.search_string)):
            if value is not None:
                yield Problem(f"{path}.{field}", repr(value), "nothing: a TCP check only connects")
    elif check.path is None:
        yield Problem(f"{path}.path", "nothing", f"the path that the {check.type} request asks for", "such as /health")
    if check.enable_sni and check.type != "HTTPS":
        yield Problem(f"{path}.enable_sni", "true", f"false: {check.type} has no TLS handshake that could carry a name")


def _record(path: str, record: Record, topology: Topology) -> Iterator[Problem]:
    """Entries fit their routing policy, and what they name exists."""
    entries = list(record.entries())
    if not entries:
        yield Problem(path, "no entry", "an entry for the primary or the secondary region")
    if record.routing == "simple" and len(entries) > 1:
        yield Problem(path, f"{len(entries)} entries", "one: a name has a single simple record set")
    for role, entry in entries:
        place = f"{path}.{role}"
        yield from _policy(place, record.routing, entry)
        if entry.health_check is not None and entry.health_check not in topology.health_checks:
            known = ", ".join(topology.health_checks) or "none"
            yield Problem(f"{place}.health_check", repr(entry.health_check), f"a declared health check ({known})")
        if entry.region is not None and entry.region != topology.region(role):
            expected = f"{topology.region(role)}, where the resource of this entry is"
            yield Problem(f"{place}.region", entry.region, expected)
    yield from _distinct(path, entries, "set_identifier")
    yield from _distinct(path, entries, "failover")


def _policy(place: str, routing: str, entry: RecordEntry) -> Iterator[Problem]:
    """An entry carries exactly the fields of its record's routing policy, and a PRIMARY has a health check."""
    needed = POLICY_FIELDS.get(routing)
    if needed is not None and getattr(entry, needed) is None:
        yield Problem(f"{place}.{needed}", "nothing", f"a value: {routing} routing decides by it")
    for field in POLICY_FIELDS.values():
        if field != needed and getattr(entry, field) is not None:
            yield Problem(f"{place}.{field}", repr(getattr(entry, field)), f"nothing: {routing} routing has no {field}")
    if needed is not None and entry.set_identifier is None:
        yield Problem(f"{place}.set_identifier", "nothing", "a name for this entry, as every routing policy needs")
    if needed is None and entry.set_identifier is not None:
        yield Problem(f"{place}.set_identifier", repr(entry.set_identifier), "nothing: a simple record set has none")
    if entry.failover == "PRIMARY" and entry.health_check is None:
        yield Problem(
            f"{place}.health_check",
            "nothing",
            "a health check",
            'Route 53 refuses it: "A non-alias primary ResourceRecordSet must have an associated health check."',
        )


def _distinct(path: str, entries: list[tuple[Role, RecordEntry]], field: str) -> Iterator[Problem]:
    """No two entries of one name and type share this field (Route 53: InvalidChangeBatch)."""
    first: dict[str, Role] = {}
    for role, entry in entries:
        value: str | None = getattr(entry, field)
        if value is not None and first.setdefault(value, role) != role:
            yield Problem(f"{path}.{role}.{field}", value, f"another value than the entry of {first[value]}")


def _database(path: str, database: Database) -> Iterator[Problem]:
    """What a database needs depends on its kind."""
    if isinstance(database, MongoReplicaSet):
        yield from _replica_set(path, database)
        return
    if database.replica_role == database.primary_role:
        yield Problem(f"{path}.replica_role", database.replica_role, "another region than the primary's")
    if isinstance(database, RdsPostgres) and database.backup_retention_days < 1:
        # RDS user guide, Working with read replicas.
        yield Problem(
            f"{path}.backup_retention_days",
            str(database.backup_retention_days),
            "1 or more",
            "RDS makes a read replica only of a source with automatic backups",
        )
    if isinstance(database, LogicalPostgres) and database.slot_alarm_megabytes is not None:
        cap = database.slot_cap_megabytes
        if cap is None or database.slot_alarm_megabytes >= cap:
            expected = "a slot_cap_megabytes, of which it is a part" if cap is None else f"less than the cap of {cap}"
            yield Problem(f"{path}.slot_alarm_megabytes", str(database.slot_alarm_megabytes), expected)


def _buckets(path: str, pair: BucketPair) -> Iterator[Problem]:
    """Buckets have three names, and rules two priorities (S3 user guide, "Replication configuration elements")."""
    if pair.primary_bucket == pair.secondary_bucket:
        expected = "another name than the primary's: bucket names are unique in all regions"
        yield Problem(f"{path}.secondary_bucket", pair.secondary_bucket, expected)
    if pair.backup is not None and pair.backup.bucket in {pair.primary_bucket, pair.secondary_bucket}:
        yield Problem(f"{path}.backup.bucket", pair.backup.bucket, "another name than the two buckets that it protects")
    first: dict[int, str] = {}
    for name, rule in pair.rules.items():
        if first.setdefault(rule.priority, name) != name:
            expected = f"another priority than that of {first[rule.priority]}: both copy to the same bucket"
            yield Problem(f"{path}.rules.{name}.priority", str(rule.priority), expected)
        if rule.tags and rule.delete_markers:
            # botocore service model, shape DeleteMarkerReplication
            expected = "false: S3 does not copy delete markers by rules that filter by tags"
            yield Problem(f"{path}.rules.{name}.delete_markers", "true", expected)


def _function(path: str, function: Function, topology: Topology) -> Iterator[Problem]:
    """Somebody calls a function, and tells it where to bury what it cannot do."""
    if topology.alerts is None:
        yield Problem(path, "a function", "`alerts`, whose rules hand it events")
    elif function.on_failure is not None and function.on_failure not in topology.alerts.topics:
        known = ", ".join(topology.alerts.topics)
        yield Problem(f"{path}.on_failure", repr(function.on_failure), f"a declared topic ({known})")


def _replica_set(path: str, declared: MongoReplicaSet) -> Iterator[Problem]:
    """Somebody can be primary, and arbiters stand aside (MongoDB manual, Replica Set Configuration)."""
    if all(member.arbiter or member.priority == 0 for member in declared.members.values()):
        yield Problem(f"{path}.members", "nobody who can be primary", "a member with data and a priority above 0")
    for name, member in declared.members.items():
        if member.arbiter and member.priority > 0:
            yield Problem(f"{path}.members.{name}.priority", str(member.priority), "0: an arbiter is never primary")
    arbiters = [name for name, member in declared.members.items() if member.arbiter]
    if len(arbiters) > 1:
        yield Problem(f"{path}.members", f"{len(arbiters)} arbiters", "at most one, as the manual advises")
