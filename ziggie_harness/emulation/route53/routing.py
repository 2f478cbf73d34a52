"""Which of several record sets of a name and type Route 53 answers with: pure functions, one a routing policy.

General source: Developer Guide, "How Amazon Route 53 chooses records when health checking is configured": a record set
without a health check counts as healthy, and when none of a group is healthy, all of them count as healthy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ziggie_harness.emulation.route53.latency import PLACES, model_milliseconds

if TYPE_CHECKING:
    from ziggie_harness.emulation.route53.records import RecordSet

Healthy = Callable[[str], bool]
"""Says whether the health check with an id is healthy."""

Draw = Callable[[], float]
"""Draws a number from [0, 1), such as ``random.Random(seed).random``."""


def choose(group: Sequence[RecordSet], healthy: Healthy, draw: Draw, asked_from: str) -> RecordSet:
    """Return the record set to answer with, from a group that shares name, type and routing policy.

    ``asked_from`` is the region that the question comes from or is closest to. Raises ValueError for an empty group.
    """
    if not group:
        raise ValueError("there is no record set to choose from: ask only for names and types that the zone has")
    if len(group) == 1:
        return group[0]
    policy = group[0].policy
    if policy == "failover":
        return choose_by_failover(group, healthy)
    if policy == "latency":
        return choose_by_latency(group, healthy, asked_from)
    return choose_by_weight(group, healthy, draw)


def choose_by_failover(group: Sequence[RecordSet], healthy: Healthy) -> RecordSet:
    """Return the primary, or the secondary while the primary is unhealthy and the secondary is not.

    Source: botocore service model, ResourceRecordSet.Failover: "When the secondary resource record set is unhealthy,
    Route 53 responds to DNS queries with the applicable value from the primary resource record set regardless of the
    health of the primary"; without a health check the secondary answers "regardless of the health of the associated
    endpoint".
    """
    primary = next((record for record in group if record.failover == "PRIMARY"), None)
    secondary = next((record for record in group if record.failover == "SECONDARY"), None)
    if primary is None or secondary is None:
        return group[0]
    if not is_healthy(primary, healthy) and is_healthy(secondary, healthy):
        return secondary
    return primary


def choose_by_weight(group: Sequence[RecordSet], healthy: Healthy, draw: Draw) -> RecordSet:
    """Return a record set drawn by weight among the healthy ones.

    Source: Developer Guide, "Weighted routing": "Route 53 initially considers only the nonzero weighted records, if
    any. If all the records that have a weight greater than 0 are unhealthy, then Route 53 considers the zero-weighted
    records"; botocore service model, ResourceRecordSet.Weight: with all weights 0 "traffic is routed to all resources
    with equal probability", and ResourceRecordSet.HealthCheckId: with none healthy it "considers all ... healthy".
    """
    standing = [record for record in group if is_healthy(record, healthy)] or list(group)
    standing.sort(key=lambda record: record.set_identifier or "")
    weights = [record.weight or 0 for record in standing]
    total = sum(weights)
    if total == 0:
        return standing[int(draw() * len(standing))]
    mark = draw() * total
    for record, weight in zip(standing, weights, strict=True):
        if mark < weight:
            return record
        mark -= weight
    raise AssertionError("a draw from [0, 1) lies below the sum of the weights: draw() returned 1 or more")


def choose_by_latency(group: Sequence[RecordSet], healthy: Healthy, asked_from: str) -> RecordSet:
    """Return the record set of the region with the lowest latency among the healthy ones.

    Source: botocore service model, ResourceRecordSet.Region: "Route 53 selects the latency resource record set that
    has the lowest latency between the end user and the associated Amazon EC2 Region". The latencies are those of a
    model.
    """
    standing = [record for record in group if is_healthy(record, healthy)] or list(group)

    def distance(record: RecordSet) -> tuple[float, str]:
        region = record.region or ""
        known = region in PLACES and asked_from in PLACES
        return (model_milliseconds(asked_from, region) if known else math.inf), region

    return min(standing, key=distance)


def is_healthy(record: RecordSet, healthy: Healthy) -> bool:
    """Say whether a record set may answer: its health check is healthy, or it has none."""
    return record.health_check_id is None or healthy(record.health_check_id)
