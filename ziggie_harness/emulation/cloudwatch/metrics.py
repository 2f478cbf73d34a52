"""Metrics: values with a time, which an alarm sees as one number for each period."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "Sum": sum,
    "SampleCount": lambda values: float(len(values)),
}
"""Source: botocore service model, cloudwatch, shape Statistic."""

HISTORY_SECONDS: Final = 86_400.0
"""How long values are kept: alarms look no further back (PutMetricAlarm: "no longer than one day")."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What names a metric within a region: another dimension makes another metric (CloudWatch user guide, Concepts)."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @staticmethod
    def of(namespace: str, name: str, dimensions: Iterable[Mapping[str, str]]) -> Metric:
        """Return the metric that a request names."""
        return Metric(namespace, name, frozenset((each["Name"], each["Value"]) for each in dimensions))

    def __str__(self) -> str:
        """Return namespace, name and dimensions."""
        told = ", ".join(f"{name}={value}" for name, value in sorted(self.dimensions))
        return f"{self.namespace} {self.name}{f' ({told})' if told else ''}"


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of a metric, and from when on CloudWatch shows it."""

    at_seconds: float
    shown_seconds: float
    value: float


class Metrics:
    """The metrics of one region, by drill time. Safe to use from many threads at once."""

    def __init__(self) -> None:
        """Know no value yet."""
        self._lock = threading.Lock()
        self._values: defaultdict[Metric, list[_Value]] = defaultdict(list)

    def put(self, metric: Metric, at_seconds: float, value: float, *, shown_seconds: float | None = None) -> None:
        """Keep a value of a time, which is shown at once or from a later time on."""
        shown = at_seconds if shown_seconds is None else shown_seconds
        with self._lock:
            values = self._values[metric]
            values.append(_Value(at_seconds, shown, value))
            while values[0].at_seconds < at_seconds - HISTORY_SECONDS:
                values.pop(0)

    def count(self, metric: Metric) -> int:
        """Return how many values a metric ever had, within what is kept."""
        with self._lock:
            return len(self._values.get(metric, ()))

    def points(
        self, metric: Metric, statistic: str, period_seconds: float, periods: int, now_seconds: float
    ) -> list[float | None]:
        """Return the statistic of each of the last periods, the oldest first; None where nothing is shown yet."""
        with self._lock:
            shown = [value for value in self._values.get(metric, ()) if value.shown_seconds <= now_seconds]
        found: list[float | None] = []
        for number in range(periods, 0, -1):
            begins = now_seconds - number * period_seconds
            within = [value.value for value in shown if begins <= value.at_seconds < begins + period_seconds]
            found.append(STATISTICS[statistic](within) if within else None)
        return found
