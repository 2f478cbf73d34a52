"""EventBridge's data plane: events reach the buses of their region, match rules, and are handed to targets."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.eventbridge.delivery import LATENCY_SECONDS, Failure, RetryPolicy, dead_letter_attributes
from ziggie_harness.emulation.eventbridge.inputs import input_of
from ziggie_harness.emulation.eventbridge.permissions import EVENTS, objection
from ziggie_harness.emulation.eventbridge.schedules import seconds_of
from ziggie_harness.model.alert_events import EventEmitted, EventHandedOver

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.alerting.disturbances import Disturbances
    from ziggie_harness.backends.emulated.alerting.functions import Functions
    from ziggie_harness.backends.emulated.alerting.topics import Topics
    from ziggie_harness.backends.emulated.alerting.ways import Ways
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.ports import Actors, Journal

ARN_SERVICE: Final = 2
ARN_REGION: Final = 3
"""Which parts of an ARN, between colons, name service and region."""

Event = Mapping[str, Any]


class Buses:
    """The event buses of all regions. A context manager: events are carried inside its block."""

    def __init__(  # noqa: PLR0913, PLR0917 - events go everywhere
        self,
        ways: Ways,
        journal: Journal,
        dates: DrillDates,
        disturbances: Disturbances,
        topics: Topics,
        functions: Functions,
    ) -> None:
        """Carry nothing yet."""
        self._ways, self._journal, self._dates = ways, journal, dates
        self._disturbances, self._topics, self._functions = disturbances, topics, functions
        self._lock = threading.Lock()
        self._arrivals: Counter[str] = Counter()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin to carry."""
        self._actors: Actors = self._stack.enter_context(self._ways.clock.actors("event buses"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what is on its way."""
        self._stack.__exit__(kind, error, trace)

    def emit(
        self, region: str, source: str, detail_type: str, detail: Mapping[str, Any], resources: tuple[str, ...] = ()
    ) -> str:
        """Put an event on the default bus of a region; return its id."""
        event = self.made(region, source, detail_type, detail, resources)
        self.carry(region, state.DEFAULT_BUS, event)
        return str(event["id"])

    def made(
        self, region: str, source: str, detail_type: str, detail: Mapping[str, Any], resources: tuple[str, ...] = ()
    ) -> Event:
        """Return an event with what every event has (EventBridge user guide, "AWS service event metadata")."""
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": self._dates.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": list(resources),
            "detail": detail,
        }

    def carry(self, region: str, bus: str, event: Event) -> None:
        """Let an event that reached a bus match its rules, a moment later: once, or as a fault wants it."""
        self._journal.record(EventEmitted(event["id"], region, event["source"], event["detail-type"]))
        wait = LATENCY_SECONDS + self._disturbances.late_seconds(region)
        for _ in range(self._disturbances.copies(region)):
            self._actors.start(f"event {event['id']}", lambda: self._match(region, bus, event, wait))

    def follow(self, region: str, rule_name: str) -> None:
        """Let a schedule begin, that of a rule; it ends when the rule has no such schedule any more."""
        found = state.scheduled(region, rule_name)
        if found is not None:
            self._actors.start(f"schedule of {rule_name}", lambda: self._repeat(region, rule_name, found[0]))

    def arrivals(self, identity: str) -> int:
        """Return how often an event reached the rules of its bus."""
        return self._arrivals[identity]

    def _repeat(self, region: str, rule_name: str, expression: str) -> None:
        """Hand an event to the targets of a rule at its rate, the first one a period after the rule was made."""
        while True:
            self._ways.clock.sleep(seconds_of(expression))
            found = state.scheduled(region, rule_name)
            if found is None or found[0] != expression:
                return
            event = self.made(region, "aws.events", "Scheduled Event", {}, (found[1].arn,))
            self._journal.record(EventEmitted(event["id"], region, "aws.events", "Scheduled Event"))
            self._hand_over(region, found[1], event)

    def _match(self, region: str, bus: str, event: Event, wait_seconds: float) -> None:
        """Hand an event to the targets of every rule that it matches."""
        self._ways.clock.sleep(wait_seconds)
        with self._lock:
            self._arrivals[event["id"]] += 1
        for rule in state.rules(region, bus):
            if rule.pattern.matches(event):
                self._hand_over(region, rule, event)

    def _hand_over(self, region: str, rule: state.Rule, event: Event) -> None:
        """Hand an event to every target of a rule."""
        for target in rule.targets:
            self._actors.start(f"target {target['Id']} of {rule.name}", self._handing(region, rule, target, event))

    def _handing(self, region: str, rule: state.Rule, target: Mapping[str, Any], event: Event) -> Callable[[], None]:
        """Return the work of handing an event to a target: again and again while it may help, at last a dead letter."""

        def hand_over() -> None:
            waits, attempt = RetryPolicy.of(target).waits(), 0
            while failure := self._try(region, rule, target, event, attempt):
                wait = next(waits, None) if failure.may_pass else None
                if wait is None:
                    self._bury(rule, target, event, failure, attempt)
                    return
                attempt += 1
                self._ways.clock.sleep(wait)

        return hand_over

    def _try(
        self, region: str, rule: state.Rule, target: Mapping[str, Any], event: Event, attempt: int
    ) -> Failure | None:
        """Hand an event to a target once, and record what came of it."""
        failure = self._deliver(region, rule, target, event)
        refusal = failure.reason if failure else ""
        self._journal.record(EventHandedOver(event["id"], rule.name, region, target["Arn"], attempt + 1, refusal))
        return failure

    def _deliver(self, region: str, rule: state.Rule, target: Mapping[str, Any], event: Event) -> Failure | None:
        """Hand an event to a target of one of the kinds that are emulated."""
        arn: str = target["Arn"]
        service, there = arn.split(":")[ARN_SERVICE], arn.split(":")[ARN_REGION]
        body = input_of(target, event)
        if service == "events":
            return self._forward(region, there, arn, event)
        if there != region:
            return Failure("INVALID_PARAMETER", f"{arn} is not in {region}, where the rule is", may_pass=False)
        if service == "sns":
            return self._publish(region, rule, arn, body)
        if service == "sqs":
            return self._send(rule.arn, arn, body, {})
        if service == "lambda":
            return self._functions.hand_over(arn, body, EVENTS, rule.arn)
        return Failure("SDK_CLIENT_ERROR", f"targets of {service} are not emulated", may_pass=False)

    def _forward(self, region: str, there: str, arn: str, event: Event) -> Failure | None:
        """Send an event to another bus, which may be in another region; it keeps its own id, source and region."""
        if obstacle := self._ways.obstacle(region, there):
            return Failure("CONNECTION_FAILURE", obstacle, may_pass=True)
        self.carry(there, arn.rpartition("/")[2], event)
        return None

    def _publish(self, region: str, rule: state.Rule, arn: str, body: str) -> Failure | None:
        """Publish an event to a topic, if its policy lets EventBridge in."""
        policy = state.topic_policy(region, arn)
        if policy is None:
            return Failure("RESOURCE_NOT_FOUND", f"there is no topic {arn}", may_pass=False)
        if refused := objection(policy, EVENTS, "sns:Publish", arn, _context(rule.arn)):
            return Failure("NO_PERMISSIONS", refused, may_pass=False)
        self._topics.publish(region, arn, {"Message": body})
        return None

    def _send(self, rule_arn: str, arn: str, body: str, attributes: Mapping[str, str]) -> Failure | None:
        """Send an event to a queue, if its policy lets EventBridge in."""
        try:
            policy = state.queue_policy(arn)
        except KeyError:
            return Failure("RESOURCE_NOT_FOUND", f"there is no queue {arn}", may_pass=False)
        if refused := objection(policy, EVENTS, "sqs:SendMessage", arn, _context(rule_arn)):
            return Failure("NO_PERMISSIONS", refused, may_pass=False)
        state.send_to_queue(arn, body, attributes)
        return None

    def _bury(self, rule: state.Rule, target: Mapping[str, Any], event: Event, failure: Failure, retries: int) -> None:
        """Put an event that was never taken into the target's dead-letter queue, if it has one."""
        if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
            attributes = dead_letter_attributes(rule.arn, target["Arn"], failure, retries)
            self._send(rule.arn, queue, json.dumps(event), attributes)


def _context(rule_arn: str) -> Mapping[str, str]:
    """Return what a policy's conditions may ask about a rule."""
    return {"aws:sourcearn": rule_arn, "aws:sourceaccount": ACCOUNT}
