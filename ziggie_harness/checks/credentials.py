"""No password stands in plain text where a database shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.database_events import SecretsSought
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class Credentials:
    """Catalogs and logs of the databases were read, and the password of the replication user stands in none of them."""

    name: ClassVar[str] = "credentials"

    def judge(self, history: History) -> Judgement:
        """Judge what was found where."""
        objection = blow(history).objection
        sought = [event for _, event in history.of_kind(SecretsSought)]
        found = sorted({f"{place} of {event.region}" for event in sought for place in event.readable_in})
        numbers = (Measurement("places with a password", len(found), "places", 0),)
        if objection is not None or not sought:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "nobody looked for passwords", numbers)
        if found:
            sentence = f"whoever administers or backs up a database reads a password in plain text: {', '.join(found)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        places = sorted({f"{place} of {event.region}" for event in sought for place in event.places})
        sentence = f"no password stands in {', '.join(places) or 'any place'}"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)
