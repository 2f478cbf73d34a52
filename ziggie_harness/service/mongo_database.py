"""The service's own MongoDB replica set, asked so that silence is noticed at a deadline of the drill's clock.

The driver is MongoDB's own, as applications use it: it finds the primary, and repeats a write once when a primary is
lost in between. It waits in wall time, in threads of its own. So each question runs in a thread of a pool, while the
thread that wants the answer waits for it: really while it may come, at rest on the drill's clock while it cannot. At
the deadline it gives up; what was sent may be done later all the same, and is told so.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError, WriteConcernError
from pymongo.monitoring import CommandListener, TopologyListener
from pymongo.read_concern import ReadConcern

from ziggie_harness.kernel.process_clock import ready
from ziggie_harness.service.store import DatabaseError, State, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo import monitoring
    from pymongo.collection import Collection
    from pymongo.server_description import ServerDescription

    from ziggie_harness.kernel.process_clock import ProcessClock
    from ziggie_harness.service.settings import MongoSettings
    from ziggie_harness.service.store import Budget

T = TypeVar("T")

Documents = Mapping[str, Sequence[dict[str, Any]]]
"""Documents by their collection."""

ORDERS: Final = "orders"

GRACE_SECONDS: Final = 0.01
"""Wall seconds for an answer before anybody asks whether one can come; a majority takes some 0.007 s."""

SLICE_SECONDS: Final = 0.05
"""How often, in wall time, a real wait looks whether the path was cut meanwhile."""

QUESTIONS_AT_ONCE: Final = 1000
"""How many questions may be under way; those that were given up count until the driver gives up too."""

OPTIONS: Final[Mapping[str, Any]] = {
    # The driver gives up about when the service does; in between it may find another primary and try once more.
    "serverSelectionTimeoutMS": 1500,
    "socketTimeoutMS": 1500,
    "connectTimeoutMS": 1000,
    # Members tell changes at once; this is for those that went silent, and for finding them again.
    "heartbeatFrequencyMS": 1000,
    "appname": "ziggie",
}
"""How the driver is set up; everything else is its default, so it repeats a write once (retryable writes)."""

WRITE_CONCERN_MILLISECONDS: Final = 1400
"""For how long a primary waits for a majority, before it says that there is none."""

NOT_PRIMARY: Final = frozenset({10107, 13435})
"""NotWritablePrimary and NotPrimaryNoSecondaryOk: the member did nothing (MongoDB, error_codes.yml)."""

PRIMARY, ARBITER, UNKNOWN = "RSPrimary", "RSArbiter", "Unknown"


@dataclass(slots=True)
class _Course:
    """What became of one question so far."""

    sent: int = 0
    answered_by: tuple[str, int] | None = None


class _Courses(CommandListener):
    """Follows the questions: the driver calls it in the thread that asks."""

    def __init__(self) -> None:
        """Follow nothing yet."""
        self._local = threading.local()

    @contextmanager
    def followed(self) -> Iterator[_Course]:
        """Follow the question that this thread asks in the block."""
        self._local.course = course = _Course()
        try:
            yield course
        finally:
            del self._local.course

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Count what is sent."""
        self._course().sent += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Remember who answered."""
        self._course().answered_by = (event.connection_id[0], event.connection_id[1] or 0)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Do nothing: the error reaches whoever asked."""

    def _course(self) -> _Course:
        """Return the course of this thread's question; the driver's own questions have none that counts."""
        course: _Course = getattr(self._local, "course", None) or _Course()
        return course


