"""How changes get from Route 53's control plane to its name servers: after a while."""

from __future__ import annotations

import itertools
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ziggie_harness.emulation.route53.records import Zone
    from ziggie_harness.ports import Actors, Clock

PROPAGATION_SECONDS: Final = 60.0
"""How long a change takes to every name server. Source: botocore service model, ChangeResourceRecordSets: "Changes
generally propagate to all Route 53 name servers managing the hosted zone within 60 seconds". That is the upper end
of the usual; a recovery that counts on less counts on luck, so the upper end is the default."""

Status = Literal["PENDING", "INSYNC"]


class Propagation:
    """Changes on their way to the name servers. A context manager: leaving it drops those that have not arrived.

    The name servers switch together, at the end. Real ones switch one by one meanwhile, and a resolver may see either.
    """

    def __init__(self, clock: Clock, publish: Callable[[Zone], None], *, seconds: float = PROPAGATION_SECONDS) -> None:
        """Prepare; ``publish`` hands a zone to the name servers."""
        self._clock, self._publish, self._seconds = clock, publish, seconds
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._pending: set[str] = set()
        self._known: set[str] = set()
        self._published: dict[str, int] = {}
        self._stack = ExitStack()
        self._actors: Actors | None = None

    def __enter__(self) -> Self:
        """Start carrying changes."""
        self._actors = self._stack.enter_context(self._clock.actors("route 53 propagation"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop carrying changes."""
        self._stack.__exit__(kind, error, trace)

    def submit(self, zone: Zone, change_id: str | None = None) -> str:
        """Send a zone as it is now on its way; return the change's id. May be called by any thread."""
        if self._actors is None:
            raise RuntimeError("changes propagate only inside the block: write `with Propagation(...) as propagation:`")
        with self._lock:
            number = next(self._numbers)
            identity = change_id or f"C{number:013d}"
            self._pending.add(identity)
            self._known.add(identity)
        due = self._clock.now() + self._seconds
        self._actors.start(f"change {identity}", lambda: self._carry(zone, identity, number, due))
        return identity

    def status(self, change_id: str) -> Status | None:
        """Return how far a change is, or None for an unknown id (NoSuchChange)."""
        with self._lock:
            if change_id not in self._known:
                return None
            return "PENDING" if change_id in self._pending else "INSYNC"

    def _carry(self, zone: Zone, identity: str, number: int, due_seconds: float) -> None:
        """Publish a zone when its time has come, unless a later state of it has arrived before."""
        self._clock.sleep_until(due_seconds)
        with self._lock:
            if number > self._published.get(zone.id, 0):
                self._published[zone.id] = number
                self._publish(zone)
            self._pending.discard(identity)
