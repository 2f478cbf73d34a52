"""The buckets of both regions hold the same versions: what differs is named, with why it was not copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ObjectsCompared
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

LISTED: Final = 3
"""So many versions are named in the sentence; the history has more."""


@dataclass(frozen=True, slots=True)
class ObjectParity:
    """After the fault both buckets were compared, and hold the same versions and delete markers, tags and metadata."""

    name: ClassVar[str] = "object-parity"

    def judge(self, history: History) -> Judgement:
        """Judge the last comparison."""
        fault = blow(history)
        last = [event for at, event in history.of_kind(ObjectsCompared) if at >= fault.at_seconds][-1:]
        objection = fault.objection or (None if last else "the buckets were not compared after the fault")
        if objection is None and max(last[0].versions_left, last[0].versions_right) <= 0:
            objection = "neither bucket holds a single object, so nothing was compared"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        [found] = last
        differing = found.only_left + found.only_right + found.different
        numbers = (
            Measurement("versions compared", max(found.versions_left, found.versions_right), "versions"),
            Measurement("versions in the first bucket alone", found.only_left, "versions", 0),
            Measurement("versions in the second bucket alone", found.only_right, "versions", 0),
            Measurement("versions that differ", found.different, "versions", 0),
        )
        sides = f"{found.left} and {found.right}"
        if differing:
            told = (
                f"{sides} differ in {differing} versions ({found.only_left} only left, {found.only_right} only right, "
                f"{found.different} different): {'; '.join(found.examples[:LISTED]) or 'none is named'}"
            )
            return Judgement(self.name, Verdict.FAILED, told, numbers)
        told = f"{sides} hold the same {found.versions_left} versions"
        return Judgement(self.name, Verdict.PASSED, told, numbers)
