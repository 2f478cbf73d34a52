"""Who lives on the drill's clock: actors, their rests, and the groups that actors live and end in."""

from __future__ import annotations

import math
import queue
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

NEVER = math.inf
"""A wake-up that only somebody else can cause."""

JOIN_SECONDS = 30.0
"""For how long, in wall time, the end of a group waits for one of its actors."""


class Stopped(BaseException):
    """Raised in an actor's rest when its group is stopped; let it pass. Like KeyboardInterrupt it is no error."""


class Actor:
    """A registered thread, at work unless it has a rest."""

    __slots__ = ("group", "lived", "name", "rest", "thread")

    def __init__(self, name: str, thread: threading.Thread, group: Group | None) -> None:
        self.name = name
        self.thread = thread
        self.group = group
        # For a moment a thread that starts has a number and is not alive yet; only one that was can have ended.
        self.lived = thread.is_alive()
        self.rest: Rest | None = None

    def ended(self) -> bool:
        """Say whether its thread was alive and is not any more."""
        alive = self.thread.is_alive()
        self.lived = self.lived or alive
        return self.lived and not alive


class Rest:
    """One rest of one actor: until a drill time, unless a socket or a signal ends it before."""

    __slots__ = ("actor", "alarm", "descriptor", "order", "ready", "stopped", "wake_seconds")

    def __init__(self, actor: Actor, wake_seconds: float, order: int) -> None:
        self.actor = actor
        self.wake_seconds = wake_seconds
        self.order = order
        self.alarm = threading.Lock()
        self.alarm.acquire()
        self.descriptor: int | None = None
        self.ready = False
        self.stopped = False

    def __lt__(self, other: Rest) -> bool:
        return (self.wake_seconds, self.order) < (other.wake_seconds, other.order)


class Roll(Protocol):
    """What a group needs of its clock."""

    def enrol(self, thread: threading.Thread, name: str, group: Group | None) -> None:
        """Register a thread as an actor at work."""
        ...

    def discharge(self, thread: threading.Thread) -> None:
        """Forget an actor."""
        ...

    def unwind(self, group: Group) -> None:
        """Make every actor of a group raise Stopped, in the rest it is in or in its next one."""
        ...


class _Worker:
    """A thread that lives one actor after the other: most actors are short, and a thread costs as much as they do."""

    __slots__ = ("tasks", "thread")

    def __init__(self, live: Callable[[_Worker], None]) -> None:
        self.tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=live, args=(self,), daemon=True)


class Group:
    """Actors that live no longer than the block of ``clock.actors``; an error in one is raised where the block ends."""

    def __init__(self, clock: Roll, name: str) -> None:
        """Make an empty group; ``clock.actors`` does."""
        self.name = name
        self.stopped = False
        self.failures: list[BaseException] = []
        self._clock = clock
        self._threads: list[threading.Thread] = []
        self._idle: list[_Worker] = []
        self._starting = threading.Lock()

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Start an actor at work; it counts before its thread runs, so time cannot jump in between."""
        with self._starting:
            worker = self._idle.pop() if self._idle else _Worker(self._live)
            worker.thread.name = name
            self._clock.enrol(worker.thread, name, self)
            worker.tasks.put(work)
            if worker.thread.ident is not None:
                return
            try:
                worker.thread.start()
            except BaseException:
                self._clock.discharge(worker.thread)
                raise
            self._threads = [old for old in self._threads if old.is_alive()]
            self._threads.append(worker.thread)

    def _live(self, worker: _Worker) -> None:
        """Live actor after actor, until the group ends."""
        while work := worker.tasks.get():
            try:
                work()
            except Stopped:
                pass
            except BaseException as error:  # noqa: BLE001 - kept, and raised where the group ends
                error.add_note(f"in actor {worker.thread.name!r} of {self.name!r}")
                self.failures.append(error)
            finally:
                self._clock.discharge(worker.thread)
            with self._starting:
                if self.stopped:
                    return
                self._idle.append(worker)

    def stop(self) -> None:
        """Unwind every actor of the group at its next rest, and wait for their ends."""
        self._clock.unwind(self)
        with self._starting:
            threads = list(self._threads)
            while self._idle:
                self._idle.pop().tasks.put(None)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(JOIN_SECONDS)
                if thread.is_alive():
                    message = (
                        f"actor {thread.name!r} of {self.name!r} did not rest for {JOIN_SECONDS:g} s after its stop"
                    )
                    self.failures.append(RuntimeError(message))

    def raise_failures(self) -> None:
        """Raise the first error of an actor, with the others as notes."""
        if not self.failures:
            return
        first, *others = self.failures
        for other in others:
            first.add_note(f"another actor failed too: {other!r}")
        self.failures = []
        raise first
