"""The writer does not move more often than it has to: each move is an interruption, and a chance to lose something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.timeline import blow
from ziggie_harness.model.turns import longest_turns
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from ziggie_harness.model.history import History


@dataclass(frozen=True, slots=True)
class WriterMoves:
    """The database that accepts writes moves from region to region at most `at_most` times.

    Counted are acceptances whose order is certain, also those before the fault.
    """

    at_most: int
    name: ClassVar[str] = "writer-moves"

    def judge(self, history: History) -> Judgement:
        """Judge how often the writer moved."""
        objection = blow(history).objection
        turns = longest_turns(history)
        moves = max(0, len(turns) - 1)
        numbers = (Measurement("moves of the writer", moves, "moves", self.at_most),)
        if objection is not None or not turns:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "nobody is known to have accepted a write")
        told = ", then ".join(f"{turn.region} (seen at {turn.until_seconds:.1f} s)" for turn in turns)
        verdict = Verdict.PASSED if moves <= self.at_most else Verdict.FAILED
        return Judgement(
            self.name, verdict, f"the writer moved {moves} times of at most {self.at_most}: {told}", numbers
        )
