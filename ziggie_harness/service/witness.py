"""The witness: it grants a lease to one holder at a time. Run it in a third region, by ``python -m`` this module.

``PUT /lease/<name>`` with ``{"holder": ..., "seconds": ...}`` answers 200 when the lease is free, lapsed or the
holder's own, else 409 with the present holder. ``GET /lease/<name>`` tells the present state. Both say for how long.

The file of its leases names who holds what, for how long a lease. A witness that starts again does not know how long
it was away, so it lets every lease in the file run its whole length once more: later than needed, never too early.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ziggie_harness.kernel.process_clock import clock_of
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.service.http_server import Answer, Asked, Program, log, serve, structured
from ziggie_harness.service.settings import witness_settings

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "/lease/"

LONGEST_SECONDS: Final = 3600.0
"""No lease is longer; a slip in a setting must not lock the writers out for days."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who holds a lease, and of what length."""

    holder: str
    seconds: float


class Leases:
    """The leases that were granted, one holder each at any time. Safe to use from every thread."""

    def __init__(self, now: Callable[[], float], path: Path) -> None:
        """Read the file of leases, if there is one; each counts from now."""
        self._now, self._path = now, path
        self._lock = threading.Lock()
        known = json.loads(path.read_text()) if path.exists() else {}
        self._grants = {name: Grant(**grant) for name, grant in known.items()}
        self._ends = {name: now() + grant.seconds for name, grant in self._grants.items()}

    def claim(self, name: str, wanted: Grant) -> tuple[bool, Grant, float]:
        """Grant a lease if it is free, lapsed or the holder's own; return whether, who holds it, and for how long."""
        with self._lock:
            now = self._now()
            present = self._grants.get(name)
            if present and present.holder != wanted.holder and now < self._ends[name]:
                return False, present, self._ends[name] - now
            if present != wanted:
                # On disk before it is said: a restart must not grant it to another while this one is believed.
                self._write({**self._grants, name: wanted})
                self._grants[name] = wanted
            # A shorter renewal must not end a longer lease that its holder may still believe in.
            self._ends[name] = max(self._ends.get(name, now), now + wanted.seconds) if present else now + wanted.seconds
            return True, wanted, self._ends[name] - now

    def present(self, name: str) -> tuple[Grant, float] | None:
        """Return who holds a lease and for how long, or None."""
        with self._lock:
            left = self._ends.get(name, float("-inf")) - self._now()
            return (self._grants[name], left) if left > 0 else None

    def _write(self, grants: dict[str, Grant]) -> None:
        """Put the leases on disk, all or nothing."""
        staging = self._path.with_name(self._path.name + ".new")
        with staging.open("w") as file:
            json.dump({name: asdict(grant) for name, grant in grants.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        staging.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def answer(leases: Leases, asked: Asked) -> Answer:
    """Answer one request to the witness."""
    name = asked.path.removeprefix(PREFIX)
    if not asked.path.startswith(PREFIX) or not name or "/" in name:
        return structured(404, {"reason": f"there is nothing at {asked.path}; leases are at {PREFIX}<name>"})
    if asked.method == "GET":
        state = leases.present(name)
        return structured(200, _described(*state) if state else {"holder": None, "expires_in": 0.0})
    if asked.method != "PUT":
        return structured(405, {"reason": "a lease is asked for by PUT and looked at by GET"})
    try:
        document = json.loads(asked.body)
        wanted = Grant(str(document["holder"]), float(document["seconds"]))
    except (ValueError, KeyError, TypeError) as error:
        return structured(400, {"reason": f"this is no claim: {error!r}; it has a holder and seconds"})
    if not wanted.holder or not 0 < wanted.seconds <= LONGEST_SECONDS:
        return structured(400, {"reason": f"a claim has a holder, and above 0 to {LONGEST_SECONDS:g} seconds"})
    granted, grant, left = leases.claim(name, wanted)
    return structured(200 if granted else 409, _described(grant, left))


def _described(grant: Grant, left_seconds: float) -> dict[str, object]:
    """Return a lease as the witness tells it."""
    return {"holder": grant.holder, "expires_in": left_seconds}


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
