"""Health checks tell the truth: what they call healthy serves clients, and what serves clients they call healthy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ziggie_harness.model.history import HealthTold, History
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict


@dataclass(frozen=True, slots=True)
class ToldHealth:
    """What each health check tells of its region last is what a client finds who asks there for the public name.

    A client validates certificates and names the host that it wants; health checkers do not validate, and name a host
    only where the check gives one. Source: Route 53 Developer Guide, "How Amazon Route 53 determines whether a health
    check is healthy"; botocore service model, HealthCheckConfig.EnableSNI.
    """

    name: ClassVar[str] = "told-health"

    def judge(self, history: History) -> Judgement:
        """Judge what each health check told last, against what a client found."""
        objection = blow(history).objection
        last = {event.health_check: event for _, event in history.of_kind(HealthTold)}
        if objection is not None or not last:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "nobody compared health checks with a client")
        lies = [_lie(event) for event in last.values() if event.healthy == bool(event.refusal)]
        numbers = (Measurement("health checks that are wrong", len(lies), "health checks", 0),)
        if lies:
            return Judgement(self.name, Verdict.FAILED, "; ".join(lies), numbers)
        sentence = f"all {len(last)} health checks tell what a client finds"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)


def _lie(told: HealthTold) -> str:
    """Say what a health check tells, and what is true."""
    says = f"{told.health_check} calls {told.region} {'healthy' if told.healthy else 'unhealthy'} ({told.said})"
    if told.healthy:
        return f"{says}, and a client who asks there for the public name is not served: {told.refusal}"
    return f"{says}, and a client who asks there for the public name is served"
