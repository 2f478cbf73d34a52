"""What copies versions from bucket to bucket: an actor on the drill's clock for each bucket that has something to copy.

A version is due a modelled lag after it was stored. Then its bytes travel over the lab's network, from the endpoints of
the one region to those of the other, so a cut or a dark region stops the copying in its middle, and it catches up
after. What describes a version travels beside the bytes, within this process.
"""

from __future__ import annotations

import heapq
import itertools
import ssl
import threading
import uuid
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from ziggie_harness.emulation.s3 import failures
from ziggie_harness.emulation.s3.eligibility import chosen
from ziggie_harness.emulation.s3.failures import Attempt
from ziggie_harness.emulation.s3.records import Status
from ziggie_harness.lab.http_exchange import Request, exchange
from ziggie_harness.lab.wire import Line
from ziggie_harness.model.object_events import ObjectReplicated, ReplicationMeasured, ReplicationNotified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from ziggie_harness.backends.emulated.door import Place as Endpoint
    from ziggie_harness.backends.emulated.machinery import ObjectState
    from ziggie_harness.backends.emulated.s3_state import Place
    from ziggie_harness.emulation.s3.records import Bucket, Replication, Rule, Version
    from ziggie_harness.lab.trust import Trust
    from ziggie_harness.ports import Actors, Clock, Journal, Paths

TOKEN: Final = "x-ziggie-replication"  # noqa: S105 - the name of a header
"""The header by which a bucket knows that a request is S3's own; each token is good for one request."""

RETRY_SECONDS: Final = 10.0
"""How often a destination is tried again that cannot be reached. AWS tells no interval: an assumption."""

ANSWER_SECONDS: Final = 10.0

METRICS_SECONDS: Final = 60.0
"""S3 user guide, "Using S3 Replication metrics": one value a minute."""


@dataclass(order=True, slots=True)
class _Task:
    """One version to copy by one rule."""

    due_seconds: float
    number: int
    place: Place = field(compare=False)
    rule: Rule = field(compare=False)
    since_seconds: float = field(compare=False)
    """When the version, or its change, came."""
    size_bytes: int = field(compare=False)
    late: bool = field(default=False, compare=False)
    """Whether it was told already that it waits too long."""


