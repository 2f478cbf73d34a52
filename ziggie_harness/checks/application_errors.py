"""A region that accepts writes accepts the application's: none is refused for what it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.client_events import OBJECTION
from ziggie_harness.model.history import History
from ziggie_harness.model.timeline import WRITE, blow, failed
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class ApplicationErrors:
    """No client's write was refused by a database at work for its content, such as a number that is taken already."""

    name: ClassVar[str] = "application-errors"

    def judge(self, history: History) -> Judgement:
        """Judge why writes were refused."""
        fault = blow(history)
        ended = [request for at, request in history.requests(WRITE) if at >= fault.at_seconds]
        objected = [request for request in ended if failed(request) and request.reason.startswith(OBJECTION)]
        numbers = (Measurement("writes refused for their content", len(objected), "writes", 0),)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection, numbers)
        if objected:
            (region, reason), count = Counter((each.region, each.reason) for each in objected).most_common(1)[0]
            sentence = f"{len(objected)} writes were refused for their content, {count} of them in {region}: {reason}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if all(failed(request) for request in ended):
            return Judgement(self.name, Verdict.UNKNOWN, "no write was acknowledged after the fault", numbers)
        return Judgement(self.name, Verdict.PASSED, "no write was refused for its content", numbers)
