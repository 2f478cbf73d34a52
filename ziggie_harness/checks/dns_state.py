"""DNS leads where it should, at the authority and through caches, and does not wander."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.client_events import AUTHORITY, NameResolved
from ziggie_harness.model.history import EndpointChecked
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ziggie_harness.model.history import History

ROUNDING_SECONDS: Final = 1.0
"""A TTL is a whole number of seconds (RFC 1035, section 3.2.1), so a cache may be late by up to one."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer for the record, in seconds of drill time."""

    at_seconds: float
    vantage: str
    addresses: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class _Zone:
    """What was answered for the record around a fault, and what was expected."""

    fault_seconds: float
    expected: frozenset[str]
    moves: Sequence[_Answer]
    """The authority's answers that differ from the one before; the first of them is what it answered at the fault."""
    authority: Sequence[_Answer]
    """Every answer of the authority since the fault."""
    caches: Sequence[_Answer]
    """Every answer through a cache since the fault."""
    failures: Sequence[tuple[float, str]]
    """When a health checker first found its endpoint sick, and why."""

    def fits(self, answer: _Answer) -> bool:
        """Say whether an answer leads only where it should."""
        return bool(answer.addresses) and answer.addresses <= self.expected

    def strays(self, answer: _Answer) -> bool:
        """Say whether an answer leads somewhere else; an empty one leads nowhere."""
        return not answer.addresses <= self.expected

    @property
    def switched_seconds(self) -> float:
        """Return when the authority took the answer with which it ended."""
        return self.moves[-1].at_seconds

    @property
    def went_back(self) -> bool:
        """Say whether the authority left the answer from before the fault and ended with it again."""
        return len(self.moves) > 1 and self.moves[-1].addresses == self.moves[0].addresses

    @property
    def cause(self) -> str:
        """Return what most health checkers said from the fault to the first switch, as the end of a sentence."""
        until = self.moves[1].at_seconds if len(self.moves) > 1 else self.fault_seconds
        said = Counter(reason for at, reason in self.failures if self.fault_seconds <= at <= until)
        return f"; before the first, most health checkers said {said.most_common(1)[0][0]!r}" if said else ""

    def after_fault(self, at_seconds: float) -> str:
        """Write a drill time in relation to the fault."""
        since = at_seconds - self.fault_seconds
        return f"{since:.1f} s after the fault" if since >= 0 else f"{-since:.1f} s before the fault"


