"""A change batch and what it is judged against, and how Route 53's messages write its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ziggie_harness.emulation.route53.records import Change, RecordSet, Zone, applied


@dataclass(frozen=True, slots=True)
class Batch:
    """A change batch with what it has to be judged against; ``after`` is the zone as the batch would leave it.

    Source: botocore service model, ChangeResourceRecordSets: "Change batches are considered transactional changes",
    so a DELETE and a CREATE of one batch may replace a record set by one that could not stand beside it.
    """

    zone: Zone
    changes: tuple[Change, ...]
    health_check_ids: frozenset[str]
    after: Zone

    @staticmethod
    def of(zone: Zone, changes: Sequence[Change], health_check_ids: frozenset[str]) -> Batch:
        """Build a batch from what a caller asks for."""
        return Batch(zone, tuple(changes), health_check_ids, applied(zone, changes))

    def wanted(self) -> Iterator[RecordSet]:
        """Yield the record sets that the batch creates or replaces and that are still there at its end."""
        left = set(self.after.records)
        for change in self.changes:
            if change.action != "DELETE" and change.record_set in left:
                yield change.record_set

    def beside(self, record: RecordSet) -> Iterator[RecordSet]:
        """Yield the other record sets of the same name and type at the batch's end."""
        for other in self.after.records:
            same_group = (other.name, other.type) == (record.name, record.type)
            if same_group and other.set_identifier != record.set_identifier:
                yield other


Rule = Callable[[Batch], Iterator[str]]
"""A rule looks at a batch and yields Route 53's messages against it."""


def key(record: RecordSet) -> tuple[str, str, str | None]:
    """Return what identifies a record set in its zone."""
    return record.name, record.type, record.set_identifier


def comparable(record: RecordSet) -> tuple[object, ...]:
    """Return what has to be equal for a deletion; the order of the values does not count."""
    policy = (record.failover, record.weight, record.region, record.health_check_id, record.alias_target)
    return (*key(record), record.ttl_seconds, frozenset(record.values), *policy)


def described(change: Change) -> str:
    """Write a change as Route 53's messages about a request do."""
    record = change.record_set
    named = f"Name={record.name}, Type={record.type}, SetIdentifier={record.set_identifier or 'null'}"
    return f"Change with [Action={change.action}, {named}]"


def identified(record: RecordSet) -> str:
    """Write a record set as Route 53's messages about creation and deletion do."""
    suffix = f", set-identifier='{record.set_identifier}'" if record.set_identifier is not None else ""
    return f"[name='{record.name}', type='{record.type}'{suffix}]"


def shown(record: RecordSet) -> str:
    """Write a record set as Route 53's messages about conflicts do."""
    suffix = f", SetIdentifier {record.set_identifier}" if record.set_identifier is not None else ""
    return f"RRSet with DNS name {record.name}, type {record.type}{suffix}"
