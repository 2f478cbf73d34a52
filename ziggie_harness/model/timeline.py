"""Readings of a history that several checks need: the fault, the clients' outage, the milestones of a recovery.

Everything here is pure and total: any history, also an empty or a half one, has an answer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ziggie_harness.model.client_events import AUTHORITY, NameResolved, Outcome, RequestEnded
from ziggie_harness.model.database_events import LoadSurveyed, WritesSurviving
from ziggie_harness.model.history import CallMade, FaultDidNotBite, FaultProved, FaultStruck, HealthChanged, StepTaken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ziggie_harness.model.history import History

WRITE: Final = "write"
"""The operation whose loss matters, and by which clients notice a fault unless a check says otherwise."""

MOVES: Final = (("rds", "PromoteReadReplica"), ("route53", "ChangeResourceRecordSets"))
"""The calls by which a failover moves the service: its database, and its name."""


@dataclass(frozen=True, slots=True)
class Blow:
    """The fault of a drill: the moment from which clients count it, and why it proves nothing, or None."""

    at_seconds: float
    objection: str | None


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that happened on the way to recovery, in seconds since the fault."""

    name: str
    after_seconds: float


@dataclass(frozen=True, slots=True)
class Write:
    """One acknowledged write; it was accepted somewhere between its start and its acknowledgement."""

    identity: str
    region: str
    """The region that answered."""
    writer: str
    """The region whose database acknowledged it: the same, unless the service said so."""
    started_seconds: float
    acknowledged_seconds: float


def blow(history: History, operation: str = WRITE) -> Blow:
    """Return the fault that clients noticed, or the first one when they noticed none.

    Of several faults it is the earliest after which nothing that was started succeeded before the first failure: a
    secondary region that was down long before harmed nobody, so its fault is not the one that recovery is counted from.
    """
    strikes = [at for at, _ in history.of_kind(FaultStruck)]
    if not strikes:
        return Blow(0.0, "the fault never bit: no fault was struck")
    objection = _objection(history)
    failures = failures_since(history, operation, strikes[0])
    if not failures:
        return Blow(strikes[0], objection)
    first_started = min(request.started_seconds for _, request in failures)
    first_ended = min(at for at, _ in failures)
    before = [at for at in strikes if at <= first_ended]
    served = [
        request.started_seconds
        for _, request in history.requests(operation)
        if not failed(request) and request.started_seconds < first_started
    ]
    last_served = max(served, default=float("-inf"))
    return Blow(next((at for at in before if at > last_served), before[-1]), objection)


def _objection(history: History) -> str | None:
    """Return why it is not known that every fault had an effect, or None."""
    for _, event in history.of_kind(FaultDidNotBite):
        return f"the fault never bit: {event.fault} of {event.target}: {event.reason}"
    struck = Counter((event.fault, event.target) for _, event in history.of_kind(FaultStruck))
    proved = Counter((event.fault, event.target) for _, event in history.of_kind(FaultProved))
    for fault, target in struck - proved:
        return f"the fault never bit: no observation shows an effect of {fault} of {target}"
    return None


def failed(request: RequestEnded) -> bool:
    """Say whether a client was left without what it asked for: refused, or never answered."""
    return request.outcome is not Outcome.ACKNOWLEDGED


def failures_since(history: History, operation: str, since_seconds: float) -> Sequence[tuple[float, RequestEnded]]:
    """Return the requests of an operation that ended without success at or after a moment, ordered by their start."""
    return [(at, request) for at, request in history.requests(operation) if failed(request) and at >= since_seconds]


def reasons(failures: Iterable[RequestEnded], at_most: int = 3) -> str:
    """Return what failed requests said, the most frequent first, as the end of a sentence."""
    said = Counter(request.reason or request.outcome.value for request in failures)
    return ", ".join(f"{reason!r} ({count} x)" for reason, count in said.most_common(at_most)) or "nothing"


def calls_of(history: History, site: str, since_seconds: float, until_seconds: float) -> Sequence[CallMade]:
    """Return the calls of AWS APIs that came from a site between two moments."""
    return [
        call for at, call in history.of_kind(CallMade) if call.caller == site and since_seconds <= at <= until_seconds
    ]


def serving_region(history: History) -> str:
    """Return the region that answered the last request that succeeded, or an empty name."""
    regions = [request.region for _, request in history.of_kind(RequestEnded) if not failed(request) and request.region]
    return regions[-1] if regions else ""


