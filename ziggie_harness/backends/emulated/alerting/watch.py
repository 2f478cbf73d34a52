"""CloudWatch's data plane: health-check metrics by the minute, and every alarm judged once a minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.backends.emulated.alerting.notices import Change, event_detail, invocation, notification
from ziggie_harness.backends.emulated.endpoints import REGIONS
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.cloudwatch import health_check_metrics as health
from ziggie_harness.emulation.cloudwatch.alarms import State
from ziggie_harness.emulation.cloudwatch.metrics import Metric, Metrics
from ziggie_harness.emulation.eventbridge.permissions import objection
from ziggie_harness.model.alert_events import AlarmChanged, AlarmSeen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ziggie_harness.backends.emulated.alerting.buses import Buses
    from ziggie_harness.backends.emulated.alerting.disturbances import Disturbances
    from ziggie_harness.backends.emulated.alerting.functions import Functions
    from ziggie_harness.backends.emulated.alerting.topics import Topics
    from ziggie_harness.backends.emulated.alerting.ways import Ways
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.emulation.route53.health_checks import Observation
    from ziggie_harness.ports import Actors, Journal

CLOUDWATCH: Final = "cloudwatch.amazonaws.com"

LAMBDA_ALARMS: Final = "lambda.alarms.cloudwatch.amazonaws.com"
"""Who CloudWatch is to topics and to functions (CloudWatch user guide, "Invoke a Lambda function from an alarm")."""

CHECKERS_SITE: Final = "edge"
"""Where Route 53 sends its metrics from: it survives every region."""

JUDGED_AFTER_SECONDS: Final = 5.0
"""How long after a full minute alarms are judged, so that what was sent at the minute is there. An assumption: AWS says
that metrics with a period of a minute or more are evaluated every minute, not when."""


class Checks(Protocol):
    """What the watch needs of the health checkers: ``Fleet``."""

    def healthy(self, check_id: str) -> bool:
        """Say whether a health check is healthy."""
        ...

    def status(self, check_id: str) -> Sequence[Observation]:
        """Return what each checker of a health check says."""
        ...


class Watch:
    """Metrics and alarms of all regions. A context manager: they are watched inside its block."""

    def __init__(  # noqa: PLR0913, PLR0917 - alarms tell everybody
        self,
        ways: Ways,
        journal: Journal,
        dates: DrillDates,
        disturbances: Disturbances,
        buses: Buses,
        topics: Topics,
        functions: Functions,
    ) -> None:
        """Watch nothing yet."""
        self._ways, self._journal, self._dates = ways, journal, dates
        self._disturbances, self._buses, self._topics, self._functions = disturbances, buses, topics, functions
        self._metrics: defaultdict[str, Metrics] = defaultdict(Metrics)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin to judge alarms."""
        self._actors: Actors = self._stack.enter_context(self._ways.clock.actors("CloudWatch"))
        self._actors.start("alarms", self._judge_by_the_minute)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cease."""
        self._stack.__exit__(kind, error, trace)

    def observe(self, checks: Checks, check_ids: Iterable[str]) -> None:
        """Take in the metrics of health checks from now on."""
        kept = tuple(check_ids)
        self._actors.start("health-check metrics", lambda: self._measure_by_the_minute(checks, kept))

    def put(self, region: str, metric: Metric, at_seconds: float, value: float, shown_seconds: float) -> None:
        """Take in a value of a metric, unless CloudWatch is blind there."""
        if not self._disturbances.blind(region):
            self._metrics[region].put(metric, at_seconds, value, shown_seconds=shown_seconds)

    def count(self, region: str, metric: Metric) -> int:
        """Return how many values a metric has in a region."""
        return self._metrics[region].count(metric)

    def set_state(self, region: str, name: str, new: State, reason: str) -> None:
        """Give an alarm a state, and tell whoever has to be told when that is a change; until the next judgement."""
        alarm, before = state.alarms(region).get(name, (None, new))
        if alarm is None or new is before:
            return
        state.set_alarm_state(region, name, new, reason)
        self._journal.record(AlarmChanged(name, region, str(before), str(new), reason))
        self._tell(Change(region, state.alarm_arn(region, name), alarm, before, new, reason))

    def obstacle(self) -> str | None:
        """Return which alarm that can have data is not calm yet, or None."""
        for region in REGIONS:
            for name, (alarm, now) in state.alarms(region).items():
                if now is not State.OK and health.never_arrives(alarm.metric, region) is None:
                    return f"the alarm {name} in {region} is {now}"
        return None

    def seen(self) -> Iterator[AlarmSeen]:
        """Yield every alarm as it is now."""
        for region in REGIONS:
            for name, (alarm, now) in state.alarms(region).items():
                unfed = health.never_arrives(alarm.metric, region) or ""
                yield AlarmSeen(name, region, str(alarm.metric), str(now), self.count(region, alarm.metric), unfed)

    def _measure_by_the_minute(self, checks: Checks, check_ids: tuple[str, ...]) -> None:
        """Send the status of each health check to CloudWatch every minute; what finds no way there is missing."""
        clock = self._ways.clock
        while True:
            at = (clock.now() // health.EVERY_SECONDS + 1) * health.EVERY_SECONDS
            clock.sleep_until(at)
            if self._ways.obstacle(CHECKERS_SITE, health.REGION):
                continue
            for check_id in check_ids:
                values = {health.status_of(check_id): float(checks.healthy(check_id))}
                if opinions := [seen.healthy for seen in checks.status(check_id)]:
                    values[health.percentage_of(check_id)] = 100.0 * sum(opinions) / len(opinions)
                for metric, value in values.items():
                    self.put(health.REGION, metric, at, value, at + health.DELAY_SECONDS)

    def _judge_by_the_minute(self) -> None:
        """Judge every alarm once a minute."""
        clock = self._ways.clock
        while True:
            minute = (clock.now() // health.EVERY_SECONDS + 1) * health.EVERY_SECONDS
            clock.sleep_until(minute + JUDGED_AFTER_SECONDS)
            for region in REGIONS:
                for name, (alarm, before) in state.alarms(region).items():
                    points = self._metrics[region].points(
                        alarm.metric, alarm.statistic, alarm.period_seconds, alarm.looked_at, minute
                    )
                    now = alarm.evaluate(points, before)
                    self.set_state(region, name, now, alarm.reason(points, now))

    def _tell(self, change: Change) -> None:
        """Emit the event of a change, and carry out the actions of the new state."""
        now = self._dates.now().isoformat()
        detail = event_detail(change, now)
        self._buses.emit(change.region, "aws.cloudwatch", "CloudWatch Alarm State Change", detail, (change.arn,))
        for action in change.alarm.actions[change.now]:
            self._act(change, action, now)

    def _act(self, change: Change, action: str, timestamp: str) -> None:
        """Carry out one action; CloudWatch tells nobody that it failed ("doesn't test or validate the actions")."""
        if ":lambda:" in action:
            self._functions.hand_over(action, invocation(change, timestamp), LAMBDA_ALARMS, change.arn)
            return
        policy = state.topic_policy(change.region, action)
        context = {"aws:sourcearn": change.arn, "aws:sourceaccount": ACCOUNT, "aws:sourceowner": ACCOUNT}
        if policy is not None and objection(policy, CLOUDWATCH, "sns:Publish", action, context) is None:
            self._topics.publish(change.region, action, notification(change))
