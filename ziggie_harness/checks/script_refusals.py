"""A script that was refused something says so: it does not go on and end as if all were well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import History, ScriptEnded
from ziggie_harness.model.timeline import blow, calls_of
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class ScriptRefusals:
    """No script ended with 0 whose last call of an operation was refused; one that tried again until it worked may."""

    name: ClassVar[str] = "script-refusals"

    def judge(self, history: History) -> Judgement:
        """Judge the exit status of scripts against what AWS answered them."""
        objection = blow(history).objection
        scripts = [*history.of_kind(ScriptEnded)]
        hidden = []
        for at, script in scripts:
            last = {
                (call.service, call.operation, call.region): call
                for call in calls_of(history, script.site, script.started_seconds, at)
            }
            hidden += [(script, call) for call in last.values() if call.error and script.exit_status == 0]
        numbers = (Measurement("refusals hidden", len(hidden), "calls", 0),)
        if objection is not None or not scripts:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no script was run", numbers)
        if hidden:
            script, call = hidden[0]
            sentence = f"{script.script} went on after {call.service} {call.operation} was refused ({call.error}), and "
            sentence += "ended with status 0"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, "no script hides that it was refused something", numbers)
