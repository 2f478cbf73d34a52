"""What the owner was told of the replication is true: rules that stand there may copy nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ObjectReplicated, ReplicationVerified
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class VerificationTells:
    """Each verification says what the objects say that were copied last before it: that it works, or that it does not.

    Source: guide §8, "Verify replication is working".
    """

    name: ClassVar[str] = "replication-verified"

    def judge(self, history: History) -> Judgement:
        """Judge each verification by the objects before it."""
        objection = blow(history).objection
        told, wrong = [], []
        for at, verified in history.of_kind(ReplicationVerified):
            before = [
                event
                for when, event in history.of_kind(ObjectReplicated)
                if when <= at and event.bucket == verified.bucket
            ]
            if not before:
                continue
            last, says = before[-1], "works" if verified.works else "does not work"
            sentence = f"the {verified.way} said that the replication of {verified.bucket} {says} ({verified.finding})"
            if verified.works != (last.status == "COMPLETED"):
                reason = f" ({last.reason})" if last.reason else ""
                wrong.append(f"{sentence}, while {last.key} was {last.status}{reason}")
            told.append(sentence)
        if objection is not None or not told:
            sentence = objection or "nobody verified the replication while objects were copied"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        numbers = (Measurement("wrong verifications", len(wrong), "verifications", 0),)
        if wrong:
            return Judgement(self.name, Verdict.FAILED, "; ".join(wrong), numbers)
        return Judgement(self.name, Verdict.PASSED, f"{'; '.join(told)}, and so it was", numbers)
