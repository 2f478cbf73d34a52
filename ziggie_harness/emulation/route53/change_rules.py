"""What Route 53 enforces on what a zone would become, one function a rule, each with the source of the fact.

*Observed* names a public report that quotes the real message; *wording ours* marks a message that no source shows: the
rejection is documented, its words are not.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from ziggie_harness.emulation.route53.change_batch import Batch, Rule, comparable, identified, key, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


def created_is_new(batch: Batch) -> Iterator[str]:
    """Refuse to create what exists.

    Source: botocore service model, ChangeResourceRecordSets, CREATE. Observed: barnybug/cli53 issue 317.
    """
    present = {key(record) for record in batch.zone.records}
    for change in batch.changes:
        if change.action == "CREATE" and key(change.record_set) in present:
            yield f"Tried to create resource record set {identified(change.record_set)} but it already exists"
        (present.discard if change.action == "DELETE" else present.add)(key(change.record_set))


def deleted_exists(batch: Batch) -> Iterator[str]:
    """Refuse to delete what is not there, or not there any more.

    Source: botocore service model, ChangeResourceRecordSets: "If you try to delete the same resource record set more
    than once in a single change batch, Route 53 returns an InvalidChangeBatch error". Observed: "... but it was not
    found".
    """
    present = {key(record) for record in batch.zone.records}
    for change in batch.changes:
        if change.action == "DELETE" and key(change.record_set) not in present:
            yield f"Tried to delete resource record set {identified(change.record_set)} but it was not found"
        (present.discard if change.action == "DELETE" else present.add)(key(change.record_set))


def deleted_is_the_same(batch: Batch) -> Iterator[str]:
    """Refuse to delete a record set by other values than it has.

    Source: botocore service model, ChangeResourceRecordSets: "you must specify all the same values that you specified
    when you created it". Observed: barnybug/cli53 issue 25.
    """
    present = {key(record): record for record in batch.zone.records}
    for change in batch.changes:
        current = present.get(key(change.record_set))
        if change.action == "DELETE" and current is not None and comparable(current) != comparable(change.record_set):
            named = identified(change.record_set)
            yield f"Tried to delete resource record set {named} but the values provided do not match the current values"


def name_in_zone(batch: Batch) -> Iterator[str]:
    """Refuse names outside the zone. Source: observed in meltwater/terraform-aws-asg-dns-handler issue 38."""
    for change in batch.changes:
        name = change.record_set.name
        if name != batch.zone.name and not name.endswith("." + batch.zone.name):
            yield f"RRSet with DNS name {name} is not permitted in zone {batch.zone.name}"


def simple_stands_alone(batch: Batch) -> Iterator[str]:
    """Refuse a simple record set beside others of the same name and type.

    Source: botocore service model, ResourceRecordSet.Failover, Weight and Region ("You can't create non-failover
    resource record sets that have the same values for the Name and Type elements as failover resource record sets").
    Observed: chef-boneyard/route53 issue 100.
    """
    for record in batch.wanted():
        if record.set_identifier is None and any(batch.beside(record)):
            yield f"{shown(record)} cannot be created as other RRSets exist with the same name and type."


def policies_do_not_mix(batch: Batch) -> Iterator[str]:
    """Refuse a routing policy beside another one, or beside a simple record set.

    Source: botocore service model, ResourceRecordSet.Weight, Failover and Region. Observed for weighted ones:
    kubernetes-sigs/external-dns issue 4345; that the other policies say it in the same way is an assumption.
    """
    for record in batch.wanted():
        if record.set_identifier is not None and any(other.policy != record.policy for other in batch.beside(record)):
            yield f"{shown(record)} cannot be created as a non-{record.policy} set exists with the same name and type."


def primary_has_health_check(batch: Batch) -> Iterator[str]:
    """Require a health check of a primary that is no alias.

    Source: observed in kubernetes-sigs/external-dns issue 2362.
    """
    for record in batch.wanted():
        if record.failover == "PRIMARY" and record.alias_target is None and record.health_check_id is None:
            yield "A non-alias primary ResourceRecordSet must have an associated health check. No changes made."


def one_primary_one_secondary(batch: Batch) -> Iterator[str]:
    """Refuse a second PRIMARY or SECONDARY of a name and type.

    Source: botocore service model, ResourceRecordSet.Failover ("For one resource record set, you specify PRIMARY"; "for
    the other", SECONDARY). The rejection is reported in boto/boto3 issue 1347; wording ours.
    """
    for record in batch.wanted():
        if record.failover is not None and any(other.failover == record.failover for other in batch.beside(record)):
            kind = f"failover {record.failover} set"
            yield f"{shown(record)} cannot be created as a {kind} exists with the same name and type."


def health_check_exists(batch: Batch) -> Iterator[str]:
    """Refuse the id of a health check that does not exist.

    Source: general knowledge, not confirmed in documentation; wording ours.
    """
    for record in batch.wanted():
        if record.health_check_id is not None and record.health_check_id not in batch.health_check_ids:
            yield f"No health check exists with the ID {record.health_check_id} ({shown(record)})"


def addresses_are_addresses(batch: Batch) -> Iterator[str]:
    """Refuse an A or AAAA value that is no address of that family.

    Source: Developer Guide, "Supported DNS record types". Observed: "ARRDATAIllegalIPv4Address (Value is not a valid
    IPv4 address) encountered with ...".
    """
    families = {"A": (ipaddress.IPv4Address, "IPv4"), "AAAA": (ipaddress.IPv6Address, "IPv6")}
    for record in batch.wanted():
        parse, family = families.get(record.type, (None, ""))
        for value in record.values if parse else ():
            try:
                parse(value)  # type: ignore[misc]  # the loop is empty without a parser
            except ValueError:
                problem = f"{record.type}RRDATAIllegal{family}Address (Value is not a valid {family} address)"
                yield f"Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''"


def no_cname_at_apex(batch: Batch) -> Iterator[str]:
    """Refuse a CNAME at the zone's own name.

    Source: botocore service model, ResourceRecordSet.Type ("creating a CNAME record for the zone apex isn't
    supported"). Observed: "RRSet of type CNAME with DNS name ... is not permitted at apex in zone ...".
    """
    for record in batch.wanted():
        if record.type == "CNAME" and record.name == batch.zone.name:
            yield f"RRSet of type CNAME with DNS name {record.name} is not permitted at apex in zone {batch.zone.name}"


def cname_stands_alone(batch: Batch) -> Iterator[str]:
    """Refuse a CNAME beside other types of the same name, and the reverse, below the apex.

    Source: RFC 1034 section 3.6.2. Observed: capitalone/Particle-Cloud-Framework issue 113, hashicorp/terraform issue
    9732.
    """
    for record in batch.wanted():
        others = {other.type for other in batch.after.records if other.name == record.name} - {record.type}
        if record.name == batch.zone.name:
            continue
        named = f"RRSet of type {record.type} with DNS name {record.name} is not permitted"
        if record.type == "CNAME" and others:
            yield f"{named} as it conflicts with other records with the same DNS name in zone {batch.zone.name}"
        elif "CNAME" in others:
            conflict = "because a conflicting RRSet of type  CNAME with the same DNS name already exists"
            yield f"{named} {conflict} in zone {batch.zone.name}"


def one_value_by_policy(batch: Batch) -> Iterator[str]:
    """Refuse several values in a weighted or latency record set.

    Source: botocore service model, ResourceRecordSet.Weight and Region: "You can only specify one ResourceRecord per
    weighted resource record set", and the same for latency; wording ours.
    """
    for record in batch.wanted():
        if record.policy in {"weighted", "latency"} and len(record.values) > 1:
            yield f"{shown(record)} cannot be created as a {record.policy} set holds only one ResourceRecord."


def one_latency_set_per_region(batch: Batch) -> Iterator[str]:
    """Refuse a second latency record set of a region.

    Source: botocore service model, ResourceRecordSet.Region: "You can only create one latency resource record set for
    each Amazon EC2 Region"; wording ours.
    """
    for record in batch.wanted():
        if record.region is not None and any(other.region == record.region for other in batch.beside(record)):
            kind = f"set for region {record.region}"
            yield f"{shown(record)} cannot be created as a {kind} exists with the same name and type."


def apex_keeps_its_servers(batch: Batch) -> Iterator[str]:
    """Refuse to delete the zone's own NS and SOA. Source: general knowledge of the messages, not confirmed."""
    needed = {"NS": "A HostedZone must contain at least one NS record for the zone itself."}
    needed["SOA"] = "A HostedZone must contain exactly one SOA record."
    for kind, sentence in needed.items():
        apex = (batch.zone.name, kind, None)
        before = any(key(record) == apex for record in batch.zone.records)
        if before and not any(key(record) == apex for record in batch.after.records):
            yield sentence


BATCH_RULES: Final[tuple[Rule, ...]] = (
    created_is_new,
    deleted_exists,
    deleted_is_the_same,
    name_in_zone,
    simple_stands_alone,
    policies_do_not_mix,
    primary_has_health_check,
    one_primary_one_secondary,
    health_check_exists,
    addresses_are_addresses,
    no_cname_at_apex,
    cname_stands_alone,
    one_value_by_policy,
    one_latency_set_per_region,
    apex_keeps_its_servers,
)
"""Rules of what the zone would become: who breaks one gets InvalidChangeBatch."""
