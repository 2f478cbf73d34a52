"""What the owner's script claims is true: when it says that it is done, the name leads there and writes succeed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.history import AUTHORITY, History, NameResolved, ScriptEnded, WriterObserved
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ScriptClaims:
    """Every script that claims success, by its words or by status 0, had moved the service to a region by its end."""

    region: str
    address: str
    """Where the public name leads when it leads to the region."""
    name: ClassVar[str] = "script-claims"

    def judge(self, history: History) -> Judgement:
        """Hold the claims against the first look at the authority and at the writer after the script's end."""
        objection = blow(history).objection
        scripts = [*history.of_kind(ScriptEnded)]
        claims = [(at, script) for at, script in scripts if script.claims or script.exit_status == 0]
        false = [(script, wrong) for at, script in claims if (wrong := self._untrue(history, at))]
        unseen = any(self._facts(history, at) is None for at, _ in claims)
        numbers = (Measurement("false claims", len(false), "claims", 0),)
        if objection is not None or not scripts or unseen:
            reason = "nobody looked what was true when the script ended" if unseen else "no script was run"
            return Judgement(self.name, Verdict.UNKNOWN, objection or reason, numbers)
        if false:
            script, wrong = false[0]
            words = script.said.splitlines()[-1:] or [""]
            sentence = f"{script.script} ended with status {script.exit_status} and said {words[0]!r}, but "
            return Judgement(self.name, Verdict.FAILED, sentence + " and ".join(wrong), numbers)
        if not claims:
            return Judgement(self.name, Verdict.PASSED, "no script claims to have moved the service", numbers)
        return Judgement(self.name, Verdict.PASSED, f"what {claims[-1][1].script} claims is true", numbers)

    def _facts(self, history: History, since_seconds: float) -> tuple[NameResolved, WriterObserved] | None:
        """Return what was seen first of the name and of the writer from a moment on, or None when nobody looked."""
        names = (e for at, e in history.of_kind(NameResolved) if at >= since_seconds and e.vantage == AUTHORITY)
        writers = (e for at, e in history.of_kind(WriterObserved) if at >= since_seconds and e.region == self.region)
        name, writer = next(names, None), next(writers, None)
        return (name, writer) if name and writer else None

    def _untrue(self, history: History, since_seconds: float) -> Sequence[str]:
        """Say what is not as claimed."""
        facts = self._facts(history, since_seconds)
        if facts is None:
            return ()
        name, writer = facts
        wrong = []
        if name.addresses != (self.address,):
            wrong.append(f"{name.name} leads to {', '.join(name.addresses) or 'nowhere'}, not to {self.address}")
        if not writer.accepts:
            wrong.append(f"{self.region} accepts no writes ({writer.reason})")
        return wrong
