"""The append-only record of a drill, on disk before anything is judged.

One JSON object a line: ``sequence``, ``at_seconds``, ``skipped_seconds``, ``kind`` (the event's class) and its fields.
A line is written in one call and never changed, so a crash loses at most the line that it was writing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, get_args

from ziggie_harness.model import history as kinds
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.errors import EvidenceError
from ziggie_harness.model.history import Event, History, Record

KINDS: Mapping[str, Callable[..., Event]] = {kind.__name__: kind for kind in get_args(kinds.Event)}
"""Every kind of event by the name that stands in the file."""

_LINES: Final = json.JSONEncoder(ensure_ascii=False)


class Timed(Protocol):
    """What a journal needs of a clock."""

    def now(self) -> float:
        """Return the drill time in seconds."""
        ...

    @property
    def skipped_seconds(self) -> float:
        """Return how much of it was skipped."""
        ...


class FileJournal:
    """A journal in a file; safe to use from every actor."""

    def __init__(self, path: Path, clock: Timed) -> None:
        """Open the file for appending; times come from ``clock``."""
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._records: list[Record] = []
        self._file = path.open("ab", buffering=0)

    def __enter__(self) -> Self:
        """Return the open journal."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; what comes later is kept in memory only and is no part of the record."""
        with self._lock:
            self._file.close()

    def record(self, event: Event) -> None:
        """Append an event at the current drill time."""
        with self._lock:
            # Rounded as in the file, so that judging from memory and judging the file again are the same.
            at_seconds, skipped_seconds = round(self._clock.now(), 6), round(self._clock.skipped_seconds, 6)
            record = Record(len(self._records), at_seconds, skipped_seconds, event)
            self._records.append(record)
            if not self._file.closed:
                self._file.write(encode(record))

    def history(self) -> History:
        """Return what was recorded so far."""
        with self._lock:
            return History(tuple(self._records))


def encode(record: Record) -> bytes:
    """Write a record as its line."""
    line = {
        "sequence": record.sequence,
        "at_seconds": record.at_seconds,
        "skipped_seconds": record.skipped_seconds,
        "kind": type(record.event).__name__,
        # Events hold no other dataclasses; `asdict` would look for them, which takes longer than all the rest.
        **{name: getattr(record.event, name) for name in record.event.__slots__},
    }
    return _LINES.encode(line).encode() + b"\n"


def read_history(path: Path) -> History:
    """Read a journal file again; raise EvidenceError with file and line for what is no record."""
    records: list[Record] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            records.append(decode(line))
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(
                f"{path}:{number}: this line is no record of a history: {error}",
                hint="a crash can cut the last line short; any other line was changed after it was written",
            ) from error
    return History(tuple(records))


def decode(line: bytes) -> Record:
    """Read a record from its line; raise ValueError, KeyError or TypeError when it is none."""
    fields = json.loads(line)
    sequence, kind = fields.pop("sequence"), KINDS[fields.pop("kind")]
    at_seconds, skipped_seconds = fields.pop("at_seconds"), fields.pop("skipped_seconds")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    if "outcome" in values:
        values["outcome"] = Outcome(fields["outcome"])
    return Record(sequence, at_seconds, skipped_seconds, kind(**values))
