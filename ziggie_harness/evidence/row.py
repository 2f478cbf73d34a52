"""One scenario's line of the summary: how it ended, and its numbers beside what was promised."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ziggie_harness.model.fidelity import Fidelity
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ziggie_harness.model.fidelity import Capability, Offer
    from ziggie_harness.model.verdict import Judgement


class Ending(StrEnum):
    """How a scenario ended, as a person says it."""

    PASSED = "passed"
    CAUGHT = "caught"
    """A sabotage that the named check noticed: what a scenario that must fail is for."""
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    """The evidence does not suffice for either verdict; the build fails."""
    FAILED = "failed"
    ERROR = "error"
    """The harness itself could not go on; nothing is said about the requirement."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario in the summary; what was not measured is None or empty."""

    feature: str
    scenario: str
    ending: Ending
    line: int = 0
    """The scenario's line in its file, which gives the rows of a feature their order."""
    sentence: str = ""
    """Why it ended so: what did not hold, why it was skipped, how the sabotage was noticed."""
    caught_by: str = ""
    rto_seconds: float | None = None
    rto_objective_seconds: float | None = None
    rpo_seconds: float | None = None
    rpo_objective_seconds: float | None = None
    lost_writes: int | None = None
    fidelity: Fidelity | None = None
    weakest: tuple[str, ...] = ()
    """The capabilities with the lowest fidelity of those that the drill used."""
    drill_seconds: float = 0.0
    skipped_seconds: float = 0.0
    evidence: str = ""
    """The folder of the sealed bundle."""

    def judged(self, judgements: Sequence[Judgement]) -> Row:
        """Return the row with the numbers of these judgements, and the sentences of those that do not hold."""
        numbers = {number.name: number for judgement in judgements for number in judgement.measurements}
        broken = [judgement for judgement in judgements if judgement.verdict is not Verdict.PASSED]
        rto, rpo, lost = numbers.get("RTO"), numbers.get("RPO"), numbers.get("lost writes")
        return dataclasses.replace(
            self,
            sentence="; ".join(f"{judgement.check}: {judgement.sentence}" for judgement in broken) or self.sentence,
            rto_seconds=rto.value if rto else self.rto_seconds,
            rto_objective_seconds=rto.objective if rto else self.rto_objective_seconds,
            rpo_seconds=rpo.value if rpo else self.rpo_seconds,
            rpo_objective_seconds=rpo.objective if rpo else self.rpo_objective_seconds,
            lost_writes=round(lost.value) if lost else self.lost_writes,
        )

    def standing_on(self, capabilities: Mapping[Capability, Offer]) -> Row:
        """Return the row with the lowest fidelity of the capabilities that the drill used, and which they are."""
        if not capabilities:
            return self
        lowest = Fidelity.lowest(offer.fidelity for offer in capabilities.values())
        weakest = sorted(capability.value for capability, offer in capabilities.items() if offer.fidelity is lowest)
        return dataclasses.replace(self, fidelity=lowest, weakest=tuple(weakest))

    def encode(self) -> str:
        """Write the row as text, to travel from a test worker to where the summary is printed."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def decode(text: str) -> Row:
        """Read a row that `encode` wrote."""
        fields = json.loads(text)
        fields["ending"] = Ending(fields["ending"])
        fields["weakest"] = tuple(fields["weakest"])
        fields["fidelity"] = None if fields["fidelity"] is None else Fidelity(fields["fidelity"])
        return Row(**fields)