@dataclass(frozen=True, slots=True)
class DnsState:
    """The record leads to `addresses` from `by_seconds` after the fault to the end, after `switches_at_most` switches.

    No addresses stand for those that the authority answered before the fault: with `switches_at_most=0` this says that
    DNS does not move. Without `by_seconds` only the end counts. Caches have to follow the authority's last switch
    within `ttl_seconds`. An empty `record` stands for the only name that was looked up.
    """

    record: str
    addresses: tuple[str, ...]
    ttl_seconds: float
    switches_at_most: int
    by_seconds: float | None = None
    name: ClassVar[str] = "dns-state"

    @property
    def _due_seconds(self) -> float:
        """When after the fault the record has to lead there; never, if only the end counts."""
        return math.inf if self.by_seconds is None else self.by_seconds

    def judge(self, history: History) -> Judgement:
        """Judge the answers of the authority and of the caches."""
        fault = blow(history)
        if fault.objection is not None:
            return self._judgement(Verdict.UNKNOWN, fault.objection)
        names = {_canonical(answer.name) for _, answer in history.of_kind(NameResolved)}
        record = _canonical(self.record) or (min(names) if len(names) == 1 else "")
        if record not in names:
            return self._judgement(Verdict.UNKNOWN, _nobody_asked(self.record, names))
        zone = self._zone(history, record, fault.at_seconds)
        numbers = self._numbers(zone)
        objections = [*self._at_authority(zone), *self._through_caches(zone)]
        if objections:
            return Judgement(self.name, Verdict.FAILED, f"{record}: {'; '.join(objections)}", numbers)
        missing = self._missing(zone)
        if missing is not None:
            return Judgement(self.name, Verdict.UNKNOWN, f"{record}: {missing}", numbers)
        return Judgement(self.name, Verdict.PASSED, self._holds(record, zone), numbers)

    def _zone(self, history: History, record: str, fault_seconds: float) -> _Zone:
        """Gather the answers for the record, apart by authority and caches."""
        answers = [
            _Answer(at, answer.vantage, frozenset(answer.addresses), answer.reason)
            for at, answer in history.of_kind(NameResolved)
            if _canonical(answer.name) == record
        ]
        authority = [answer for answer in answers if answer.vantage == AUTHORITY]
        before = [answer for answer in authority if answer.addresses and answer.at_seconds < fault_seconds]
        moves = before[-1:]
        for answer in authority:
            known = moves[-1].addresses if moves else None
            if answer.at_seconds >= fault_seconds and answer.addresses and answer.addresses != known:
                moves.append(answer)
        expected = frozenset(self.addresses) or (before[-1].addresses if before else frozenset())
        since = [answer for answer in answers if answer.at_seconds >= fault_seconds]
        return _Zone(
            fault_seconds=fault_seconds,
            expected=expected,
            moves=moves,
            authority=[answer for answer in since if answer.vantage == AUTHORITY],
            caches=[answer for answer in since if answer.vantage != AUTHORITY],
            failures=[(at, event.reason) for at, event in history.of_kind(EndpointChecked) if not event.healthy],
        )

    def _at_authority(self, zone: _Zone) -> Iterator[str]:
        """Yield what is wrong with the authority's answers."""
        if not zone.authority or not zone.expected:
            return
        last = zone.authority[-1]
        late = [a for a in zone.authority if zone.strays(a) and a.at_seconds >= zone.fault_seconds + self._due_seconds]
        if not last.addresses:
            yield f"the authority's last answer is empty ({last.reason or 'no reason was given'})"
        elif not zone.fits(last):
            back = ", for it went back to where it led before the fault" if zone.went_back else ""
            yield f"the authority answers {_listed(last.addresses)} at the end, expected {_listed(zone.expected)}{back}"
        elif late:
            yield (
                f"the authority answered {_listed(late[-1].addresses)} {zone.after_fault(late[-1].at_seconds)}, "
                f"expected {_listed(zone.expected)} from {self._due_seconds:g} s on"
            )
        switches = zone.moves[1:]
        if len(switches) > self.switches_at_most:
            told = ", ".join(f"to {_listed(move.addresses)} {zone.after_fault(move.at_seconds)}" for move in switches)
            counted = f"the authority switched {len(switches)} times, at most {self.switches_at_most} expected"
            yield f"{counted}: {told}{zone.cause}"

    def _through_caches(self, zone: _Zone) -> Iterator[str]:
        """Yield what is wrong with the answers through caches, once the authority ended as expected."""
        if not zone.authority or not zone.moves or not zone.expected or not zone.fits(zone.moves[-1]):
            return
        deadline = min(
            zone.switched_seconds + self.ttl_seconds + ROUNDING_SECONDS, zone.fault_seconds + self._due_seconds
        )
        stale = [answer for answer in zone.caches if zone.strays(answer) and answer.at_seconds > deadline]
        if stale:
            last = stale[-1]
            yield (
                f"a cache in {last.vantage} still answered {_listed(last.addresses)} "
                f"{zone.after_fault(last.at_seconds)}, though the authority answered {_listed(zone.expected)} since "
                f"{zone.after_fault(zone.switched_seconds)} and the TTL is {self.ttl_seconds:g} s"
            )
        late = [answer for answer in zone.caches if answer.at_seconds > deadline]
        if late and not any(answer.addresses for answer in late):
            yield f"all {len(late)} late answers through caches are empty ({late[-1].reason or 'no reason was given'})"

    def _missing(self, zone: _Zone) -> str | None:
        """Return which evidence is missing to say that the state is as expected, or None."""
        if not zone.expected:
            return "the authority was not asked before the fault, so nobody knows whether its answer moved"
        if not zone.authority:
            return "the authority was not asked after the fault"
        last = {answer.vantage: answer for answer in zone.caches if answer.addresses}
        if not last:
            return "no answer came through a cache after the fault"
        behind = sorted(vantage for vantage, answer in last.items() if zone.strays(answer))
        if behind:
            return f"the watch ended within the TTL, before the caches in {', '.join(behind)} had to follow"
        if all(answer.at_seconds < zone.switched_seconds for answer in last.values()):
            return "nobody asked through a cache after the authority's last switch"
        return None

    def _holds(self, record: str, zone: _Zone) -> str:
        """Say what was seen when all is as expected."""
        switches = zone.moves[1:]
        moved = f"since {zone.after_fault(zone.switched_seconds)}" if switches else "as before the fault"
        empty = _empty(zone)
        hint = f"; {empty} answers were empty" if empty else ""
        return (
            f"{record} leads to {_listed(zone.expected)} at the authority and through caches, {moved}, "
            f"after {len(switches)} switches of at most {self.switches_at_most}{hint}"
        )

    def _numbers(self, zone: _Zone) -> tuple[Measurement, ...]:
        """Measure switches, negative answers, and how long the authority and the caches took."""
        numbers = [
            Measurement("switches", max(0, len(zone.moves) - 1), "switches", self.switches_at_most),
            Measurement("negative answers", _empty(zone), "answers"),
        ]
        if len(zone.moves) > 1 and zone.fits(zone.moves[-1]):
            after_seconds = zone.switched_seconds - zone.fault_seconds
            numbers.append(Measurement("authority switched", after_seconds, "s", self.by_seconds))
            lags = list(_lags(zone))
            if lags:
                numbers.append(Measurement("caches followed", max(lags), "s", self.ttl_seconds))
        return tuple(numbers)

    def _judgement(self, verdict: Verdict, sentence: str) -> Judgement:
        """Return a judgement without numbers."""
        return Judgement(self.name, verdict, sentence)


def _lags(zone: _Zone) -> Iterator[float]:
    """Yield for each cache that followed how long after the authority it first answered as expected for good."""
    for vantage in sorted({answer.vantage for answer in zone.caches}):
        answers = [answer for answer in zone.caches if answer.vantage == vantage and answer.addresses]
        strayed = [number for number, answer in enumerate(answers) if zone.strays(answer)]
        rest = answers[strayed[-1] + 1 :] if strayed else answers
        if rest:
            yield max(0.0, rest[0].at_seconds - zone.switched_seconds)


def _empty(zone: _Zone) -> int:
    """Count the answers without an address."""
    return sum(not answer.addresses for answer in (*zone.authority, *zone.caches))


def _canonical(name: str) -> str:
    """Return a name as DNS compares it: in small letters, without the root's dot."""
    return name.lower().rstrip(".")


def _listed(addresses: Collection[str]) -> str:
    """List addresses in a stable order."""
    return ", ".join(sorted(addresses)) or "nothing"


def _nobody_asked(record: str, names: Collection[str]) -> str:
    """Say that there is no evidence about the record, and about which names there is."""
    if not names:
        return f"nobody looked up {record or 'any name'}"
    known = ", ".join(sorted(names))
    return (
        f"nobody looked up {record}, only {known}"
        if record
        else f"several names were looked up, so one has to be named: {known}"
    )
