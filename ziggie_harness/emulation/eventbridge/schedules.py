"""Schedules of rules: a rate, such as rate(5 minutes).

Source: EventBridge user guide, "Setting a schedule pattern for scheduled rules", "Rate expressions": value and unit,
the unit in the singular for 1 and in the plural for more. Expressions of cron are not emulated.
"""

from __future__ import annotations

import re
from typing import Final

UNITS: Final = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}

RATE: Final = re.compile(r"rate\((?P<value>[1-9]\d*) (?P<unit>minute|hour|day)(?P<plural>s?)\)")


def is_rate(expression: str) -> bool:
    """Say whether a schedule is a rate."""
    found = RATE.fullmatch(expression)
    return found is not None and (found["value"] == "1") != bool(found["plural"])


def rate_of(seconds: float) -> str:
    """Return the schedule of a rate in whole minutes."""
    minutes = round(seconds / UNITS["minute"])
    return f"rate({minutes} minute{'s' if minutes > 1 else ''})"


def seconds_of(expression: str) -> float:
    """Return the period of a rate; ValueError for what is none."""
    found = RATE.fullmatch(expression)
    if found is None:
        raise ValueError(f"{expression} is no rate")
    return int(found["value"]) * UNITS[found["unit"]]
