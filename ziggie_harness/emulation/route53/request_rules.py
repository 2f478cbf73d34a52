"""What Route 53 enforces on the form of a request for changes, one function a rule, each with the source of the fact.

*Observed* quotes the real message from public reports; *wording ours* marks a message that no source shows: the
rejection is documented, its words are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ziggie_harness.emulation.route53.change_batch import Batch, Rule, described

if TYPE_CHECKING:
    from collections.abc import Iterator

WEIGHT_MOST: Final = 255
"""Source: botocore service model, shape ResourceRecordSetWeight."""

TTL_MOST_SECONDS: Final = 2_147_483_647
"""Source: botocore service model, shape TTL."""

SET_IDENTIFIER_LONGEST: Final = 128
"""Source: botocore service model, shape ResourceRecordSetIdentifier."""


def batch_not_empty(batch: Batch) -> Iterator[str]:
    """Refuse a batch without changes. Source: botocore service model, shape Changes, min 1; wording ours."""
    if not batch.changes:
        yield "Invalid request: Expected at least one Change"


def set_identifier_with_policy(batch: Batch) -> Iterator[str]:
    """Require a set identifier with a routing policy.

    Source: botocore service model, ResourceRecordSet.SetIdentifier ("have a routing policy other than simple").
    Observed as InvalidInput: "Missing field 'SetIdentifier' in Change with [...]".
    """
    for change in batch.changes:
        if change.record_set.policy != "simple" and change.record_set.set_identifier is None:
            yield f"Invalid request: Missing field 'SetIdentifier' in {described(change)}"


def one_policy_with_set_identifier(batch: Batch) -> Iterator[str]:
    """Require exactly one routing policy with a set identifier.

    Source: botocore service model, ResourceRecordSet.SetIdentifier. Observed as InvalidInput: "Expected exactly one of
    [Weight, Region, ...], but found none in Change with [...]"; the words for several are ours.
    """
    choices = "Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig"
    for change in batch.changes:
        record = change.record_set
        policies = sum(policy is not None for policy in (record.weight, record.region, record.failover))
        if policies > 1 or (policies == 0 and record.set_identifier is not None):
            found = "more than one" if policies else "none"
            yield f"Invalid request: Expected exactly one of [{choices}], but found {found} in {described(change)}"


def values_or_alias(batch: Batch) -> Iterator[str]:
    """Require either values or an alias target.

    Source: botocore service model, ResourceRecordSet.ResourceRecords. Observed as InvalidInput: "Expected exactly one
    of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with
    [...]".
    """
    choices = "AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId"
    for change in batch.changes:
        if bool(change.record_set.values) == (change.record_set.alias_target is not None):
            found = "more than one" if change.record_set.values else "none"
            yield f"Invalid request: Expected exactly one of [{choices}], but found {found} in {described(change)}"


def ttl_in_range(batch: Batch) -> Iterator[str]:
    """Refuse a time to live outside 0..2147483647 s. Source: botocore service model, shape TTL; wording ours."""
    for change in batch.changes:
        if not 0 <= change.record_set.ttl_seconds <= TTL_MOST_SECONDS:
            yield f"Invalid request: TTL {change.record_set.ttl_seconds} is not in 0..2147483647 in {described(change)}"


def weight_in_range(batch: Batch) -> Iterator[str]:
    """Refuse a weight outside 0..255. Source: botocore service model, shape ResourceRecordSetWeight; wording ours."""
    for change in batch.changes:
        weight = change.record_set.weight
        if weight is not None and not 0 <= weight <= WEIGHT_MOST:
            yield f"Invalid request: Weight {weight} is not in 0..255 in {described(change)}"


def set_identifier_length(batch: Batch) -> Iterator[str]:
    """Refuse an empty or long set identifier.

    Source: botocore service model, ResourceRecordSetIdentifier; wording ours.
    """
    for change in batch.changes:
        identifier = change.record_set.set_identifier
        if identifier is not None and not 1 <= len(identifier) <= SET_IDENTIFIER_LONGEST:
            yield f"Invalid request: SetIdentifier must have 1 to 128 characters in {described(change)}"


REQUEST_RULES: Final[tuple[Rule, ...]] = (
    batch_not_empty,
    set_identifier_with_policy,
    one_policy_with_set_identifier,
    values_or_alias,
    ttl_in_range,
    weight_in_range,
    set_identifier_length,
)
"""Rules of the request's form: who breaks one gets InvalidInput, and the batch is not looked at."""
