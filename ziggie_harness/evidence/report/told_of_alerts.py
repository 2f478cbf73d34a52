"""How the page tells of alerting: alarms, events, notifications, and who heard of them."""

from __future__ import annotations

from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.told import Group, Shape, Told
from ziggie_harness.model.alert_events import (
    AlarmChanged,
    AlertReceived,
    EventEmitted,
    EventHandedOver,
    NotificationPublished,
    NotificationTried,
)


def of_alarm(event: AlarmChanged, _: Places) -> Told:
    """An alarm is in a state until the next one."""
    tone = {"OK": Tone.GOOD, "ALARM": Tone.BAD}.get(event.state, Tone.UNSURE)
    return Told(
        Group.ALERTS, f"alarm {event.alarm} in {event.region}", f"{event.state}: {event.reason}", tone, Shape.STATE
    )


def of_emission(event: EventEmitted, places: Places) -> Told:
    """An event reached a bus."""
    return Told(Group.ALERTS, f"events in {places.short(event.region)}", f"{event.source}: {event.detail_type}")


def of_handing_over(event: EventHandedOver, places: Places) -> Told:
    """A rule handed an event to a target, or tried to."""
    text = f"rule {event.rule} to {event.target}, attempt {event.attempt}"
    text += f": {event.refusal}" if event.refusal else ""
    tone = Tone.BAD if event.refusal else Tone.PLAIN
    return Told(Group.ALERTS, f"events in {places.short(event.region)}", text, tone)


def of_publication(event: NotificationPublished, places: Places) -> Told:
    """A message was published."""
    text = f"published to {event.topic}: {event.subject or 'a message without a subject'}"
    return Told(Group.ALERTS, f"topics in {places.short(event.region)}", text)


def of_delivery(event: NotificationTried, places: Places) -> Told:
    """A message was delivered to a subscriber, or not."""
    text = f"{event.topic} to {event.endpoint}, attempt {event.attempt}"
    text += f": {event.refusal}" if event.refusal else ": delivered"
    tone = Tone.BAD if event.refusal else Tone.GOOD
    return Told(Group.ALERTS, f"topics in {places.short(event.region)}", text, tone)


def of_receipt(event: AlertReceived, places: Places) -> Told:
    """Somebody heard of it."""
    said = " ".join(word for word in (event.state, event.subject) if word) or "a message"
    return Told(Group.ALERTS, f"heard by {event.receiver}, {places.short(event.site)}", said, Tone.GOOD)
