"""A client's account of what it was promised, kept outside every database: an append-only file of fixed entries.

An attempt has an entry before it is sent and one when its outcome is known, so what was acknowledged is known whatever
happens to whom. Attempts of one ledger end in the order of their numbers. An entry has 24 bytes: a double, the drill
time; an unsigned integer of 64 bits, the attempt's number; a byte, its kind (little endian); seven bytes of nothing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ziggie_harness.model.client_events import Outcome

ENTRY: Final = struct.Struct("<dQB7x")

SENT: Final = 0

KINDS: Final = {Outcome.ACKNOWLEDGED: 1, Outcome.REFUSED: 2, Outcome.INDETERMINATE: 3}
"""The kinds of the second entry of an attempt."""

OUTCOMES: Final = {kind: outcome for outcome, kind in KINDS.items()}

ENTRIES_READ: Final = 4096
"""How many entries are in memory while a ledger is read."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One write: when it was sent, and what its client was told, when."""

    number: int
    sent_seconds: float
    outcome: Outcome
    ended_seconds: float


class Ledger:
    """A ledger that is written. Entries reach the kernel in one call, so a killed writer loses at most that call."""

    def __init__(self, path: Path) -> None:
        """Open the file for appending."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> Self:
        """Return the open ledger."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def sent(self, numbers: range, at_seconds: float) -> None:
        """Enter attempts that are about to be sent."""
        self._append(SENT, numbers, at_seconds)

    def ended(self, numbers: range, outcome: Outcome, at_seconds: float) -> None:
        """Enter what became of attempts."""
        self._append(KINDS[outcome], numbers, at_seconds)

    def _append(self, kind: int, numbers: range, at_seconds: float) -> None:
        """Write one entry for each number."""
        os.write(self._descriptor, b"".join([ENTRY.pack(at_seconds, number, kind) for number in numbers]))


def attempts(path: Path) -> Iterator[Attempt]:
    """Yield the attempts of a ledger in the order of their numbers, with little memory.

    One without an outcome is indeterminate, and so is everybody's memory of half an entry at the end of the file.
    """
    under_way: dict[int, float] = {}
    last_seconds = 0.0
    with path.open("rb") as file:
        while chunk := file.read(ENTRY.size * ENTRIES_READ):
            whole = len(chunk) - len(chunk) % ENTRY.size
            for last_seconds, number, kind in ENTRY.iter_unpack(chunk[:whole]):
                if kind == SENT:
                    under_way[number] = last_seconds
                else:
                    yield Attempt(number, under_way.pop(number), OUTCOMES[kind], last_seconds)
    for number, sent_seconds in under_way.items():
        yield Attempt(number, sent_seconds, Outcome.INDETERMINATE, last_seconds)
