"""What was lost, worked out from a ledger and a dump of the database alone: nothing of the harness is imported.

    python benchmarks/truth.py LEDGER DUMP FAULT_SECONDS

The dump has the number of each write that can be read, a line each, as ``COPY elements TO STDOUT`` prints them. The
ledger's entries have 24 bytes: time (double), number (unsigned, 64 bits), kind (byte: 0 sent, 1 acknowledged,
2 refused, 3 unanswered), 7 bytes of nothing.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

ACKNOWLEDGED = 1


@dataclass(frozen=True, slots=True)
class Truth:
    """How many were acknowledged, which of them are gone, and how old the oldest of these was at the fault."""

    acknowledged: int
    lost: tuple[int, ...]
    age_seconds: float


def truth(ledger: Path, dump: Path, fault_seconds: float) -> Truth:
    """Keep everything in memory, and compare sets."""
    present = {int(line) for line in dump.read_text(encoding="ascii").split()}
    entries = struct.iter_unpack("<dQb7x", ledger.read_bytes())
    acknowledged = {number: at for at, number, kind in entries if kind == ACKNOWLEDGED}
    lost = sorted(acknowledged.keys() - present)
    oldest = min((acknowledged[number] for number in lost), default=fault_seconds)
    return Truth(len(acknowledged), tuple(lost), max(0.0, fault_seconds - oldest))


if __name__ == "__main__":
    found = truth(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
    print(f"{found.acknowledged} acknowledged, {len(found.lost)} lost, the oldest {found.age_seconds:.6f} s old")