class _Bell(TopologyListener):
    """Wakes those who wait, when the driver learns something about the set."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._lock = threading.Lock()
        self._ropes: set[socket.socket] = set()

    @contextmanager
    def heard(self) -> Iterator[tuple[socket.socket, Callable[[], None]]]:
        """Give a socket that becomes readable at the next stroke, and a function that strikes for it alone."""
        ear, rope = socket.socketpair()
        rope.setblocking(False)  # noqa: FBT003 - the standard library takes it by position only

        def strike() -> None:
            with suppress(OSError):  # nobody listens any more, or it is ringing already
                rope.send(b"!")

        with ear, rope:
            with self._lock:
                self._ropes.add(rope)
            try:
                yield ear, strike
            finally:
                with self._lock:
                    self._ropes.discard(rope)

    def opened(self, event: monitoring.TopologyOpenedEvent) -> None:
        """Do nothing."""

    def closed(self, event: monitoring.TopologyClosedEvent) -> None:
        """Do nothing."""

    def description_changed(self, event: monitoring.TopologyDescriptionChangedEvent) -> None:
        """Strike for everybody."""
        with self._lock:
            for rope in self._ropes:
                with suppress(OSError):
                    rope.send(b"!")


class MongoDatabase:
    """The service's orders in a replica set. It is a ``Store``."""

    def __init__(self, clock: ProcessClock, site: str, settings: MongoSettings) -> None:
        """Know the members; the driver begins to look for them."""
        self._clock, self._site = clock, site
        self._majority = settings.write_concern == "majority"
        self._sites = {(place.address, place.port): where for where, place in settings.members}
        self._bell, self._courses = _Bell(), _Courses()
        self._pool = ThreadPoolExecutor(QUESTIONS_AT_ONCE, thread_name_prefix="question")
        secured: dict[str, Any] = {}
        if settings.password:
            secured = {
                "tls": True, "tlsCAFile": settings.authority, "username": settings.user,
                "password": settings.password, "authSource": settings.name,
            }  # fmt: skip
        self._client: MongoClient[dict[str, Any]] = MongoClient(
            [f"{address}:{port}" for address, port in self._sites],
            replicaSet=settings.replica_set,
            event_listeners=[self._bell, self._courses],
            **OPTIONS,
            **secured,
        )
        concern = {
            "majority": WriteConcern("majority", wtimeout=WRITE_CONCERN_MILLISECONDS),
            "1": WriteConcern(1),
            "": WriteConcern(),
        }[settings.write_concern]
        self._orders: Collection[dict[str, Any]] = self._client[settings.name].get_collection(
            ORDERS,
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority" if self._majority else "local"),
            write_concern=concern,
        )

    def state(self, budget: Budget) -> State:
        """Ask the primary, wherever it is, whether it answers: who reaches it can write."""
        told, _ = self._ask(lambda: self._orders.database.command("hello"), budget)
        # The last eight bytes of a primary's election id are the term that it was elected for.
        return State(standby=False, fenced=False, epoch=int.from_bytes(told["electionId"].binary[4:]))

    def insert(self, identity: str, region: str, budget: Budget) -> Written:
        """Write an order with the declared write concern, and tell which member acknowledged it."""
        # An upsert waits for its write concern also when the order is there; a second insert would be told at once
        # that it exists, be it about to be rolled back.
        change = {"$setOnInsert": {"region": region}}
        result, member = self._ask(lambda: self._orders.update_one({"_id": identity}, change, upsert=True), budget)
        return Written(result.upserted_id is not None, self._sites.get(member, member[0]))

    def contains(self, identity: str, budget: Budget) -> bool:
        """Say whether an order is there, as the primary knows it."""
        found, _ = self._ask(lambda: self._orders.find_one({"_id": identity}, {"_id": 1}), budget)
        return found is not None

    def page(self, after: str, limit: int, budget: Budget) -> Sequence[str]:
        """Return the next orders in their order, as the primary knows them."""
        wanted = {"_id": {"$gt": after}}
        found, _ = self._ask(
            lambda: list(self._orders.find(wanted, {"_id": 1}, sort=[("_id", 1)], limit=limit, batch_size=limit)),
            budget,
        )
        return [document["_id"] for document in found]

    def transact(self, documents: Documents, budget: Budget) -> None:
        """Insert documents in one transaction, with the declared write concern. Raises DatabaseError."""
        self._ask(lambda: self._inserted(documents), budget)

    def _inserted(self, documents: Documents) -> None:
        """Insert documents, and commit."""
        concern = self._orders.write_concern
        with self._client.start_session() as session, session.start_transaction(write_concern=concern):
            for name, some in documents.items():
                self._orders.database[name].insert_many(some, session=session)

    def _ask(self, question: Callable[[], T], budget: Budget) -> tuple[T, tuple[str, int]]:
        """Put a question to the primary; return the answer and who gave it."""
        self._await_primary(budget)
        future = self._pool.submit(self._followed, question)
        if not self._answered(future, budget):
            raise DatabaseError("the database does not answer: its time is up", may_be_applied=True)
        return future.result()

    def _followed(self, question: Callable[[], T]) -> tuple[T, tuple[str, int]]:
        """Put a question and tell truly what may have become of it when it fails."""
        with self._courses.followed() as course:
            try:
                answer = question()
            except PyMongoError as error:
                raise _meaning(error, course) from error
            return answer, course.answered_by or ("", 0)

    def _await_primary(self, budget: Budget) -> None:
        """Wait until the driver knows a primary; DatabaseError when it finds none in time, and nothing was sent."""
        if self._primary() is None and not self._wait(lambda: self._primary() is not None, None, budget):
            raise DatabaseError("the database has no primary", may_be_applied=False, read_only=True)

    def _answered(self, future: Future[Any], budget: Budget) -> bool:
        """Wait until a question is answered; False when its time is up."""
        with suppress(TimeoutError, DatabaseError):
            future.result(GRACE_SECONDS)
        return future.done() or self._wait(future.done, future, budget)

    def _wait(self, over: Callable[[], bool], future: Future[Any] | None, budget: Budget) -> bool:
        """Wait until it is over: really while somebody may be at work, at rest while nothing can come of waiting."""
        budget.lasting()
        told = False
        with self._bell.heard() as (ear, strike):
            if future is not None:
                future.add_done_callback(lambda _: strike())
            while not over():
                left = budget.until_seconds - self._clock.now()
                if left <= 0:
                    return False
                vain = self._vain()
                if vain is None:
                    rung = ready(ear, writable=False, within_seconds=min(SLICE_SECONDS, left))
                else:
                    if not told:
                        budget.resting(vain)
                        told = True
                    rung = self._clock.await_socket(ear, writable=False, until_seconds=budget.until_seconds)
                if rung:
                    ear.recv(4096)
        return True

    def _primary(self) -> ServerDescription | None:
        """Return the primary that the driver knows."""
        return next((each for each in self._members() if each.server_type_name == PRIMARY), None)

    def _members(self) -> Sequence[ServerDescription]:
        """Return what the driver knows of each member."""
        return tuple(self._client.topology_description.server_descriptions().values())

    def _vain(self) -> str | None:
        """Say why no answer can come now, or None while one may."""
        primary = self._primary()
        if primary is not None:
            return self._stalled(self._site, primary) or self._lonely(primary)
        for member in self._members():
            # The driver is about to hear from a member that it can reach and has not heard from yet.
            if member.server_type_name == UNKNOWN and not _refuses(member) and not self._stalled(self._site, member):
                return None
        return "the database has no primary"

    def _lonely(self, primary: ServerDescription) -> str | None:
        """Say that the primary waits for a majority which it cannot reach, or None."""
        if not self._majority:
            return None
        holders = [each for each in self._members() if each.server_type_name != ARBITER]
        site = self._sites.get(_place(primary), self._site)
        reached = [each for each in holders if each == primary or not (_refuses(each) or self._stalled(site, each))]
        needed = min(len(self._sites) // 2 + 1, len(holders))
        return None if len(reached) >= needed else f"{len(reached)} of {needed} members can acknowledge a write"

    def _stalled(self, site: str, member: ServerDescription) -> str | None:
        """Say why nothing passes between a site and a member."""
        return self._clock.stalled(site, *_place(member))


def _place(member: ServerDescription) -> tuple[str, int]:
    """Return the address and port of a member."""
    address, port = member.address
    return address, port or 0


def _refuses(member: ServerDescription) -> bool:
    """Say whether nobody listens at a member: it is dead, and not silent."""
    return "Connection refused" in str(member.error)


def _meaning(error: PyMongoError, course: _Course) -> DatabaseError:
    """Say what an error of the driver means for what was asked.

    Nothing was done when nothing was sent, or when the one thing that was sent was refused. After a lost connection, or
    when the wait for a majority ended, it may have been.
    """
    code = getattr(error, "code", None)
    refused = isinstance(error, OperationFailure) and not isinstance(error, WriteConcernError)
    refused = refused or (isinstance(error, AutoReconnect) and code in NOT_PRIMARY)
    done_nothing = course.sent == 0 or (course.sent == 1 and refused)
    return DatabaseError(str(error), may_be_applied=not done_nothing, read_only=code in NOT_PRIMARY)
