"""Somebody outside the dark region is told of the outage in time, whatever became of those inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.alert_events import (
    AlarmChanged,
    AlarmSeen,
    AlertReceived,
    EventHandedOver,
    NotificationPublished,
    NotificationTried,
    RuleSeen,
)
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ziggie_harness.model.history import History

GOOD_NEWS: Final = "OK"
"""The state of an alarm that tells nobody of an outage."""

RAISED: Final = "ALARM"


@dataclass(frozen=True, slots=True)
class AlertDelivered:
    """Within `at_most_seconds` of the fault a receiver outside `dark_region` has a message of it.

    Only messages published after the fault count, and none that says that all is well. A failure names the first place
    where the way of the alert breaks.
    """

    at_most_seconds: float
    dark_region: str
    name: ClassVar[str] = "alert-delivered"

    def judge(self, history: History) -> Judgement:
        """Judge when the first one outside heard."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        since = fault.at_seconds
        alerts = [(at, alert) for at, alert in _alerts(history, since) if alert.site != self.dark_region]
        if alerts:
            at, alert = alerts[0]
            numbers = (Measurement("alert after the fault", at - since, "s", self.at_most_seconds),)
            told = f"{alert.receiver} at {alert.site} was told {at - since:.1f} s after the fault"
            if at - since <= self.at_most_seconds:
                return Judgement(self.name, Verdict.PASSED, f"{told}, of {self.at_most_seconds:g} s", numbers)
            late = f"{told}, later than {self.at_most_seconds:g} s; {_reasons(history, since)}"
            return Judgement(self.name, Verdict.FAILED, late, numbers)
        if objection := self._untold(history, since):
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        outside = f"nobody outside {self.dark_region} was told of the outage: {_reasons(history, since)}"
        return Judgement(self.name, Verdict.FAILED, outside)

    def _untold(self, history: History, since_seconds: float) -> str | None:
        """Return why it is not known that nobody was told in time, or None."""
        if gaps := [rule.unemitted for _, rule in history.of_kind(RuleSeen) if rule.unemitted]:
            return f"nobody was told, but {gaps[0]}"
        if not any(True for kind in (AlarmSeen, RuleSeen) for _ in history.of_kind(kind)):
            return "nobody looked at alarms and rules, or none are declared"
        watched = history.end_seconds - since_seconds
        if watched < self.at_most_seconds:
            return f"nobody was told in the {watched:.1f} s that were watched, of {self.at_most_seconds:g} s"
        return None


def _alerts(history: History, since_seconds: float) -> Iterator[tuple[float, AlertReceived]]:
    """Yield what receivers were told of after a fault."""
    published = {event.message for at, event in history.of_kind(NotificationPublished) if at >= since_seconds}
    for at, alert in history.of_kind(AlertReceived):
        if alert.message in published and alert.state != GOOD_NEWS:
            yield at, alert


def _reasons(history: History, since_seconds: float) -> str:
    """Return where the way of the alert breaks, the first places first."""
    return (
        "; ".join(dict.fromkeys(_breaks(history, since_seconds))) or "nothing leads from what was raised to a receiver"
    )


def _breaks(history: History, since_seconds: float) -> Iterator[str]:
    """Yield where the way of the alert breaks: rules, alarms, targets, subscribers."""
    for _, rule in history.of_kind(RuleSeen):
        if rule.never_fires:
            yield f"the rule {rule.rule} in {rule.region} can never fire: {rule.never_fires}"
    raised = {
        (event.alarm, event.region)
        for at, event in history.of_kind(AlarmChanged)
        if at >= since_seconds and event.state == RAISED
    }
    for _, alarm in history.of_kind(AlarmSeen):
        if (alarm.alarm, alarm.region) not in raised:
            yield f"the alarm {alarm.alarm} in {alarm.region} {_silence(alarm)}"
    for at, handed in history.of_kind(EventHandedOver):
        if at >= since_seconds and handed.refusal:
            yield f"the rule {handed.rule} in {handed.region} could not hand over: {handed.refusal}"
    yield from _unmatched(history, since_seconds)
    yield from _undelivered(history, since_seconds)


def _silence(alarm: AlarmSeen) -> str:
    """Say why an alarm was not raised after the fault."""
    if alarm.state == RAISED:
        return "had been raised before the outage, and a raised alarm tells nobody again"
    why = alarm.unfed or ("its metric has no values" if not alarm.values else "its metric never crossed the threshold")
    return f"was never raised and is {alarm.state}: {why}"


def _undelivered(history: History, since_seconds: float) -> Iterator[str]:
    """Yield which topics had a message and could not deliver it, or had nobody to deliver it to."""
    tried = [event for at, event in history.of_kind(NotificationTried) if at >= since_seconds]
    for attempt in tried:
        if attempt.refusal:
            yield f"the topic {attempt.topic} in {attempt.region} could not deliver: {attempt.refusal}"
    for at, event in history.of_kind(NotificationPublished):
        if at >= since_seconds and not any(attempt.message == event.message for attempt in tried):
            yield f"the topic {event.topic} in {event.region} has no confirmed subscriber"


def _unmatched(history: History, since_seconds: float) -> Iterator[str]:
    """Yield the rules that could fire and handed nothing over after the fault."""
    fired = {(event.rule, event.region) for at, event in history.of_kind(EventHandedOver) if at >= since_seconds}
    for _, rule in history.of_kind(RuleSeen):
        if not rule.never_fires and (rule.rule, rule.region) not in fired:
            yield f"no event that it matches reached the rule {rule.rule} in {rule.region}"