def surviving(history: History, region: str) -> tuple[float, frozenset[str]] | None:
    """Return when the writes of a region were last read back, and which were there; None when nobody looked."""
    found = [
        (at, frozenset(event.identities)) for at, event in history.of_kind(WritesSurviving) if event.region == region
    ]
    return found[-1] if found else None


def surveyed_load(history: History, region: str) -> LoadSurveyed | None:
    """Return what was last found of a load in a region, or None when nobody looked."""
    return next((event for _, event in reversed([*history.of_kind(LoadSurveyed)]) if event.region == region), None)


def acknowledged_writes(history: History) -> Mapping[str, Write]:
    """Return every acknowledged write by its identity; one acknowledged twice counts from the first time."""
    writes: dict[str, Write] = {}
    for at, request in history.of_kind(RequestEnded):
        if request.operation == WRITE and not failed(request):
            writer = request.writer or request.region
            write = Write(request.identity, request.region, writer, request.started_seconds, at)
            writes.setdefault(request.identity, write)
    return writes


def milestones(history: History, since_seconds: float) -> Sequence[Milestone]:
    """Return the steps of a recovery that the history shows, in the order in which a recovery takes them."""
    found = [
        *_steps(history, since_seconds),
        *_name_moves(history, since_seconds),
        *_first_durable_write(history, since_seconds),
    ]
    return [Milestone(name, at - since_seconds) for name, at in found]


def _steps(history: History, since_seconds: float) -> Iterator[tuple[str, float]]:
    """Yield when the failover took each of its steps first; an unhealthy health check has detected, too."""
    first: dict[str, float] = {}
    for at, event in ((record.at_seconds, record.event) for record in history.records):
        if at < since_seconds:
            continue
        if isinstance(event, StepTaken):
            first.setdefault(event.step, at)
        if isinstance(event, HealthChanged) and not event.healthy:
            first.setdefault("detected", at)
    for step in ("detected", "decided", "fenced", "promoted"):
        if step in first:
            yield step, first[step]


def _name_moves(history: History, since_seconds: float) -> Iterator[tuple[str, float]]:
    """Yield when the authority first answered other addresses than before the fault, and when caches did."""
    before: dict[str, frozenset[str]] = {}
    for at, answer in history.of_kind(NameResolved):
        addresses = frozenset(answer.addresses)
        if answer.vantage != AUTHORITY or not addresses:
            continue
        if at < since_seconds:
            before[answer.name] = addresses
        elif addresses != before.get(answer.name, addresses):
            yield "switched at the authority", at
            yield from _caches_follow(history, since_seconds, answer.name, addresses - before[answer.name])
            return


def _caches_follow(
    history: History, since_seconds: float, name: str, fresh: frozenset[str]
) -> Iterator[tuple[str, float]]:
    """Yield when the first cache showed one of the fresh addresses, and when the last one did."""
    asked: set[str] = set()
    shown: dict[str, float] = {}
    for at, answer in history.of_kind(NameResolved):
        if at < since_seconds or answer.vantage == AUTHORITY or answer.name != name or not answer.addresses:
            continue
        asked.add(answer.vantage)
        if not fresh.isdisjoint(answer.addresses):
            shown.setdefault(answer.vantage, at)
    if shown:
        yield "visible through a cache", min(shown.values())
    if shown and asked == shown.keys():
        yield "visible through every cache", max(shown.values())


def _first_durable_write(history: History, since_seconds: float) -> Iterator[tuple[str, float]]:
    """Yield when the first write was acknowledged by another region, or after the outage began, and not lost later."""
    writes = sorted(acknowledged_writes(history).values(), key=lambda write: write.acknowledged_seconds)
    before = [write.writer for write in writes if write.acknowledged_seconds < since_seconds]
    failures = failures_since(history, WRITE, since_seconds)
    outage = min((request.started_seconds for _, request in failures), default=float("inf"))
    for write in writes:
        elsewhere = bool(before) and write.writer != before[-1]
        if write.started_seconds < since_seconds or not (elsewhere or write.started_seconds > outage):
            continue
        survey = surviving(history, write.region)
        if survey is None or write.acknowledged_seconds > survey[0] or write.identity in survey[1]:
            yield "first durable write", write.acknowledged_seconds
            return
