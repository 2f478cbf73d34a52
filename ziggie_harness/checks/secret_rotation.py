"""After a failover the secrets can be changed: a rotation is the first write that a promoted secret sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.secret_events import SecretRotated
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class SecretRotation:
    """Every rotation of a secret that was tried was accepted."""

    name: ClassVar[str] = "secret-rotation"

    def judge(self, history: History) -> Judgement:
        """Judge every rotation."""
        tried = [event for _, event in history.of_kind(SecretRotated)]
        refused = [event for event in tried if not event.accepted]
        numbers = (Measurement("rotations refused", len(refused), "rotations", 0),)
        if reason := blow(history).objection or ("" if tried else "nobody tried to rotate a secret"):
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        if refused:
            first = refused[0]
            sentence = f"{first.secret} cannot be rotated in {first.region}, where the service is now: {first.reason}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"all {len(tried)} rotations were accepted", numbers)
