"""Every secret is replicated, and its owners can see it: before the disaster is the time to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import ReplicationTold
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

IN_SYNC = "InSync"


@dataclass(frozen=True, slots=True)
class SecretReplication:
    """The command by which the owners look told of every secret that its replica is in sync."""

    name: ClassVar[str] = "secret-replication"

    def judge(self, history: History) -> Judgement:
        """Judge what the owners were told."""
        told = [event for _, event in history.of_kind(ReplicationTold)]
        wrong = [event for event in told if event.status != IN_SYNC]
        numbers = (Measurement("secrets that are not replicated", len(wrong), "secrets", 0),)
        if reason := blow(history).objection or ("" if told else "nobody looked whether secrets are replicated"):
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        if not wrong:
            return Judgement(self.name, Verdict.PASSED, f"all {len(told)} secrets are replicated", numbers)
        first = wrong[0]
        if first.status:
            sentence = f"{first.secret} is not replicated, its replica is {first.status}: {first.reason}"
        else:
            sentence = f"nobody can tell whether {first.secret} is replicated: `{first.command}` says {first.reason}"
        return Judgement(self.name, Verdict.FAILED, sentence, numbers)
