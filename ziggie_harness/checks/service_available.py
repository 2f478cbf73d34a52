"""The service stays available: no client waits longer than was promised, fault or not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.client_events import RequestEnded
from ziggie_harness.model.history import PhaseEntered
from ziggie_harness.model.timeline import blow, failed, reasons, serving_region
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class _Outage:
    """A row of failed requests of one probe, without a success in between."""

    probe: str
    operation: str
    starts_seconds: float
    ends_seconds: float
    """When the request that succeeded again was acknowledged, or the end of the last failed one."""
    over: bool
    failures: tuple[RequestEnded, ...]

    @property
    def seconds(self) -> float:
        """Return how long it lasted, as far as it was seen."""
        return max(0.0, self.ends_seconds - self.starts_seconds)


@dataclass(frozen=True, slots=True)
class ServiceAvailable:
    """No client sees an outage longer than `at_most_seconds`, and at the end `region` serves, if one is named.

    An outage runs from the start of a request that failed to the acknowledgement of the next one of the same probe and
    operation that succeeded. Requests that ended before the first fault do not count, nor those before `phase` of the
    drill, if one is named.
    """

    at_most_seconds: float
    region: str = ""
    phase: str = ""
    name: ClassVar[str] = "service-available"

    def judge(self, history: History) -> Judgement:
        """Judge the longest outage of the watch, and who serves after it."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        since = history.first_fault_seconds() or 0.0
        if self.phase:
            entered = [at for at, event in history.of_kind(PhaseEntered) if event.phase == self.phase]
            if not entered:
                return Judgement(self.name, Verdict.UNKNOWN, f"the drill has no phase {self.phase!r}")
            since = max(since, entered[0])
        ended = [(at, request) for at, request in history.of_kind(RequestEnded) if at >= since]
        if not ended:
            return Judgement(
                self.name, Verdict.UNKNOWN, "no request ended after the fault, so nobody knows what clients saw"
            )
        outages = [outage for row in _rows(ended) for outage in _outages(row)]
        longest = max(outages, key=lambda outage: outage.seconds, default=None)
        failures = sum(failed(request) for _, request in ended)
        numbers = (
            Measurement("longest outage", longest.seconds if longest else 0.0, "s", self.at_most_seconds),
            Measurement("failed requests", failures, "requests"),
            Measurement("requests", len(ended), "requests"),
        )
        verdict, sentence = self._verdict(longest, outages, len(ended))
        if verdict is Verdict.PASSED and self.region and serving_region(history) != self.region:
            verdict = Verdict.FAILED
            sentence += f"; but at the end {serving_region(history) or 'no region'} serves and not {self.region}"
        return Judgement(self.name, verdict, sentence, numbers)

    def _verdict(self, longest: _Outage | None, outages: Sequence[_Outage], requests: int) -> tuple[Verdict, str]:
        """Compare the longest outage with the promise; one that is not over may still grow."""
        if longest is None:
            return Verdict.PASSED, f"all {requests} requests after the fault succeeded"
        sentence = f"unavailable for {longest.seconds:.1f} s of {self.at_most_seconds:g} s: {_told(longest)}"
        if longest.seconds > self.at_most_seconds:
            return Verdict.FAILED, sentence
        going_on = next((outage for outage in outages if not outage.over), None)
        if going_on is not None:
            return Verdict.UNKNOWN, f"{sentence}; an outage was not over when the watch ended: {_told(going_on)}"
        return Verdict.PASSED, sentence


def _rows(ended: Sequence[tuple[float, RequestEnded]]) -> Iterator[Sequence[tuple[float, RequestEnded]]]:
    """Yield the requests of each probe and operation, ordered by their start.

    Probes are kept apart: one that is served must not hide that another is not.
    """

    def kind(pair: tuple[float, RequestEnded]) -> tuple[str, str]:
        return pair[1].probe, pair[1].operation

    for _, row in groupby(sorted(ended, key=kind), key=kind):
        yield sorted(row, key=lambda pair: pair[1].started_seconds)


def _outages(row: Sequence[tuple[float, RequestEnded]]) -> Iterator[_Outage]:
    """Yield the outages that one probe saw."""
    for unserved, group in groupby(enumerate(row), key=lambda numbered: failed(numbered[1][1])):
        if not unserved:
            continue
        numbers, pairs = zip(*group, strict=True)
        after = numbers[-1] + 1
        over = after < len(row)
        first = pairs[0][1]
        ends = row[after][0] if over else max(at for at, _ in pairs)
        yield _Outage(
            first.probe, first.operation, first.started_seconds, ends, over, tuple(request for _, request in pairs)
        )


def _told(outage: _Outage) -> str:
    """Tell who saw an outage, when, and what the requests said."""
    return (
        f"{outage.probe} had {len(outage.failures)} failed {outage.operation}s in a row from "
        f"{outage.starts_seconds:.1f} s to {outage.ends_seconds:.1f} s of drill time, "
        f"which said {reasons(outage.failures)}"
    )
