"""Alerting as a whole: what carries it, what the gateway needs of it, what a fault may do to it, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.emulated.alerting import state
from ziggie_harness.backends.emulated.alerting.buses import Buses
from ziggie_harness.backends.emulated.alerting.cloudwatch_overlay import CloudWatchApi
from ziggie_harness.backends.emulated.alerting.disturbances import Disturbances
from ziggie_harness.backends.emulated.alerting.events_overlay import EventsApi
from ziggie_harness.backends.emulated.alerting.functions import Functions
from ziggie_harness.backends.emulated.alerting.receivers import Receivers
from ziggie_harness.backends.emulated.alerting.sns_overlay import SnsApi
from ziggie_harness.backends.emulated.alerting.topics import Topics
from ziggie_harness.backends.emulated.alerting.watch import Checks, Watch
from ziggie_harness.backends.emulated.alerting.ways import Ways
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.endpoints import REGIONS
from ziggie_harness.backends.emulated.moto_state import warm_up
from ziggie_harness.emulation.cloudwatch.metrics import Metric
from ziggie_harness.emulation.eventbridge.catalogue import ANYBODY_ELSE, EMITTED, never_fires
from ziggie_harness.emulation.eventbridge.patterns import Pattern
from ziggie_harness.model.alert_events import AlarmSeen, RuleSeen

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.api_client import Clients
    from ziggie_harness.backends.emulated.calls import Overlay
    from ziggie_harness.backends.emulated.door import Place
    from ziggie_harness.lab.certificates import CertificateAuthority
    from ziggie_harness.lab.trust import Trust
    from ziggie_harness.model.alerts import Receiver
    from ziggie_harness.ports import Clock, Journal, Paths

PROBE_SOURCE: Final = "ziggie.probe"

PROBE: Final = Metric("Ziggie/Probe", "Seen")

PROBE_SECONDS: Final = 2.0
"""How long after a probe it is looked for: four times what an event takes."""

EMITTED_HERE: Final = frozenset({("aws.cloudwatch", "CloudWatch Alarm State Change")})
"""The events of AWS that the lab emits; the owner's own come by PutEvents."""


class Alerting:
    """EventBridge, CloudWatch and SNS of all regions, and receivers. A context manager: it lives inside its block."""

    def __init__(  # noqa: PLR0913 - each is a choice of its own, all but the first three by name
        self,
        clock: Clock,
        paths: Paths,
        journal: Journal,
        *,
        trust: Trust,
        certificates: CertificateAuthority,
        gateway: Callable[[str], Place],
        clients: Callable[[], Clients],
        receivers: Mapping[str, tuple[str, Receiver]],
        functions: Functions,
    ) -> None:
        """Prepare; ``receivers`` are declared by name with their sites, ``gateway`` tells a region's endpoint."""
        self._clock = clock
        self._clients = clients
        dates = DrillDates(clock)
        self.receivers = Receivers(paths, journal, certificates, self._confirm, receivers)
        ways = Ways(clock, paths, trust, gateway, self.receivers.place)
        self.disturbances = Disturbances()
        self.topics = Topics(ways, journal, dates, functions)
        self.buses = Buses(ways, journal, dates, self.disturbances, self.topics, functions)
        self.watch = Watch(ways, journal, dates, self.disturbances, self.buses, self.topics, functions)
        self.overlays: tuple[Overlay, ...] = (
            EventsApi(self.buses),
            CloudWatchApi(self.watch, dates),
            SnsApi(self.topics),
        )
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start; it needs moto's state, so enter it inside the cloud's block."""
        warm_up(("events", "cloudwatch", "sns", "sqs")).join()
        with ExitStack() as stack:
            for part in (self.receivers, self.topics, self.buses, self.watch):
                stack.enter_context(part)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._stack.__exit__(kind, error, trace)

    def observe(self, checks: Checks, check_ids: Iterable[str]) -> None:
        """Take in the metrics of health checks from now on."""
        self.watch.observe(checks, check_ids)

    def losing(self, region: str) -> AbstractContextManager[None]:
        """Lose the events of a region, for the block."""
        return self.disturbances.events(region, copies=0)

    def doubling(self, region: str) -> AbstractContextManager[None]:
        """Deliver the events of a region twice, for the block."""
        return self.disturbances.events(region, copies=2)

    def delaying(self, region: str, seconds: float) -> AbstractContextManager[None]:
        """Deliver the events of a region later, for the block."""
        return self.disturbances.events(region, late_seconds=seconds)

    def blinding(self, region: str) -> AbstractContextManager[None]:
        """Let no value of a metric reach a region, for the block."""
        return self.disturbances.blindness(region)

    def arrivals(self, region: str) -> int:
        """Put an event on the bus of a region, and return how often it reached the rules after a moment."""
        identity = self.buses.emit(region, PROBE_SOURCE, "Probe", {})
        self._clock.sleep(PROBE_SECONDS)
        return self.buses.arrivals(identity)

    def sees_values(self, region: str) -> bool:
        """Send CloudWatch a value of a metric, and say whether it was taken in."""
        before = self.watch.count(region, PROBE)
        self.watch.put(region, PROBE, self._clock.now(), 1.0, self._clock.now())
        return self.watch.count(region, PROBE) > before

    def seen(self) -> Iterator[AlarmSeen | RuleSeen]:
        """Yield every alarm and every rule as it is now."""
        yield from self.watch.seen()
        for region in REGIONS:
            for rule in state.rules(region):
                reason = never_fires(rule.pattern) or ""
                unemitted = "" if reason else unemitted_here(rule.pattern)
                yield RuleSeen(rule.name, region, reason, unemitted)

    def _confirm(self, site: str, topic_arn: str, token: str) -> None:
        """Confirm a subscription as its receiver does, from where it is. Raises ApiRefused."""
        region = topic_arn.split(":")[3]
        self._clients().ask("sns", region, site, lambda sns: sns.confirm_subscription(TopicArn=topic_arn, Token=token))


def unemitted_here(pattern: Pattern) -> str:
    """Return why the lab emits nothing that a pattern waits for, though AWS does, as a sentence; else nothing."""
    if pattern.matches(ANYBODY_ELSE):
        return ""
    awaited = [emitted for emitted in EMITTED if pattern.matches(emitted.event)]
    if any((emitted.source, emitted.detail_type) in EMITTED_HERE for emitted in awaited):
        return ""
    kinds = ", ".join(dict.fromkeys(f"{emitted.detail_type!r} of {emitted.source}" for emitted in awaited))
    return f"the lab emits no {kinds}, though AWS does: this is a gap of the harness"
