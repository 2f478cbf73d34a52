"""The leave to write: a lease that the witness grants to one region at a time, and that lapses by itself.

The holder counts its lease from the moment before it asked, the witness from the moment when it was asked. So the
holder stops believing before the witness starts to grant the lease to somebody else, however late or lost a message is.
"""

from __future__ import annotations

import json
import threading
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from ziggie_harness.lab.http_exchange import Reply, Request, exchange
from ziggie_harness.lab.trust import Trust
from ziggie_harness.lab.wire import Line, Timer
from ziggie_harness.service.http_server import log

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from ziggie_harness.kernel.process_clock import ProcessClock
    from ziggie_harness.ports import Paths
    from ziggie_harness.service.settings import LeaseSettings

ASK_SECONDS: Final = 2.0
"""For how long the witness may take over each part of its answer; a later one is a lost one."""

GRANTED: Final = 200
HELD: Final = 409


@dataclass(frozen=True, slots=True)
class Witness:
    """Where the witness is, and how to know that it is the witness."""

    address: str
    port: int
    name: str
    """The name that its certificate shows."""
    trust: Trust


@dataclass(frozen=True, slots=True)
class Claim:
    """What a holder asks for."""

    lease: str
    holder: str
    seconds: float
    epoch: int | None = None
    """The epoch of the holder's database, which every promotion raises; None leaves it uncompared."""


def acquire(clock: Timer, paths: Paths, site: str, witness: Witness, claim: Claim) -> str | None:
    """Ask the witness for a lease from a site; None when it is granted, else the reason why not.

    The caller may count the lease from the moment before this call.
    """
    reply = _ask(clock, paths, site, witness, f"/lease/{claim.lease}", asdict(claim))
    if isinstance(reply, str) or reply.status == GRANTED:
        return reply if isinstance(reply, str) else None
    if reply.status != HELD:
        return f"the witness answers {reply.status}: {reply.body[:200]!r}"
    try:
        return str(json.loads(reply.body)["reason"])
    except (ValueError, KeyError, TypeError) as error:
        return f"the witness refuses without saying why: {error!r}"


def appoint(clock: Timer, paths: Paths, site: str, witness: Witness, claim: Claim) -> str | None:
    """Ask the witness from a site to grant a lease to nobody but this claim's holder from now on; None when it will."""
    reply = _ask(clock, paths, site, witness, f"/lease/{claim.lease}/successor", asdict(claim))
    if isinstance(reply, str) or reply.status == GRANTED:
        return reply if isinstance(reply, str) else None
    return f"the witness answers {reply.status}: {reply.body[:200]!r}"


def commit(clock: Timer, paths: Paths, site: str, witness: Witness, claim: Claim) -> str | None:
    """Ask the witness from a site to grant a lease to nobody but its holder until a successor is named; None when done.

    Else the reason why not.
    """
    reply = _ask(clock, paths, site, witness, f"/lease/{claim.lease}/commit", asdict(claim))
    if isinstance(reply, str) or reply.status == GRANTED:
        return reply if isinstance(reply, str) else None
    return f"the witness answers {reply.status}: {reply.body[:200]!r}"


def _ask(  # noqa: PLR0913, PLR0917 - who asks whom for what
    clock: Timer, paths: Paths, site: str, witness: Witness, path: str, document: Mapping[str, object]
) -> Reply | str:
    """Put something to the witness; return its answer, or why there is none."""
    until = clock.now() + ASK_SECONDS
    body = json.dumps(document).encode()
    request = Request("PUT", path, witness.name, {"content-type": "application/json"}, body)
    try:
        with Line(clock, paths, site, witness.address, witness.port) as line:
            line.connect(until)
            witness.trust.shake_hands(line, witness.name, until)
            return exchange(clock, line, request, head_seconds=ASK_SECONDS, body_seconds=ASK_SECONDS)
    except OSError as error:
        return f"the witness cannot be asked: {error}"


class LeaseHolder:
    """One region's lease, renewed in the background while the region could use it."""

    def __init__(
        self,
        clock: ProcessClock,
        settings: LeaseSettings,
        claim: Callable[[int], str | None],
        epoch: Callable[[], int | None],
    ) -> None:
        """Prepare to hold; ``claim`` asks the witness once, for a database of an epoch.

        ``epoch`` returns that of the own database while it takes writes, else None.
        """
        self._clock, self._settings = clock, settings
        self._claim, self._epoch = claim, epoch
        self._until_seconds = float("-inf")
        self._sentence = ""

    def start(self) -> None:
        """Renew from now on, until the process ends."""
        threading.Thread(target=self._live, name="lease", daemon=True).start()

    def valid(self) -> bool:
        """Say whether the lease is valid at this moment."""
        return self._clock.now() < self._until_seconds

    def told(self) -> str:
        """Return what came of the last renewal."""
        return self._sentence

    def renew(self) -> None:
        """Ask for the lease once, if it is of use, and log what changed."""
        epoch = self._epoch()
        if epoch is None:
            self._tell("not asked for: the database is no writer, or does not answer")
            return
        asked_seconds = self._clock.now()
        reason = self._claim(epoch)
        if reason is None:
            self._until_seconds = asked_seconds + self._settings.lease_seconds
        self._tell("held" if reason is None else reason)

    def _live(self) -> None:
        """Renew at a steady pace, whatever a renewal takes."""
        with self._clock.actor("lease"):
            while True:
                next_seconds = self._clock.now() + self._settings.renew_seconds
                self.renew()
                self._clock.sleep_until(next_seconds)

    def _tell(self, sentence: str) -> None:
        """Log the state of the lease when it is another than before; the remaining seconds are no change."""
        kind = sentence.partition(" for another ")[0]
        if kind != self._sentence:
            self._sentence = kind
            log(f"{self._clock.now():.3f} lease {self._settings.name}: {sentence}")


class OwnPaths:
    """The paths of a process that lives in its site: nothing to enter, and the clock's link knows what is cut."""

    def __init__(self, clock: ProcessClock) -> None:
        """Ask ``clock`` what is stalled."""
        self._clock = clock

    def inside(self, site: str) -> AbstractContextManager[None]:
        """Enter nothing."""
        return nullcontext()

    def located(self, address: str, port: int) -> tuple[str, int]:
        """Return the same: whoever started this process told it where others really are."""
        return address, port

    def settle(self, sock: socket.socket, site: str, source: str = "") -> None:
        """Let a socket send from one address of the site, if one is given."""
        if source:
            sock.bind((source, 0))

    def stalled(self, site: str, address: str, port: int) -> str | None:
        """Return why an exchange is stuck, or None."""
        return self._clock.stalled(site, address, port)
