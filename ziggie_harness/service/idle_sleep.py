"""sleep(1) on the drill's clock: what an owner's script waits for by `sleep` is idleness and need not be real time.

Accepts what GNU sleep accepts: numbers with s, m, h or d, which are added up.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Final

from ziggie_harness.kernel.process_clock import clock_of

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds of each suffix. Source: GNU coreutils manual, "sleep: Delay for a specified time"."""

PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)([smhd]?)")


def seconds_of(words: Sequence[str]) -> float | None:
    """Return how long the arguments of sleep(1) ask to wait, in seconds, or None when they are none."""
    parts = [PART.fullmatch(word) for word in words]
    if not parts or not all(parts):
        return None
    return sum(float(part[1]) * UNITS[part[2]] for part in parts if part)


def main() -> int:
    """Sleep; return the exit status."""
    seconds = seconds_of(sys.argv[1:])
    if seconds is None:
        sys.stderr.write(f"sleep: invalid time interval {' '.join(sys.argv[1:])!r}\n")
        return 1
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # bash learns by it that Ctrl-C was meant for the script
    clock = clock_of(os.environ)
    with clock.actor("sleep"):
        clock.sleep_until(clock.now() + seconds)
    return 0
