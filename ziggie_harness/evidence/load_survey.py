"""What became of each write of a load: its ledger beside what can be read, both in one pass and with little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ziggie_harness.kernel.ledger import Attempt
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.database_events import LoadSurveyed

EXAMPLES: Final = 10
"""How many writes of a kind are named."""


@dataclass(slots=True)
class _Tally:
    """What was counted so far."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    missing: int = 0
    holes: int = 0
    oldest_seconds: float = 0.0
    newest_sent_seconds: float = 0.0
    examples: list[str] = field(default_factory=list)
    recovered: int = 0
    unexplained: list[str] = field(default_factory=list)

    def miss(self, attempt: Attempt) -> None:
        """Count an acknowledged write that cannot be read."""
        if not self.missing:
            self.oldest_seconds = attempt.ended_seconds
        self.missing += 1
        self.newest_sent_seconds = max(self.newest_sent_seconds, attempt.sent_seconds)
        if len(self.examples) < EXAMPLES:
            self.examples.append(str(attempt.number))

    def wonder(self, number: int) -> None:
        """Keep a write that nobody can explain."""
        if len(self.unexplained) < EXAMPLES:
            self.unexplained.append(str(number))


def survey(region: str, attempts: Iterable[Attempt], numbers: Iterable[int]) -> LoadSurveyed:
    """Compare a ledger with the numbers that can be read in a region; both come in the order of the numbers."""
    tally = _Tally()
    for attempt, number in _side_by_side(attempts, numbers):
        if attempt is None:
            tally.wonder(number)
            continue
        tally.outcomes[attempt.outcome] += 1
        is_there = number == attempt.number
        if attempt.outcome is Outcome.ACKNOWLEDGED and not is_there:
            tally.miss(attempt)
        if attempt.outcome is Outcome.ACKNOWLEDGED and is_there:
            # Whatever is missing so far was acknowledged before this one.
            tally.holes = tally.missing
        if attempt.outcome is Outcome.INDETERMINATE and is_there:
            tally.recovered += 1
        if attempt.outcome is Outcome.REFUSED and is_there:
            tally.wonder(number)
    return LoadSurveyed(
        region,
        tally.outcomes[Outcome.ACKNOWLEDGED],
        tally.outcomes[Outcome.REFUSED],
        tally.outcomes[Outcome.INDETERMINATE],
        tally.missing,
        tally.oldest_seconds,
        tally.newest_sent_seconds,
        tuple(tally.examples),
        tally.holes,
        tally.recovered,
        tuple(tally.unexplained),
    )


def _side_by_side(attempts: Iterable[Attempt], numbers: Iterable[int]) -> Iterator[tuple[Attempt | None, int]]:
    """Yield each attempt with its number, or 0 when that cannot be read, and None with each number never attempted."""
    left = iter(numbers)
    number = next(left, None)
    for attempt in attempts:
        while number is not None and number < attempt.number:
            yield None, number
            number = next(left, None)
        if number == attempt.number:
            yield attempt, attempt.number
            number = next(left, None)
        else:
            yield attempt, 0
    while number is not None:
        yield None, number
        number = next(left, None)
