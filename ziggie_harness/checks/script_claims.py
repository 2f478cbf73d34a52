"""What the owner's script claims is true: when it says that it is done, the name leads there and writes succeed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.client_events import AUTHORITY, NameResolved
from ziggie_harness.model.database_events import WriterObserved
from ziggie_harness.model.history import History, ScriptEnded
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class ScriptClaims:
    """Every script that claims success, by its words or by status 0, had moved the service to its region by its end."""

    places: tuple[tuple[str, str], ...]
    """The regions, each with the address that the public name leads to when it leads there."""
    name: ClassVar[str] = "script-claims"

    def judge(self, history: History) -> Judgement:
        """Hold the claims against the first look at the authority and at the writer after each script's end."""
        objection = blow(history).objection
        scripts = [*history.of_kind(ScriptEnded)]
        claims = [(at, script) for at, script in scripts if script.claims or script.exit_status == 0]
        found = [(script, self._untrue(history, at, script.region)) for at, script in claims]
        false = [(script, wrong) for script, wrong in found if wrong]
        numbers = (Measurement("false claims", len(false), "claims", 0),)
        unseen = any(wrong is None for _, wrong in found)
        if objection is not None or not scripts or unseen:
            reason = "nobody looked what was true when the script ended" if unseen else "no script was run"
            return Judgement(self.name, Verdict.UNKNOWN, objection or reason, numbers)
        if false:
            script, wrong = false[0]
            words = script.said.splitlines()[-1:] or [""]
            sentence = f"{script.script} ended with status {script.exit_status} and said {words[0]!r}, but {wrong}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if not claims:
            return Judgement(self.name, Verdict.PASSED, "no script claims to have moved the service", numbers)
        return Judgement(self.name, Verdict.PASSED, f"what {claims[-1][1].script} claims is true", numbers)

    def _untrue(self, history: History, since_seconds: float, region: str) -> str | None:
        """Say what was not as claimed, the empty text when all was; None when nobody looked."""
        names = (e for at, e in history.of_kind(NameResolved) if at >= since_seconds and e.vantage == AUTHORITY)
        writers = (e for at, e in history.of_kind(WriterObserved) if at >= since_seconds and e.region == region)
        name, writer, address = next(names, None), next(writers, None), dict(self.places).get(region)
        if name is None or writer is None or address is None:
            return None
        wrong = []
        if name.addresses != (address,):
            wrong.append(f"{name.name} leads to {', '.join(name.addresses) or 'nowhere'}, not to {address}")
        if not writer.accepts:
            wrong.append(f"{region} accepts no writes ({writer.reason})")
        return " and ".join(wrong)
