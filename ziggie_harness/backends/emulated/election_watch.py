"""What the members of a replica set think, watched in the background, so that the drill's clock can ask for free.

Heartbeats and elections run in wall time. While they are under way the clock must not jump, or an election of ten
seconds would seem to take as long as the drill likes; when nothing more can come of them it need not wait.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ziggie_harness.backends.emulated.majority import Seat, State, unsettled
from ziggie_harness.backends.emulated.mongo_session import Document, MongoSession
from ziggie_harness.backends.emulated.mongod import MongoServer
from ziggie_harness.kernel.clock import wall_seconds
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network

TURN_MILLISECONDS: Final = 100
"""How long a member keeps a question while nothing changes; it answers at once when something does."""

ANSWER_SECONDS: Final = 0.25
"""For how long, in wall time, one question about the newest operation may keep the clock."""

LATE_SECONDS: Final = 2.0
"""How much later than its turn an answer may come, before the connection is made again."""

RETRY_SECONDS: Final = 0.02
"""How soon, in wall time, a member that cannot be reached is asked again."""

NOTICE_SECONDS: Final = 0.05
"""How long, in wall time, the clock is kept after a change of mind: the members tell drivers of it in that time."""

FEEDBACK_SECONDS: Final = 30.0
"""For how long, in wall time, a member waits for a silent one that it tells its progress, and tells nobody else.

MongoDB, sync_source_feedback.cpp, syncSourceFeedbackNetworkTimeoutSecs: a constant. Until then a new primary hears how
far the member is by heartbeats only, every 2 s, and so do clients who wait for a majority.
"""

JOIN_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Place:
    """A member's place in the configuration."""

    priority: float
    votes: int
    arbiter: bool


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What a member said last."""

    state: State = State.UNREADY
    believes_in: str = ""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What an answer to the clock was made from: as long as it is the same, so is the answer."""

    cuts: object
    working: tuple[bool, ...]
    changes: int


@dataclass(frozen=True, slots=True)
class _Judged:
    """The members as they were, in their surroundings, and what they were about to do."""

    surroundings: _Surroundings
    seats: tuple[Seat, ...]
    sentence: str | None


