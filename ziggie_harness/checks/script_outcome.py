"""The owner's script does its work: it ends by itself, with status 0; else what it complained of last is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ziggie_harness.model.history import History, ScriptEnded
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

WORDS: Final = ("error", "denied", "refused", "timeout", "timed out", "unable", "could not", "failed")
"""By which a line of a script's output shows that it complains; of several the first names the cause."""


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """The last script that was run ended with status 0."""

    name: ClassVar[str] = "script-outcome"

    def judge(self, history: History) -> Judgement:
        """Judge how the last script ended; one that was interrupted is run again, or it did not do its work."""
        objection = blow(history).objection
        scripts = [script for _, script in history.of_kind(ScriptEnded)]
        failed = [script for script in scripts[-1:] if script.exit_status]
        numbers = (Measurement("scripts that failed", len(failed), "scripts", 0),)
        if objection is not None or not scripts:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no script was run", numbers)
        if failed:
            script = failed[0]
            sentence = f"{script.script} ended with status {script.exit_status}: {_complaint(script.said)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, f"{scripts[-1].script} ended with status 0", numbers)


def _complaint(said: str) -> str:
    """Return the first line that complains, or the last line, or that it said nothing."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    complaints = [line for line in lines if any(word in line.lower() for word in WORDS)]
    return next(iter([*complaints, *lines[-1:]]), "it said nothing")
