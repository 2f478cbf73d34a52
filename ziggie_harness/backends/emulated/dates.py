"""The dates that a drill's times stand for, since AWS tells times as dates."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Timed(Protocol):
    """What dates need of a clock."""

    def now(self) -> float:
        """Return the drill time in seconds."""
        ...


class DrillDates:
    """Dates on a drill's clock: its time 0 is the wall's date when this was made, less the time that had passed."""

    def __init__(self, clock: Timed) -> None:
        """Tie the clock's present to the wall's."""
        self._clock = clock
        self._start = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=clock.now())

    def at(self, seconds: float) -> dt.datetime:
        """Return the date of a drill time."""
        return self._start + dt.timedelta(seconds=seconds)

    def seconds(self, date: dt.datetime) -> float:
        """Return the drill time of a date."""
        return (date - self._start).total_seconds()

    def now(self) -> dt.datetime:
        """Return the date of the present."""
        return self.at(self._clock.now())
