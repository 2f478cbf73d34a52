"""Money is neither made nor lost: no transfer is half there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import TransfersRead
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow, serving_region
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class WholeTransfers:
    """Of each transfer that the region that serves has, it has both halves. In the manner of Jepsen's bank.

    A transfer that is lost as a whole is the recovery point's affair.
    """

    name: ClassVar[str] = "whole-transfers"

    def judge(self, history: History) -> Judgement:
        """Judge the last reading of the transfers in the region that serves."""
        objection, region = blow(history).objection, serving_region(history)
        readings = [event for _, event in history.of_kind(TransfersRead) if event.region == region and event.transfers]
        if objection is None and not readings:
            objection = f"no transfer was read in {region or 'the region that serves at the end'}"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        last = readings[-1]
        numbers = (
            Measurement("transfers", last.transfers, "transfers"),
            Measurement("half-applied transfers", last.halved, "transfers", 0),
        )
        if last.halved:
            sentence = f"{last.halved} of {last.transfers} transfers are half applied in {region}: "
            return Judgement(self.name, Verdict.FAILED, sentence + ", ".join(last.halved_examples), numbers)
        sentence = f"each of {last.transfers} transfers in {region} is whole"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