class ElectionWatch:
    """Threads that listen to the members of one set, and the question that the clock asks."""

    def __init__(
        self, name: str, servers: Sequence[MongoServer], network: Network, *, cut_off_seconds: float = FEEDBACK_SECONDS
    ) -> None:
        """Know the members; nobody is asked before ``open``.

        ``cut_off_seconds`` is when the members' kernels give a connection up at the latest that a cut interrupts.
        """
        self._cut_off_seconds = cut_off_seconds
        self._silent_since: dict[tuple[str, str], float] = {}
        self._name, self._servers, self._network = name, tuple(servers), network
        self._by_host = {server.host: server for server in servers}
        self._opinions = dict.fromkeys(self._by_host, _Opinion())
        self._sessions: dict[str, MongoSession] = {}
        self._marking: dict[str, MongoSession] = {}
        self._version = -1
        self._places: dict[str, _Place] = {}
        self._changes, self._changed_seconds = 0, 0.0
        self._judged: _Judged | None = None
        self._equal_at = b""
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """Begin to listen."""
        for server in self._servers:
            thread = threading.Thread(target=self._listen, args=(server,), name=f"watch {server.name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Hang up and end the threads."""
        self._ended.set()
        for session in [*self._sessions.values(), *self._marking.values()]:
            session.close()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def obstacle(self) -> str | None:
        """Say what the set is about to do, or return None; meant for ``clock.hold``, which asks before each jump."""
        judged = self._judge()
        if judged.sentence is not None:
            return f"{self._name}: {judged.sentence}"
        if wall_seconds() - self._changed_seconds < NOTICE_SECONDS:
            return f"{self._name} changed its mind, and its clients are about to hear of it"
        return self._deaf(judged.seats) or self._behind(judged.seats)

    def seats(self) -> tuple[Seat, ...]:
        """Return the members of the present configuration with their conditions and opinions."""
        with self._lock:
            return tuple(
                Seat(
                    server.name,
                    host,
                    place.priority,
                    place.votes,
                    place.arbiter,
                    server.works(),
                    self._opinions[host].state,
                    self._opinions[host].believes_in,
                )
                for host, place in self._places.items()
                if (server := self._by_host.get(host)) is not None
            )

    def primary(self) -> MongoServer | None:
        """Return the member that is primary, works and has no rival, or None."""
        return self._leader(self.seats())

    def _leader(self, seats: Sequence[Seat]) -> MongoServer | None:
        """Return the one working primary among the members, or None."""
        found = [seat.host for seat in seats if seat.works and seat.state is State.PRIMARY]
        return self._by_host[found[0]] if len(found) == 1 else None

    def _judge(self) -> _Judged:
        """Judge the members, again only when something is different from before."""
        working = tuple(server.works() for server in self._servers)
        surroundings = _Surroundings(self._network.cuts(), working, self._changes)
        judged = self._judged
        if judged is None or judged.surroundings != surroundings:
            self._equal_at = b""
            seats = self.seats()
            sentence = unsettled(seats, self._connected) if seats else "no member has told its configuration yet"
            judged = self._judged = _Judged(surroundings, seats, sentence)
            silent = {(seat.host, other.host) for seat in seats for other in seats if self._hears_nothing(seat, other)}
            now = wall_seconds()
            self._silent_since = {pair: self._silent_since.get(pair, now) for pair in silent}
        return judged

    def _hears_nothing(self, seat: Seat, other: Seat) -> bool:
        """Say whether a member that follows waits for another in vain; the connections of a dead one end at once."""
        if not seat.works or seat.arbiter or seat == other or not self._by_host[other.host].alive():
            return False
        return not other.works or not self._connected(seat, other)

    def _deaf(self, seats: Sequence[Seat]) -> str | None:
        """Say which follower may still tell its progress to a member that is silent, and not to its primary."""
        primary = self._leader(seats) if self._silent_since else None
        if primary is None:
            return None
        for (host, other), since in self._silent_since.items():
            server, lost = self._by_host[host], self._by_host[other]
            heard = server is not primary and (host, primary.host) not in self._silent_since
            bound = self._cut_off_seconds if lost.works() else FEEDBACK_SECONDS
            if heard and wall_seconds() - since < bound:
                return f"{server.name} may tell its progress to {lost.name} and not yet to {primary.name}"
        return None

    def learn(self, config: Document) -> None:
        """Remember a configuration that is newer than the known one."""
        with self._lock:
            if config["version"] > self._version:
                self._version = config["version"]
                self._places = {
                    member["host"]: _Place(member["priority"], member["votes"], member["arbiterOnly"])
                    for member in config["members"]
                }
                self._changes += 1
                self._changed_seconds = wall_seconds()

    def _connected(self, one: Seat, other: Seat) -> bool:
        """Say whether packets pass between two members, both ways."""
        left, right = self._by_host[one.host], self._by_host[other.host]
        return left.site == right.site or self._network.stalled(left.site, right.address, 0) is None

    def _behind(self, seats: Sequence[Seat]) -> str | None:
        """Say which secondary has not applied yet what its primary has, or None; one question when nothing is new.

        The members are those that were judged: who changes its mind meanwhile must not be passed over.
        """
        primary = self._leader(seats)
        if primary is None:
            return None
        try:
            newest = self._newest(primary)
            if newest == self._equal_at:
                return None
            for seat in seats:
                server = self._by_host[seat.host]
                followed = seat.works and seat.state is State.SECONDARY and seat.believes_in == primary.host
                if followed and self._newest(server) != newest:
                    return f"{server.name} has not applied yet what {primary.name} has"
        except LabError as error:
            # It was just killed or frozen, which the next question sees, or it is too busy to answer.
            return f"{self._name}: a member does not tell how far it is: {error.what}"
        self._equal_at = newest
        return None

    def _newest(self, server: MongoServer) -> bytes:
        """Ask for the mark of a member's newest operation."""
        session = self._marking.get(server.host)
        try:
            if session is None:
                session = self._marking[server.host] = server.connect(ANSWER_SECONDS)
            return session.newest_operation(ANSWER_SECONDS)
        except LabError:
            if session is not None:
                session.close()
            self._marking.pop(server.host, None)
            raise

    def _listen(self, server: MongoServer) -> None:
        """Listen to one member until the end, over as many connections as it takes."""
        while not self._ended.is_set():
            with suppress(LabError, OSError):
                session = self._sessions[server.host] = server.connect(LATE_SECONDS)
                with suppress(LabError):
                    self._converse(server, session)
                session.close()
            self._note(server, _Opinion())
            self._ended.wait(RETRY_SECONDS)

    def _converse(self, server: MongoServer, session: MongoSession) -> None:
        """Ask over one connection again and again; a member answers when its mind changes (MongoDB manual, "hello")."""
        within = TURN_MILLISECONDS / 1000 + LATE_SECONDS
        patient: Document = {}
        while not self._ended.is_set():
            told = session.ask({"hello": 1, **patient}, within_seconds=within)
            patient = {"topologyVersion": told["topologyVersion"], "maxAwaitTimeMS": TURN_MILLISECONDS}
            if told.get("setVersion", -1) > self._version:
                self.learn(session.ask({"replSetGetConfig": 1}, within_seconds=within)["config"])
            self._note(server, _opinion(told))

    def _note(self, server: MongoServer, opinion: _Opinion) -> None:
        """Remember what a member said."""
        with self._lock:
            if self._opinions[server.host] != opinion:
                self._opinions[server.host] = opinion
                self._changes += 1
                self._changed_seconds = wall_seconds()


def _opinion(told: Document) -> _Opinion:
    """Read an answer to hello."""
    kinds = {"isWritablePrimary": State.PRIMARY, "secondary": State.SECONDARY, "arbiterOnly": State.ARBITER}
    state = next((kind for field, kind in kinds.items() if told.get(field)), State.UNREADY)
    return _Opinion(state, told.get("primary", ""))
