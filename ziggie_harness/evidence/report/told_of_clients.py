"""How the page tells of clients: their requests, the answers of the name, objects, secrets, and health checks."""

from __future__ import annotations

from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.told import Group, Shape, Told
from ziggie_harness.model.client_events import AUTHORITY, NameResolved, Outcome, RequestEnded
from ziggie_harness.model.history import EndpointChecked, HealthChanged
from ziggie_harness.model.object_events import ObjectAsked
from ziggie_harness.model.secret_events import SecretAsked, SecretCopied, SecretRotated, SecretSeen


def of_request(event: RequestEnded, places: Places) -> Told:
    """A client's request, from its start to its end."""
    text, tone = _ended(event.outcome, event.region, event.reason, places)
    if event.outcome is Outcome.ACKNOWLEDGED and event.writer and event.writer != event.region:
        text += f", stored by {places.region(event.writer)}"
    lane = event.probe if event.probe == f"{event.operation}s" else f"{event.probe}: {event.operation}s"
    return Told(Group.CLIENTS, lane, text, tone, Shape.SPAN, event.started_seconds)


def of_object(event: ObjectAsked, places: Places) -> Told:
    """A client's request for an object."""
    text, tone = _ended(event.outcome, event.region, event.reason, places)
    verb = {"put": "objects stored", "get": "objects read"}.get(event.operation, f"objects: {event.operation}")
    return Told(Group.CLIENTS, verb, f"{text} ({event.bucket})", tone, Shape.SPAN, event.started_seconds)


def _ended(outcome: Outcome, region: str, reason: str, places: Places) -> tuple[str, Tone]:
    """Return how a request ended, in words and as it looks."""
    if outcome is Outcome.ACKNOWLEDGED:
        return f"answered by {places.region(region) or 'somebody'}", places.tone(region)
    if outcome is Outcome.REFUSED:
        return f"refused: {reason}", Tone.BAD
    return f"no answer, so nobody knows whether it was done: {reason}", Tone.UNSURE


def of_answer(event: NameResolved, places: Places) -> Told:
    """What a name led to, until the next answer at the same place."""
    where = "name servers" if event.vantage == AUTHORITY else f"cache, {places.short(event.vantage)}"
    text = ", ".join(map(places.address, event.addresses)) or f"no answer: {event.reason or 'empty'}"
    return Told(Group.DNS, f"{event.name}: {where}", text, places.tone_of(event.addresses), Shape.STATE)


def of_health(event: HealthChanged, places: Places) -> Told:
    """The opinion of all checkers together."""
    text = f"{'healthy' if event.healthy else 'unhealthy'} ({event.healthy_share:.0%} of the checkers find it healthy)"
    tone = Tone.GOOD if event.healthy else Tone.BAD
    return Told(
        Group.HEALTH, f"status of {places.endpoint(event.address, event.health_check)}", text, tone, Shape.STATE
    )


def of_checking(event: EndpointChecked, places: Places) -> Told:
    """What single checkers saw."""
    tone = Tone.GOOD if event.healthy else Tone.BAD
    text = f"found {'healthy' if event.healthy else 'unhealthy'}: {event.reason}"
    lane = f"checkers of {places.endpoint(event.address, event.health_check)}"
    return Told(Group.HEALTH, lane, text, tone)


def of_secret_asked(event: SecretAsked, places: Places) -> Told:
    """The application of a region asked for a secret."""
    text = f"{event.secret}: {'read' if event.answered else f'not read: {event.reason}'}"
    tone = places.tone(event.region) if event.answered else Tone.BAD
    lane = f"secrets read by {places.short(event.region)}"
    return Told(Group.CLIENTS, lane, text, tone, Shape.SPAN, event.started_seconds)


def of_secret_seen(event: SecretSeen, places: Places) -> Told:
    """The owners read a secret."""
    text = f"{event.secret}: {'read' if event.digest else f'not read: {event.reason}'}"
    return Told(
        Group.STORES, f"secrets seen in {places.short(event.region)}", text, Tone.PLAIN if event.digest else Tone.BAD
    )


def of_secret_copied(event: SecretCopied, places: Places) -> Told:
    """A replica of a secret has a status until the next one."""
    text = f"{event.status} {event.reason}".rstrip()
    tone = Tone.BAD if event.status == "Failed" else places.tone(event.region)
    return Told(Group.STORES, f"copy of {event.secret}: {places.short(event.region)}", text, tone, Shape.STATE)


def of_secret_rotated(event: SecretRotated, places: Places) -> Told:
    """A secret was given another value."""
    text = f"{event.secret}: {'a new value' if event.accepted else f'no new value: {event.reason}'}"
    tone = Tone.PLAIN if event.accepted else Tone.BAD
    return Told(Group.STORES, f"secrets changed in {places.short(event.region)}", text, tone)
