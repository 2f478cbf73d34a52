"""One scenario as it was played: the requirement behind it, and its row of the summary."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.tags import MUST_FAIL, check_of

VERDICTS: Final = {
    Ending.PASSED: "PASSED",
    Ending.CAUGHT: "FAILED",
    Ending.FAILED: "FAILED",
    Ending.UNKNOWN: "UNKNOWN",
    Ending.SKIPPED: "UNKNOWN",
    Ending.ERROR: "ERROR",
}
"""What a drill says about the drilled design, by how its scenario ended."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was required, and what came of it."""

    requirement: Requirement
    row: Row
    root_sha256: str = ""
    """The digest of everything in the sealed bundle; nothing when the scenario left none."""

    @property
    def is_sabotage(self) -> bool:
        """Whether the scenario has a defect on purpose, and passes only when its check notices."""
        return MUST_FAIL in self.requirement.tags

    @property
    def expected_check(self) -> str | None:
        """The check that has to notice the sabotage, or None."""
        return check_of(self.requirement.tags)

    @property
    def verdict(self) -> str:
        """PASSED, FAILED, UNKNOWN, or ERROR of the harness itself: what the drill says about the drilled design.

        A sabotage that was caught is FAILED, for the design with the defect does not keep the promise.
        """
        return VERDICTS[self.row.ending]

    def outcome(self) -> Mapping[str, object]:
        """Return what a record keeps of it; the numbers stand in the verdicts, and nowhere twice."""
        return {
            "requirement": {**dataclasses.asdict(self.requirement), "tags": sorted(self.requirement.tags)},
            "ending": self.row.ending.value,
            "sentence": self.row.sentence,
            "caught_by": self.row.caught_by,
        }

    def encode(self) -> str:
        """Write it as text, to travel from a test worker to where the summary is printed."""
        return json.dumps(
            {"outcome": self.outcome(), "row": self.row.encode(), "root_sha256": self.root_sha256}, sort_keys=True
        )

    @staticmethod
    def decode(text: str) -> Played:
        """Read what `encode` wrote."""
        fields = json.loads(text)
        return Played(
            requirement_of(fields["outcome"]["requirement"]), Row.decode(fields["row"]), fields["root_sha256"]
        )

    @staticmethod
    def of_outcome(outcome: Mapping[str, object]) -> Played:
        """Read what `outcome` returned; the row has no numbers yet. Raises KeyError, TypeError, ValueError."""
        requirement = requirement_of(outcome["requirement"])
        row = Row(
            requirement.feature,
            requirement.scenario,
            Ending(str(outcome["ending"])),
            line=requirement.line,
            sentence=str(outcome["sentence"]),
            caught_by=str(outcome["caught_by"]),
        )
        return Played(requirement, row)


def requirement_of(fields: object) -> Requirement:
    """Read a requirement from a record; raise TypeError or KeyError for what is none."""
    if not isinstance(fields, Mapping):
        raise TypeError("a requirement is a mapping")
    return Requirement(**{**fields, "tags": frozenset(fields["tags"])})
