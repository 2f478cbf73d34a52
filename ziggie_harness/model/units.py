"""Durations as people write them: parse "15 min", print "15 min". Inside the harness a duration is float seconds."""

from __future__ import annotations

import math
import re
from typing import Final

SECONDS_PER_UNIT: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}

_DURATION: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]+)")


def parse_duration(text: str) -> float:
    """Return the seconds that a text such as "15 min", "5 s" or "250 ms" stands for; raise ValueError otherwise."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or match["unit"] not in SECONDS_PER_UNIT:
        raise ValueError(f"{text!r} is no duration; write a number and one of {', '.join(SECONDS_PER_UNIT)}: 15 min")
    number = float(match["number"])
    # Dividing by a whole number is exact where multiplying by 0.001 is not.
    seconds = number / 1000 if match["unit"] == "ms" else number * SECONDS_PER_UNIT[match["unit"]]
    if not math.isfinite(seconds):
        raise ValueError(f"{text!r} is longer than any drill")
    return seconds


def print_duration(seconds: float) -> str:
    """Return seconds as a person writes them: whole minutes, hours and days as such, below a second milliseconds.

    Rounded to a millisecond. Raises ValueError for a negative, an infinite or an undefined duration.
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"{seconds!r} s is no duration")
    milliseconds = round(seconds * 1000)
    if 0 < milliseconds < 1000:  # noqa: PLR2004 - a thousand milliseconds are a second
        return f"{milliseconds} ms"
    for unit in ("d", "h", "min"):
        size = round(SECONDS_PER_UNIT[unit] * 1000)
        # 60 s and 90 s are how people say it; from two minutes on, whole minutes are.
        if milliseconds >= 2 * size and milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    whole, rest = divmod(milliseconds, 1000)
    decimals = f".{rest:03d}".rstrip("0") if rest else ""
    return f"{whole}{decimals} s"
