"""Route 53's fleet of health checkers: each asks on its own, and together they say whether an endpoint is healthy.

General source: Developer Guide, "How Amazon Route 53 determines whether a health check is healthy". Every checker
region holds one checker here; the real fleet has several a region, whose number is not published and changes.
"""

from __future__ import annotations

import threading
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.emulation.route53.endpoint_check import Finding, check_endpoint, tolerant_context
from ziggie_harness.emulation.route53.records import CHECKER_REGIONS, HealthCheck
from ziggie_harness.emulation.route53.rules import health_check_gaps
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.history import EndpointChecked, HealthChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from ziggie_harness.ports import Actors, Clock, Journal, Paths, Signal

HEALTHY_SHARE_ABOVE: Final = 0.18
"""Source: "If more than 18% of health checkers report that an endpoint is healthy, Route 53 considers it healthy.
... This value might change in a future release"."""

FAR_SITE: Final = "internet"
"""Where checkers sit whose region is no site of the lab."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one checker has to say: its last result, and its opinion, which follows several results."""

    checker: str
    """The checker's region."""
    checked_seconds: float | None
    """Drill time of the last result; None before the first."""
    healthy: bool
    """Its opinion."""
    reason: str
    """Its last result."""
    failed_seconds: float | None
    """Drill time of its last failure, or None."""
    failure_reason: str


class _Checker:
    """What one checker remembers about one health check."""

    __slots__ = ("against", "checked", "failed", "last", "opinion")

    def __init__(self) -> None:
        self.opinion = True  # "Route 53 considers a new health check to be healthy until there's enough data"
        self.against = 0
        self.last: Finding | None = None
        self.checked: float | None = None
        self.failed: tuple[float, str] | None = None

    def learn(self, finding: Finding, at_seconds: float, threshold: int) -> None:
        """Take in a result; consecutive ones against the opinion turn it."""
        self.last, self.checked = finding, at_seconds
        if not finding.healthy:
            self.failed = (at_seconds, finding.reason)
        self.against = 0 if finding.healthy == self.opinion else self.against + 1
        if self.against >= threshold:
            self.opinion, self.against = finding.healthy, 0


class _Watch:
    """One health check under observation."""

    __slots__ = ("check", "checkers", "gone", "told")

    def __init__(self, check: HealthCheck, gone: Signal) -> None:
        self.check = check
        self.gone = gone
        self.checkers = {} if check.disabled else {region: _Checker() for region in check.regions or CHECKER_REGIONS}
        self.told = self.healthy()

    def share(self) -> float:
        """Return which part of the checkers holds the endpoint for healthy; 1 when nobody looks."""
        opinions = [checker.opinion for checker in self.checkers.values()]
        return sum(opinions) / len(opinions) if opinions else 1.0

    def healthy(self) -> bool:
        """Return the status of the health check.

        Source: botocore service model, HealthCheckConfig.Disabled: Route 53 "considers the status of the health check
        to always be healthy ... If you want to stop routing traffic to a resource, change the value of Inverted".
        """
        return (self.share() > HEALTHY_SHARE_ABOVE) != self.check.inverted


