"""AWS accepts what the owner's script asks for: no call of it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import CallMade, History, ScriptEnded
from ziggie_harness.model.timeline import blow, calls_of
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class ScriptCalls:
    """Every call that a script made of an AWS API was accepted."""

    name: ClassVar[str] = "script-calls"

    def judge(self, history: History) -> Judgement:
        """Judge what AWS answered while scripts ran, to callers at their places."""
        objection = blow(history).objection
        calls = [
            (script, call)
            for at, script in history.of_kind(ScriptEnded)
            for call in calls_of(history, script.site, script.started_seconds, at)
        ]
        refused = [(script, call) for script, call in calls if call.error]
        numbers = (Measurement("calls refused", len(refused), "calls", 0),)
        if objection is not None or not calls:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no script called anything", numbers)
        if refused:
            script, call = refused[0]
            sentence = f"{len(refused)} of {len(calls)} calls of {script.script} were refused, the first one "
            sentence += f"{call.service} {call.operation} in {call.region}: {_told(script, call)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"all {len(calls)} calls were accepted", numbers)


def _told(script: ScriptEnded, call: CallMade) -> str:
    """Return what AWS answered, in its own words where the script printed them."""
    return next((line.strip() for line in script.said.splitlines() if f"({call.error})" in line), call.error)
