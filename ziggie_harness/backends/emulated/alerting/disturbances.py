"""What can go wrong with events and metrics in a region, for as long as a fault is in force."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from ziggie_harness.model.errors import LabError

T = TypeVar("T")


@dataclass(slots=True)
class Disturbances:
    """The disturbances in force, by region. Safe to use from many threads at once."""

    _copies: dict[str, int] = field(default_factory=dict)
    _late_seconds: dict[str, float] = field(default_factory=dict)
    _blind: dict[str, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def copies(self, region: str) -> int:
        """Return how often an event reaches the rules of a region."""
        return self._copies.get(region, 1)

    def late_seconds(self, region: str) -> float:
        """Return how much later than usual an event reaches the rules of a region."""
        return self._late_seconds.get(region, 0.0)

    def blind(self, region: str) -> bool:
        """Say whether no value of a metric reaches CloudWatch in a region."""
        return self._blind.get(region, False)

    @contextmanager
    def events(self, region: str, *, copies: int = 1, late_seconds: float = 0.0) -> Iterator[None]:
        """Lose (no copy), double (two) or delay the events of a region, for the block."""
        with self._during(self._copies, region, copies), self._during(self._late_seconds, region, late_seconds):
            yield

    @contextmanager
    def blindness(self, region: str) -> Iterator[None]:
        """Let no value of a metric reach CloudWatch in a region, for the block."""
        with self._during(self._blind, region, True):  # noqa: FBT003 - the value that the table has meanwhile
            yield

    @contextmanager
    def _during(self, table: dict[str, T], region: str, value: T) -> Iterator[None]:
        """Set a disturbance for the block; LabError while another one of its kind is in force there."""
        with self._lock:
            if region in table:
                raise LabError(
                    f"events of {region} are disturbed already", hint="end the first fault before the second"
                )
            table[region] = value
        try:
            yield
        finally:
            with self._lock:
                del table[region]
