"""A survivor is a past state of what was acknowledged: it has no holes, and nothing in it came from nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import LoadSurveyed
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow, serving_region, surveyed_load
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class SetFull:
    """Each acknowledged write of a load is there, but for the last ones, which an asynchronous copy never received.

    How many of the last may be lost is the recovery point's affair. A write that is missing although a later one is
    there was received and lost again; one that is there although it was refused or never sent was made up. What was
    never answered may be there or not. In the manner of Jepsen's set-full.
    """

    name: ClassVar[str] = "set-full"

    def judge(self, history: History) -> Judgement:
        """Judge what the region that serves has of the load."""
        objection, region = blow(history).objection, serving_region(history)
        load = surveyed_load(history, region)
        if objection is None and load is None:
            objection = f"no load was read back in {region or 'the region that serves at the end'}"
        if objection is not None or load is None:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "")
        numbers = (
            Measurement("acknowledged writes of the load", load.acknowledged, "writes"),
            Measurement("lost although later ones are there", load.holes, "writes", 0),
            Measurement("lost from the end", load.missing - load.holes, "writes"),
            Measurement("there without an answer", load.recovered, "writes"),
        )
        wrong = _wrong(load)
        if wrong:
            return Judgement(self.name, Verdict.FAILED, f"{region} " + "; ".join(wrong), numbers)
        kept = load.acknowledged - load.missing
        sentence = f"{region} has {kept} of {load.acknowledged} acknowledged writes without a hole, and none of its own"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)


def _wrong(load: LoadSurveyed) -> list[str]:
    """Tell what no past state of the acknowledged writes can have."""
    told = []
    if load.holes:
        named = ", ".join(load.missing_examples)
        told.append(f"lost {load.holes} acknowledged writes although later ones are there: {named}")
    if load.unexplained:
        told.append(f"has writes that were refused or never sent: {', '.join(load.unexplained)}")
    return told
