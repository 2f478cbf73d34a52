"""What a history tells of alerting: alarms, events, notifications, and who heard of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """A CloudWatch alarm changed its state."""

    alarm: str
    region: str
    before: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    """An alarm at the end of a drill."""

    alarm: str
    region: str
    metric: str
    state: str
    values: int
    """How many values its metric ever had there."""
    unfed: str
    """Why its metric never has any in this region, as a sentence; empty when nothing speaks against them."""


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """An EventBridge rule at the end of a drill."""

    rule: str
    region: str
    never_fires: str
    """Why no event that AWS emits can match it, as a sentence; empty when one can."""
    unemitted: str
    """Why the lab emits no event that it waits for, though AWS does, as a sentence; empty when it does."""


@dataclass(frozen=True, slots=True)
class EventEmitted:
    """An event reached the bus of a region."""

    identity: str
    region: str
    source: str
    detail_type: str


@dataclass(frozen=True, slots=True)
class EventHandedOver:
    """EventBridge tried to hand a matched event to a target once."""

    identity: str
    rule: str
    region: str
    target: str
    """The target's ARN."""
    attempt: int
    refusal: str
    """Why the target did not take it, as a sentence; empty when it did."""


@dataclass(frozen=True, slots=True)
class NotificationPublished:
    """A message was published to a topic."""

    message: str
    topic: str
    region: str
    subject: str


@dataclass(frozen=True, slots=True)
class NotificationTried:
    """SNS tried once to deliver a message to a subscriber."""

    message: str
    topic: str
    region: str
    endpoint: str
    attempt: int
    refusal: str
    """Why it was not delivered, as a sentence; empty when it was."""


@dataclass(frozen=True, slots=True)
class AlertReceived:
    """Somebody received a message."""

    receiver: str
    site: str
    """Where the receiver is."""
    message: str
    subject: str
    state: str
    """The state of the alarm that the message tells of; empty when it tells of none."""


AlertEvent = (
    AlarmChanged
    | AlarmSeen
    | RuleSeen
    | EventEmitted
    | EventHandedOver
    | NotificationPublished
    | NotificationTried
    | AlertReceived
)
