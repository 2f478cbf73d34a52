"""The witness: it grants a lease to one holder at a time. Run it in a third region, by ``python -m`` this module.

``PUT /lease/<name>`` with ``{"holder": ..., "seconds": ..., "epoch": ...}`` answers 200 when the lease is free, lapsed
or the holder's own, else 409 with the reason. ``GET /lease/<name>`` tells the present state. Both say for how long.

A lease alone guarantees one writer, not an up-to-date one: a region whose database missed a failover could hold it
again once the other's lapsed. So a claim names the epoch of the holder's database, which every promotion raises, and
one that is older than the newest that ever held the lease is refused. A claim without an epoch is not compared: it is
made on behalf of a region whose database is about to be promoted.

``PUT /lease/<name>/successor`` with ``{"holder": ...}`` prepares a planned switch: from then on nobody but the
successor is granted the lease, so the present holder stops when its lease lapses. To name the holder itself calls the
switch off.

``PUT /lease/<name>/commit`` with ``{"holder": ...}`` commits what moved: while the holder has it, it can be said that
nobody else is granted the lease any more, also when it has lapsed. To go back takes a decision: a successor.

The file of its leases names who holds what, for how long a lease. A witness that starts again does not know how long
it was away, so it lets every lease in the file run its whole length once more: later than needed, never too early.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ziggie_harness.kernel.process_clock import clock_of
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.service.http_server import Answer, Asked, Program, log, serve, structured
from ziggie_harness.service.settings import witness_settings

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "/lease/"
SUCCESSOR: Final = "successor"
COMMIT: Final = "commit"

LONGEST_SECONDS: Final = 3600.0
"""No lease is longer; a slip in a setting must not lock the writers out for days."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who holds a lease, and of what length."""

    holder: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What the witness must not forget of a lease."""

    grant: Grant
    epoch: int = 0
    """The newest epoch of a database that held it."""
    successor: str = ""
    """Who alone is granted it from now on, or empty."""
    committed: str = ""
    """Who alone is granted it until a successor is named, or empty."""


class Leases:
    """The leases that were granted, one holder each at any time. Safe to use from every thread."""

    def __init__(self, now: Callable[[], float], path: Path) -> None:
        """Read the file of leases, if there is one; each counts from now."""
        self._now, self._path = now, path
        self._lock = threading.Lock()
        known = json.loads(path.read_text()) if path.exists() else {}
        self._kept = {name: Kept(Grant(**one.pop("grant")), **one) for name, one in known.items()}
        self._ends = {name: now() + kept.grant.seconds for name, kept in self._kept.items()}

    def claim(self, name: str, wanted: Grant, epoch: int | None = None) -> str | None:
        """Grant a lease and return None, or return why not."""
        with self._lock:
            now = self._now()
            kept = self._kept.get(name)
            if kept and (objection := _objection(kept, self._ends[name] - now, wanted.holder, epoch)):
                return objection
            newest = max(kept.epoch if kept else 0, epoch or 0)
            # On disk before it is said: a restart must not grant it to another while this one is believed.
            committed = kept.committed if kept and kept.committed == wanted.holder else ""
            self._keep(name, Kept(wanted, newest, committed=committed))
            # A shorter renewal must not end a longer lease that its holder may still believe in.
            self._ends[name] = max(self._ends.get(name, now), now + wanted.seconds) if kept else now + wanted.seconds
            return None

    def appoint(self, name: str, successor: str) -> None:
        """Grant a lease to nobody but a successor from now on; to appoint the holder itself calls that off."""
        with self._lock:
            if kept := self._kept.get(name):
                self._keep(name, replace(kept, successor="" if successor == kept.grant.holder else successor))

    def commit(self, name: str, holder: str) -> str | None:
        """Grant a lease to nobody but its holder until a successor is named; return why not, or None."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.grant.holder != holder or self._ends[name] <= self._now():
                return f"{holder} does not hold the lease, so there is nothing to commit"
            self._keep(name, replace(kept, committed=holder))
            return None

    def present(self, name: str) -> tuple[Grant, float] | None:
        """Return who holds a lease and for how long, or None."""
        with self._lock:
            left = self._ends.get(name, float("-inf")) - self._now()
            return (self._kept[name].grant, left) if left > 0 else None

    def _keep(self, name: str, kept: Kept) -> None:
        """Put what changed of the leases on disk, all or nothing."""
        if self._kept.get(name) == kept:
            return
        changed = {**self._kept, name: kept}
        staging = self._path.with_name(self._path.name + ".new")
        with staging.open("w") as file:
            json.dump({each: asdict(one) for each, one in changed.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        staging.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        self._kept = changed


def _objection(kept: Kept, left_seconds: float, holder: str, epoch: int | None) -> str | None:
    """Return why a holder is not granted a lease that was granted before, or None."""
    if epoch is not None and epoch < kept.epoch:
        return f"stale: the database of {holder} is of epoch {epoch}, and one of epoch {kept.epoch} took writes since"
    if kept.grant.holder != holder and left_seconds > 0:
        return f"{kept.grant.holder} holds the lease for another {left_seconds:.1f} s"
    if kept.committed and holder not in {kept.committed, kept.successor}:
        return f"the failover to {kept.committed} is committed: to go back somebody has to name the successor"
    if kept.successor and kept.successor != holder:
        return f"the lease goes to {kept.successor} in a planned switch"
    return None


def answer(leases: Leases, asked: Asked) -> Answer:
    """Answer one request to the witness."""
    name, _, part = asked.path.removeprefix(PREFIX).partition("/")
    if not asked.path.startswith(PREFIX) or not name or part not in {"", SUCCESSOR, COMMIT}:
        return structured(404, {"reason": f"there is nothing at {asked.path}; leases are at {PREFIX}<name>"})
    if asked.method == "GET" and not part:
        return structured(200, _described(leases, name))
    if asked.method != "PUT":
        return structured(405, {"reason": "a lease is asked for by PUT and looked at by GET"})
    wanted = _claimed(asked.body, for_good=bool(part))
    if isinstance(wanted, str):
        return structured(400, {"reason": wanted})
    if part == SUCCESSOR:
        leases.appoint(name, wanted[0].holder)
        return structured(200, _described(leases, name))
    objection = leases.commit(name, wanted[0].holder) if part else leases.claim(name, *wanted)
    return structured(409 if objection else 200, {**_described(leases, name), "reason": objection})


def _claimed(body: bytes, *, for_good: bool) -> tuple[Grant, int | None] | str:
    """Return what somebody claims, or only for whom when it is for a successor or a commit; or why it is no claim."""
    try:
        document = json.loads(body)
        grant = Grant(str(document["holder"]), LONGEST_SECONDS if for_good else float(document["seconds"]))
        epoch = None if document.get("epoch") is None else int(document["epoch"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"this is no claim: {error!r}; it has a holder and seconds"
    if not grant.holder or not 0 < grant.seconds <= LONGEST_SECONDS:
        return f"a claim has a holder, and above 0 to {LONGEST_SECONDS:g} seconds"
    return grant, epoch


def _described(leases: Leases, name: str) -> dict[str, object]:
    """Return a lease as the witness tells it."""
    grant, left = leases.present(name) or (None, 0.0)
    return {"holder": grant.holder if grant else None, "expires_in": left}


def main() -> None:
    """Run the witness until a signal ends it."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    clock = clock_of(os.environ)
    try:
        settings = witness_settings(os.environ)
    except ZiggieError as error:
        sys.exit(str(error))
    leases = Leases(clock.now, Path(settings.leases))
    log("witness starts")
    serve(settings.listening, Program(lambda asked: answer(leases, asked), {}, clock))


if __name__ == "__main__":
    main()
