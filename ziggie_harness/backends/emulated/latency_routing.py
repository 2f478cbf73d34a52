"""The declared name routed by latency instead, as the guide has it for two active regions.

Source: guide §2 Latency-Based Routing. Route 53 takes latency record sets only where those of another policy are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ziggie_harness.model.topology import Topology

RecordSet = Mapping[str, Any]
"""A record set of the API."""

Change = Callable[[Mapping[str, Any]], str]
"""Sends a change batch to Route 53 and returns the change's id."""

Arrived = Callable[[str], None]
"""Waits until a change has reached the name servers."""


@contextmanager
def in_force(topology: Topology, declared: Sequence[RecordSet], change: Change, arrived: Arrived) -> Iterator[None]:
    """Replace the declared record sets by latency ones for the block, which ends when the name servers know."""
    latency = [_by_latency(each, region) for each, region in zip(declared, _regions(topology), strict=True)]
    identity = change(_batch(declared, latency))
    try:
        arrived(identity)
        yield
    finally:
        arrived(change(_batch(latency, declared)))


def _regions(topology: Topology) -> Iterator[str]:
    """Yield the region of each declared record set, in their order."""
    for record in topology.records.values():
        for role, _ in record.entries():
            yield topology.region(role)


def _by_latency(declared: RecordSet, region: str) -> RecordSet:
    """Return the latency record set in the place of a declared one."""
    kept = {name: declared[name] for name in ("Name", "Type", "TTL", "ResourceRecords", "HealthCheckId")}
    return {**kept, "SetIdentifier": region, "Region": region}


def _batch(gone: Sequence[RecordSet], made: Sequence[RecordSet]) -> Mapping[str, Any]:
    """Return the change batch that puts record sets in the place of others."""
    deletions = [{"Action": "DELETE", "ResourceRecordSet": each} for each in gone]
    return {"Changes": [*deletions, *({"Action": "CREATE", "ResourceRecordSet": each} for each in made)]}
