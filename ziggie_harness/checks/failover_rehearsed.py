"""A test failover tests something: what the service would stand on took a write, and had it after a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History
from ziggie_harness.model.rehearsal_events import CopyTried
from ziggie_harness.model.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class FailoverRehearsed:
    """The last write on what the failover was tested with was acknowledged, and could be read after a restart."""

    name: ClassVar[str] = "failover-rehearsed"

    def judge(self, history: History) -> Judgement:
        """Judge the last try."""
        tried = [event for _, event in history.of_kind(CopyTried)]
        if not tried:
            return Judgement(self.name, Verdict.UNKNOWN, "no write was tried on a copy, so nothing was tested")
        last = tried[-1]
        if last.accepted and last.read_back:
            sentence = f"{last.tried} in {last.region} took a write, and had it after a restart"
            return Judgement(self.name, Verdict.PASSED, sentence)
        what = "lost a write that it had acknowledged" if last.accepted else "took no write"
        return Judgement(self.name, Verdict.FAILED, f"{last.tried} in {last.region} {what}: {last.reason}")
