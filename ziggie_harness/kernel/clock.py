"""The drill's clock: wall time plus skipped idleness.

Every actor (a thread registered here) is either at work or at rest. While one of them works, drill time runs at wall
speed, so work is measured as it is. When all rest, nothing can happen before the earliest wake-up, and the clock jumps
there. Nobody wakes early, time never goes backwards, and an actor whose thread died does not hold the others.

With ``skips=False``, or from ``stop_skipping`` on, the clock never jumps and drill time runs at wall speed.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from ziggie_harness.kernel.actors import JOIN_SECONDS, NEVER, Actor, Group, Rest, Stopped
from ziggie_harness.kernel.holds import Holds
from ziggie_harness.kernel.one_signal import OneSignal
from ziggie_harness.kernel.watched_sockets import WatchedSockets

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import TracebackType

REAP_SECONDS = 0.5
"""How often, in wall time, the timekeeper looks for actors whose thread died at work."""

HOLD_PATIENCE_SECONDS = 15.0
"""For how long, in wall time, one hold may keep the clock from jumping before it is overruled."""


def wall_seconds() -> float:
    """Return the machine's monotonic time, the same for all its processes; drill time is this plus an offset."""
    return time.monotonic()


class DrillClock:
    """The clock of one drill. Use it as a context manager: leaving it stops its timekeeper."""

    def __init__(self, *, skips: bool = True, hold_patience_seconds: float = HOLD_PATIENCE_SECONDS) -> None:
        """Make a clock that stands ready at drill time 0; it runs from the start of its block."""
        self.lock = threading.Lock()
        self._skips = skips
        self._origin = time.monotonic()
        self._skipped = 0.0
        self._actors: dict[threading.Thread, Actor] = {}
        self._working = 0
        self._rests: list[Rest] = []
        self._orders = itertools.count()
        self._holds = Holds(wall_seconds, hold_patience_seconds)
        self._on_jump: list[Callable[[], None]] = []
        self._sockets = WatchedSockets()
        self._closed = False
        self._timekeeper = threading.Thread(target=self._keep_time, name="timekeeper", daemon=True)

    def __enter__(self) -> Self:
        """Start the clock at drill time 0."""
        self._origin = time.monotonic()
        self._timekeeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the timekeeper; actors still at rest are unwound."""
        with self.lock:
            self._closed = True
            for rest in [actor.rest for actor in self._actors.values() if actor.rest]:
                rest.stopped = True
                self.wake(rest)
            self._sockets.ring()
        self._timekeeper.join(JOIN_SECONDS)
        with self.lock:
            self._sockets.close()

    @property
    def overruled(self) -> list[str]:
        """Why time was skipped against an objection, as sentences; empty in a sound drill."""
        return self._holds.overruled

    @property
    def skips(self) -> bool:
        """Say whether this clock skips idleness."""
        return self._skips

    def stop_skipping(self) -> None:
        """Never jump again: from now on drill time runs at wall speed, from where it stands."""
        with self.lock:
            self._skips = False
            # The timekeeper may have left the next wake-up to a jump that now never comes.
            self._ring()

    def now(self) -> float:
        """Return the drill time in seconds since the clock started."""
        return time.monotonic() - self._origin + self._skipped

    @property
    def ahead_seconds(self) -> float:
        """Return by how much drill time is ahead of ``wall_seconds``, so that other processes know it too."""
        return self._skipped - self._origin

    @property
    def skipped_seconds(self) -> float:
        """Return how much of the drill time up to now was skipped."""
        return self._skipped

    @contextmanager
    def told_of_jumps(self, told: Callable[[], None]) -> Iterator[None]:
        """Call ``told`` at each jump, when the time has changed and nobody is awake yet; it must be quick."""
        with self.lock:
            self._on_jump.append(told)
        try:
            yield
        finally:
            with self.lock:
                self._on_jump.remove(told)

    @contextmanager
    def actor(self, name: str) -> Iterator[None]:
        """Make the current thread an actor for the block; within an actor it changes nothing."""
        thread = threading.current_thread()
        if thread in self._actors:
            yield
            return
        self.enrol(thread, name, None)
        try:
            yield
        finally:
            self.discharge(thread)

    @contextmanager
    def actors(self, name: str) -> Iterator[Group]:
        """Open a group of actors; leaving the block stops them and raises what went wrong in them."""
        group = Group(self, name)
        try:
            yield group
        except BaseException as error:
            group.stop()
            for failure in group.failures:
                error.add_note(f"an actor of {name!r} failed too: {failure!r}")
            raise
        group.stop()
        group.raise_failures()

    @contextmanager
    def hold(self, obstacle: Callable[[], str | None], patience_seconds: float | None = None) -> Iterator[None]:
        """Ask before each jump; while the answer is a sentence, time runs at wall speed, though not for ever.

        An objection that lasts longer than the patience, in wall time, is overruled; the clock's own unless given.
        """
        with self._holds.including(obstacle, patience_seconds):
            yield

    def sleep(self, seconds: float) -> None:
        """Rest for some drill seconds; raise ValueError for a negative time."""
        if seconds < 0:
            message = f"cannot sleep for {seconds} s: a rest has no negative length"
            raise ValueError(message)
        self.rest(self.now() + seconds)

    def sleep_until(self, at_seconds: float) -> None:
        """Rest until a drill time; return at once when it has passed."""
        self.rest(at_seconds)

    def signal(self) -> OneSignal:
        """Make a signal that actors of this clock can wait for."""
        return OneSignal(self)

    def await_socket(self, sock: socket.socket, *, writable: bool, until_seconds: float) -> bool:
        """Rest until a socket is ready, a drill time comes, or ``stir`` is called; return whether it is ready.

        Waiting here counts as idleness, so it is for a socket on which nothing can arrive while the lab's faults stand.
        """

        def watch(rest: Rest) -> bool:
            self._sockets.watch(sock, rest, writable=writable)
            return True

        return self.rest(until_seconds, joins=watch)

    def stir(self) -> None:
        """End every rest on a socket, because what it waits for may now be able to come (a cut was made or healed)."""
        with self.lock:
            for rest in self._sockets.rests():
                self.wake(rest)

    def rest(self, until_seconds: float, joins: Callable[[Rest], bool] | None = None) -> bool:
        """Rest until a drill time or until what the rest joined wakes it; return whether that came.

        ``joins`` is called under the lock with the new rest and says False when there is nothing to wait for.
        """
        rest = Rest(self._current(), until_seconds, next(self._orders))
        # An interrupt can come between any two lines; whatever it leaves, the rest is over when this returns.
        try:
            with self.lock:
                if not self._lies_down(rest, joins):
                    return rest.ready
                idle = self._idle()
                if not idle and (self._working == 0 or self._rests[0] is rest):
                    self._ring()
            # Whoever goes to rest last makes the jump: that spares two changes of threads for most rests.
            if idle and not self._advance():
                with self.lock:
                    self._ring()
            rest.alarm.acquire()
        finally:
            with self.lock:
                self.wake(rest)
                self._sockets.forget(rest)
        if rest.stopped:
            raise Stopped
        return rest.ready

    def _lies_down(self, rest: Rest, joins: Callable[[Rest], bool] | None) -> bool:
        """Begin a rest; False when there is nothing to wait for. Called under the lock."""
        actor = rest.actor
        if self._closed or (actor.group and actor.group.stopped):
            raise Stopped
        if (joins and not joins(rest)) or rest.wake_seconds <= self.now():
            return False
        heapq.heappush(self._rests, rest)
        actor.rest = rest
        self._working -= 1
        return True

    def wake(self, rest: Rest) -> None:
        """Put a resting actor to work. Called under the lock; a rest that ended already stays ended."""
        if rest.actor.rest is rest:
            rest.actor.rest = None
            self._working += 1
            self._sockets.forget(rest)
            rest.alarm.release()

    def enrol(self, thread: threading.Thread, name: str, group: Group | None) -> None:
        """Register a thread as an actor at work."""
        with self.lock:
            self._actors[thread] = Actor(name, thread, group)
            self._working += 1

    def discharge(self, thread: threading.Thread) -> None:
        """Forget an actor."""
        with self.lock:
            actor = self._actors.pop(thread, None)
            if actor is None:
                return
            if actor.rest:
                self.wake(actor.rest)
            self._working -= 1
            if self._working == 0:
                self._ring()

    def unwind(self, group: Group) -> None:
        """Make every actor of a group raise Stopped, in the rest it is in or in its next one."""
        with self.lock:
            group.stopped = True
            for actor in self._actors.values():
                if actor.group is group and actor.rest:
                    actor.rest.stopped = True
                    self.wake(actor.rest)

    def at_work(self) -> tuple[str, ...]:
        """Return the names of the actors that keep the clock at wall speed, for error messages."""
        with self.lock:
            return tuple(actor.name for actor in self._actors.values() if actor.rest is None)

    def _current(self) -> Actor:
        """Return the current thread's actor; resting without being one is a mistake in the program."""
        try:
            return self._actors[threading.current_thread()]
        except KeyError:
            message = (
                f"thread {threading.current_thread().name!r} rests on the drill clock without being an actor of it: "
                "wrap its work in `with clock.actor(name):` or start it with `actors.start(name, work)`"
            )
            raise RuntimeError(message) from None

    def _ring(self) -> None:
        """Make the timekeeper look again, unless it is gone. Called under the lock."""
        if not self._closed:
            self._sockets.ring()

    def _keep_time(self) -> None:
        """Wake who is due, and jump when all rest."""
        reap_at = time.monotonic() + REAP_SECONDS
        while True:
            with self.lock:
                if self._closed:
                    return
                self._drop_ended()
                idle = self._idle()
                pause = 0.0 if idle else self._pause()
            self._listen(pause)
            if time.monotonic() >= reap_at:
                self._reap()
                reap_at = time.monotonic() + REAP_SECONDS
            if idle and not self._advance():
                self._listen(self._holds.pause_seconds())

    def _idle(self) -> bool:
        """Say whether all rest and somebody has a wake-up to jump to. Called under the lock."""
        return self._skips and self._working == 0 and bool(self._rests) and self._rests[0].wake_seconds < NEVER

    def _pause(self) -> float:
        """Return the wall seconds until the next wake-up at wall speed. Called under the lock."""
        if not self._rests:
            return REAP_SECONDS
        return min(REAP_SECONDS, max(0.0, self._rests[0].wake_seconds - self.now()))

    def _drop_ended(self) -> None:
        """Drop rests that ended early from the top of the heap. Called under the lock."""
        while self._rests and self._rests[0].actor.rest is not self._rests[0]:
            heapq.heappop(self._rests)

    def _listen(self, pause: float) -> None:
        """Wait for sockets and nudges, then wake whose socket is ready and whose time has come."""
        ready = self._sockets.poll(pause)
        with self.lock:
            for rest in self._sockets.readied(ready):
                rest.ready = True
                self.wake(rest)
            self._wake_due()

    def _wake_due(self) -> None:
        """Wake, in order, everybody whose wake-up has come. Called under the lock."""
        now = self.now()
        while self._rests and self._rests[0].wake_seconds <= now:
            self.wake(heapq.heappop(self._rests))

    def _advance(self) -> bool:
        """Jump to the earliest wake-up, unless somebody works, holds or has mail; return False to be asked again."""
        if self._holds.object():
            return False
        with self.lock:
            self._drop_ended()
            if self._closed or not self._idle():
                return True
            if self._sockets.mail():
                return False
            self._skipped += max(0.0, self._rests[0].wake_seconds - self.now())
            for told in self._on_jump:
                told()
            self._wake_due()
            return self._working > 0

    def _reap(self) -> None:
        """Forget actors whose thread ended without saying so."""
        with self.lock:
            dead = [thread for thread, actor in self._actors.items() if actor.ended()]
        for thread in dead:
            self.discharge(thread)
