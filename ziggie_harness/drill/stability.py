"""Whether clients are served without a break, told from the newest part of a history, and how long to look."""

from __future__ import annotations

from typing import Final

from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.history import History
from ziggie_harness.model.topology import Role, Topology

FRESH_SECONDS: Final = 5.0
"""How old the last acknowledged write may be."""

LONGEST_REQUEST_SECONDS: Final = 10.0
"""A request that ended longer ago than the window plus this cannot have started in the window."""

AFTERMATH_MARGIN_SECONDS: Final = 30.0
"""How much longer than detection and caches together a returned region is watched for a relapse."""


def aftermath_seconds(topology: Topology, target: Role) -> float:
    """Return how long the return of a region can take to reach every client: detection and caches, with a margin."""
    checks = [check for check in topology.health_checks.values() if check.target == target]
    detection = max((check.detection_seconds for check in checks), default=0.0)
    ttl = max(record.ttl_seconds for record in topology.records.values())
    return detection + ttl + AFTERMATH_MARGIN_SECONDS


def obstacle(history: History, now_seconds: float, window_seconds: float) -> str | None:
    """Return why writes have not been acknowledged for a whole window, or None when they have.

    Counted by the moment a write started: one that failed now but started before the window does not spoil it.
    """
    acknowledged_at: float | None = None
    served_since: float | None = None
    for record in reversed(history.records):
        if record.at_seconds < now_seconds - window_seconds - LONGEST_REQUEST_SECONDS:
            break
        event = record.event
        if not isinstance(event, RequestEnded) or event.operation != "write":
            continue
        if event.outcome is Outcome.ACKNOWLEDGED:
            acknowledged_at = max(acknowledged_at or 0.0, record.at_seconds)
            served_since = min(served_since or event.started_seconds, event.started_seconds)
        elif event.started_seconds > now_seconds - window_seconds:
            return f"a write that started at {event.started_seconds:.1f} s was {event.outcome}: {event.reason}"
    if acknowledged_at is None or now_seconds - acknowledged_at > FRESH_SECONDS:
        return f"no write was acknowledged in the last {FRESH_SECONDS:g} s"
    if served_since is None or served_since > now_seconds - window_seconds:
        return f"writes are acknowledged, but not yet for {window_seconds:g} s"
    return None
