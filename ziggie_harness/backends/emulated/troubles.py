"""Troubles of AWS's APIs, by region and service: put before the control planes, met by every call, always undone."""

from __future__ import annotations

import itertools
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ziggie_harness.backends.emulated.calls import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.model.api_trouble import Trouble
    from ziggie_harness.ports import Clock, Signal


class NoAnswer(ConnectionError):
    """A call is never answered; whoever serves its connection hangs up when the trouble is over."""

    def __init__(self, call: Call, over: threading.Event) -> None:
        """Name the call, and what tells the end of the trouble."""
        super().__init__(f"{call.service} in {call.region} answers nothing")
        self.over = over


@dataclass(frozen=True, slots=True)
class _InForce:
    """A trouble, and what tells its end: to who waits in silence, and to who is delayed on the drill's clock."""

    trouble: Trouble
    over: threading.Event
    cut_short: Signal
    calls: Iterator[int]
    """Counts the calls that meet it, from 1."""


class Troubles:
    """The troubles in force. Calls meet them on the threads of their connections."""

    def __init__(self, clock: Clock) -> None:
        """Begin without any."""
        self._clock = clock
        self._lock = threading.Lock()
        self._in_force: dict[tuple[str, str], _InForce] = {}

    @contextmanager
    def between(self, region: str, service: str, trouble: Trouble) -> Iterator[None]:
        """Put a trouble in force for the block; it takes the place of an earlier one of the same service."""
        place, found = (region, service), _InForce(trouble, threading.Event(), self._clock.signal(), itertools.count(1))
        with self._lock:
            before = self._in_force.get(place)
            self._in_force[place] = found
        try:
            yield
        finally:
            with self._lock:
                del self._in_force[place]
                if before is not None:
                    self._in_force[place] = before
            found.over.set()
            found.cut_short.set()

    def meet(self, call: Call) -> None:
        """Let a call meet what is in force; AwsError for an error, NoAnswer for silence."""
        found = self._in_force.get((call.region, call.service))
        if found is None:
            return
        trouble = found.trouble
        if trouble.operations and call.operation not in trouble.operations:
            return
        if trouble.every > 1 and next(found.calls) % trouble.every == 0:
            return
        if trouble.delay_seconds:
            with self._clock.actor(f"a slow answer of {call.service} in {call.region}"):
                found.cut_short.wait(self._clock.now() + trouble.delay_seconds)
        if trouble.silent:
            raise NoAnswer(call, found.over)
        if trouble.code:
            raise AwsError(trouble.code, trouble.message, trouble.status)