class Fleet:
    """All health checkers. A context manager: they check inside its block.

    ``sites`` says in which site the checkers of a region sit; all others are far away, on the internet. ``resolve``
    gives the IPv4 address of a check that names none, ``source_of`` the address that the checkers of a site send from.
    """

    def __init__(  # noqa: PLR0913 - where checkers sit, whom they find and what they send from, each by name
        self,
        clock: Clock,
        paths: Paths,
        journal: Journal,
        *,
        sites: Mapping[str, str],
        resolve: Callable[[str], str | None],
        source_of: Callable[[str], str] = lambda _site: "",
    ) -> None:
        """Prepare; nothing is checked before the block."""
        self._clock, self._paths, self._journal = clock, paths, journal
        self._sites, self._resolve, self._source_of = dict(sites), resolve, source_of
        self._trust = Trust(tolerant_context())
        self._lock = threading.Lock()
        self._watches: dict[str, _Watch] = {}
        self._stack = ExitStack()
        self._actors: Actors | None = None

    def __enter__(self) -> Self:
        """Start the fleet."""
        self._actors = self._stack.enter_context(self._clock.actors("health checkers"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every checker."""
        self._stack.__exit__(kind, error, trace)

    def watch(self, checks: Iterable[HealthCheck]) -> None:
        """Observe these health checks from now on, and no others."""
        wanted = {check.id: check for check in checks}
        for identity in set(self._watches) - set(wanted):
            self.remove(identity)
        for check in wanted.values():
            self.update(check)

    def add(self, check: HealthCheck) -> None:
        """Observe a health check from now on; raise ValueError for a kind that is not emulated."""
        if gaps := health_check_gaps(check):
            raise ValueError(f"health check {check.id}: {'; '.join(gaps)}")
        if self._actors is None:
            raise RuntimeError("checkers check only inside the block: write `with Fleet(...) as fleet:`")
        watch = _Watch(check, self._clock.signal())
        with self._lock:
            self._watches[check.id] = watch
        for number, region in enumerate(watch.checkers):
            first = self._clock.now() + check.interval_seconds * first_share(check.id, number, len(watch.checkers))
            self._actors.start(f"checker {region} of {check.id}", self._round_of(watch, region, first))

    def remove(self, check_id: str) -> None:
        """Observe a health check no longer; an unknown one is none already."""
        with self._lock:
            watch = self._watches.pop(check_id, None)
        if watch:
            watch.gone.set()

    def update(self, check: HealthCheck) -> None:
        """Observe a health check as it is now.

        What its checkers know is kept unless other regions check it or it was disabled or enabled: no source says what
        Route 53 keeps then, so it starts as a new one.
        """
        with self._lock:
            watch = self._watches.get(check.id)
            same_checkers = watch and (watch.check.regions, watch.check.disabled) == (check.regions, check.disabled)
            if watch and same_checkers:
                watch.check = check
                self._tell(watch)
                return
        told = watch.told if watch else None
        self.remove(check.id)
        self.add(check)
        if told is not None:
            with self._lock:
                replacement = self._watches[check.id]
                replacement.told = told
                self._tell(replacement)

    def healthy(self, check_id: str) -> bool:
        """Say whether a health check is healthy.

        One that does not exist counts as healthy: botocore's service model, DeleteHealthCheck, says that "the future
        status of the health check can't be predicted", and this choice keeps answering.
        """
        watch = self._watches.get(check_id)
        return watch is None or watch.healthy()

    def status(self, check_id: str) -> tuple[Observation, ...]:
        """Return what each checker of a health check says, as GetHealthCheckStatus does; empty when nobody looks."""
        with self._lock:
            watch = self._watches.get(check_id)
            return tuple(observation(*pair) for pair in watch.checkers.items()) if watch else ()

    def _round_of(self, watch: _Watch, region: str, first_seconds: float) -> Callable[[], None]:
        """Return the work of one checker for one health check.

        Source: botocore service model, HealthCheckConfig.RequestInterval: the seconds "between the time that Amazon
        Route 53 gets a response from your endpoint and the time that it sends the next health check request".
        """

        def check_again_and_again() -> None:
            next_seconds = first_seconds
            while not watch.gone.wait(next_seconds):
                finding = self._ask(watch.check, region)
                self._learn(watch, region, finding)
                next_seconds = self._clock.now() + watch.check.interval_seconds

        return check_again_and_again

    def _ask(self, check: HealthCheck, region: str) -> Finding:
        """Ask the endpoint once.

        A check without an address asks DNS before each request (HealthCheckConfig.IPAddress).
        """
        site = self._sites.get(region, FAR_SITE)
        address = check.address or self._resolve(check.fully_qualified_domain_name or "")
        if address is None:
            return Finding(healthy=False, reason=f"Failure: DNS resolution failed: {check.fully_qualified_domain_name}")
        return check_endpoint(self._clock, self._paths, site, check, address, self._trust, self._source_of(site))

    def _learn(self, watch: _Watch, region: str, finding: Finding) -> None:
        """Take in a result, and tell what changed by it."""
        with self._lock:
            if watch.gone.is_set():
                return
            checker = watch.checkers[region]
            news = checker.last is None or checker.last.healthy != finding.healthy
            checker.learn(finding, self._clock.now(), watch.check.failure_threshold)
            if news:
                address = watch.check.address or ""
                self._journal.record(EndpointChecked(watch.check.id, region, finding.healthy, finding.reason, address))
            self._tell(watch)

    def _tell(self, watch: _Watch) -> None:
        """Record the status of a health check when it differs from what was told. Called under the lock."""
        healthy = watch.healthy()
        if healthy != watch.told:
            watch.told = healthy
            self._journal.record(HealthChanged(watch.check.id, healthy, watch.share(), watch.check.address or ""))


def first_share(check_id: str, number: int, count: int) -> float:
    """Return after which part of the interval a checker begins: evenly spread, beginning anywhere, always the same.

    Source: checkers "don't coordinate with one another", so real ones are spread by chance; an even spread is the
    average.
    """
    return (zlib.crc32(check_id.encode()) / 2**32 + number / count) % 1.0


def observation(region: str, checker: _Checker) -> Observation:
    """Return what a checker says."""
    reason = checker.last.reason if checker.last else "no result yet"
    failed_seconds, failure_reason = checker.failed or (None, "")
    return Observation(region, checker.checked, checker.opinion, reason, failed_seconds, failure_reason)