class Replicator:
    """Copies versions for the time of a block, and knows how far each is."""

    def __init__(  # noqa: PLR0913 - each is a part of the lab that copying needs
        self, clock: Clock, paths: Paths, journal: Journal, state: ObjectState, *, trust: Trust, lag_seconds: float
    ) -> None:
        """Copy each version ``lag_seconds`` after it was stored."""
        self._clock, self._paths, self._journal, self._state = clock, paths, journal, state
        self._trust, self._lag_seconds = trust, lag_seconds
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._queues: defaultdict[str, list[_Task]] = defaultdict(list)
        self._busy: set[str] = set()
        self._measured: set[str] = set()
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._statuses: dict[Place, Status] = {}
        self._on_the_way: dict[str, tuple[Place, Rule]] = {}
        self._stack = ExitStack()
        self.replications: dict[str, Replication] = {}
        """The replication configuration of each bucket that has one."""
        self.endpoint_of: Callable[[str], Endpoint | None] = lambda _host: None
        """Where the host names of AWS lead to; known when AWS's endpoints are."""

    def __enter__(self) -> Self:
        """Begin to copy what comes."""
        self._actors: Actors = self._stack.enter_context(self._clock.actors("object replication"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what is under way."""
        self._stack.__exit__(kind, error, trace)

    def buckets(self) -> Mapping[str, Bucket]:
        """Return every bucket with its replication."""
        found = self._state.buckets()
        return {name: replace(bucket, replication=self.replications.get(name)) for name, bucket in found.items()}

    def status(self, place: Place) -> Status | None:
        """Return how far a version is, or None where no rule copies it."""
        return self._statuses.get(place)

    def read(self, place: Place) -> Version | None:
        """Return a version, with whether it is a replica, or None when it is not there any more."""
        version = self._state.version(place)
        return version and replace(version, replica=self._statuses.get(place) is Status.REPLICA)

    def backlog(self, bucket: str) -> int:
        """Return how many copies of a bucket's versions are still to be made."""
        with self._lock:
            return len(self._queues[bucket])

    def stored(self, place: Place, *, modified: bool = False) -> None:
        """Take in a new version, or a change of the tags or the access list of one."""
        if (version := self.read(place)) is not None:
            self._begin(place, replace(version, modified=modified))

    def copy_existing(self, bucket: str, statuses: frozenset[str]) -> int:
        """Copy versions with some statuses, also those older than the rules; return how many (S3 Batch Replication)."""
        replication = self.replications.get(bucket)
        if replication is None:
            return 0
        always = replace(replication, rules=tuple(replace(rule, since_seconds=0.0) for rule in replication.rules))
        begun = 0
        for place, version in self._state.versions(bucket):
            if (self._statuses.get(place) or "NONE") in statuses:
                begun += self._begin(place, version, always)
        return begun

    def receive(self, token: str, body: bytes) -> bool:
        """Store what arrives at a destination; False for a token that nobody sent."""
        with self._lock:
            found = self._on_the_way.pop(token, None)
        if found is None:
            return False
        place, rule = found
        self._state.place_copy(place, rule, body)
        self._statuses[replace(place, bucket=rule.destination)] = Status.REPLICA
        return True

    def _begin(self, place: Place, version: Version, replication: Replication | None = None) -> bool:
        """Queue a version for each rule that copies it; return whether there is one."""
        replication = replication or self.replications.get(place.bucket)
        rules = chosen(version, replication) if replication else ()
        if not rules:
            return False
        now = self._clock.now()
        with self._lock:
            if self._statuses.get(place) is not Status.REPLICA:
                self._statuses[place] = Status.PENDING
            for rule in rules:
                task = _Task(now + self._lag_seconds, next(self._numbers), place, rule, now, version.size_bytes)
                heapq.heappush(self._queues[place.bucket], task)
            if place.bucket not in self._busy:
                self._busy.add(place.bucket)
                self._actors.start(f"replication of {place.bucket}", lambda: self._copy_all(place.bucket))
            if place.bucket not in self._measured and any(rule.metrics for rule in rules):
                self._measured.add(place.bucket)
                self._actors.start(f"replication metrics of {place.bucket}", lambda: self._measure(place.bucket))
        return True

    def _copy_all(self, bucket: str) -> None:
        """Copy what is queued, each version when it is due, until nothing is."""
        while True:
            with self._lock:
                queue = self._queues[bucket]
                if not queue:
                    self._busy.discard(bucket)
                    return
                task = queue[0]
            self._clock.sleep_until(task.due_seconds)
            if self._copied(task):
                with self._lock:
                    self._queues[bucket].remove(task)
                    heapq.heapify(self._queues[bucket])
            else:
                self._complain(bucket)
                self._clock.sleep(RETRY_SECONDS)

    def _copied(self, task: _Task) -> bool:
        """Copy a version, or give it up; False when its destination cannot be reached now."""
        version, buckets = self.read(task.place), self.buckets()
        if version is None:
            return True  # it was deleted for good meanwhile, and such deletions are not copied
        source, destination = buckets[task.place.bucket], buckets.get(task.rule.destination)
        assumable, permits = self._state.role(source.replication.role if source.replication else "")
        attempt = Attempt(version, task.rule, source, destination, assumable=assumable, permits=permits)
        if (reason := failures.reason(attempt)) is not None or destination is None:
            self._give_up(task, reason or "")
        elif self._send(task, version, source, destination):
            return False
        else:
            if not task.late:  # it became late since the last try
                self._tell(task, failures.late_notices(task.rule, self._waited(task), copied=False))
            self._end(task, Status.COMPLETED, "")
            self._tell(task, failures.late_notices(task.rule, self._waited(task), copied=True))
        return True

    def _send(self, task: _Task, version: Version, source: Bucket, destination: Bucket) -> str | None:
        """Send a version from region to region; return why it did not arrive, or None."""
        host = f"s3.{destination.region}.amazonaws.com"
        endpoint = self.endpoint_of(host)
        if endpoint is None:
            return f"{host} leads nowhere"
        token = uuid.uuid4().hex
        with self._lock:
            self._on_the_way[token] = (task.place, task.rule)
        method = "DELETE" if version.delete_marker else "PUT"
        path = f"/{destination.name}/{quote(task.place.key)}"
        request = Request(method, path, host, {TOKEN: token}, self._state.body(task.place))
        with Line(self._clock, self._paths, source.region, *endpoint) as line:
            try:
                until = self._clock.now() + ANSWER_SECONDS
                line.connect(until)
                self._trust.shake_hands(line, host, until)
                reply = exchange(self._clock, line, request, head_seconds=ANSWER_SECONDS, body_seconds=ANSWER_SECONDS)
            except (OSError, ssl.SSLError) as error:
                return str(error) or type(error).__name__
            finally:
                with self._lock:
                    self._on_the_way.pop(token, None)
        return None if reply.status < 400 else f"HTTP {reply.status}"  # noqa: PLR2004 - every error of HTTP

    def _give_up(self, task: _Task, reason: str) -> None:
        """Note that a version failed; nobody tries again."""
        self._failed[task.place.bucket] += 1
        self._end(task, Status.FAILED, reason)
        self._tell(task, failures.failure_notices(task.rule))

    def _end(self, task: _Task, status: Status, reason: str) -> None:
        """Note how the copying of a version ended; a replica whose change was copied stays a replica."""
        if self._statuses.get(task.place) is not Status.REPLICA:
            self._statuses[task.place] = status
        place = task.place
        self._journal.record(
            ObjectReplicated(
                place.bucket, place.key, place.identity, task.rule.destination, status, reason, self._waited(task)
            )
        )

    def _complain(self, bucket: str) -> None:
        """Tell of everything that waits behind a destination that cannot be reached."""
        with self._lock:
            waiting = [task for task in self._queues[bucket] if not task.late]
        for task in waiting:
            self._tell(task, failures.late_notices(task.rule, self._waited(task), copied=False))

    def _tell(self, task: _Task, events: Iterable[str]) -> None:
        """Record S3's events, where somebody is to be told of them."""
        for event in events:
            task.late = True
            place = task.place
            if self._state.subscribed(place.bucket, event):
                self._journal.record(ReplicationNotified(place.bucket, event, place.key, place.identity))

    def _measure(self, bucket: str) -> None:
        """Record the metrics each minute while something is to be copied, and once more when nothing is."""
        while True:
            self._clock.sleep(METRICS_SECONDS)
            with self._lock:
                waiting = [task for task in self._queues[bucket] if task.rule.metrics]
                if not waiting:
                    self._measured.discard(bucket)
            latency = max((self._waited(task) for task in waiting), default=0.0)
            size = sum(task.size_bytes for task in waiting)
            measured = ReplicationMeasured(bucket, len(waiting), size, latency, self._failed[bucket])
            self._journal.record(measured)
            if not waiting:
                return

    def _waited(self, task: _Task) -> float:
        """Return for how long a version has waited."""
        return self._clock.now() - task.since_seconds
