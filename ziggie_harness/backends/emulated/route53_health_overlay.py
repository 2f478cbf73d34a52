"""Health checks of Route 53, where moto is lax or silent: rules, uniqueness, versions, and what the checkers see.

Deciding is left to ``ziggie_harness.emulation.route53``; this turns API calls into its terms and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from ziggie_harness.backends.emulated.calls import Answer, AwsError, Call
from ziggie_harness.backends.emulated.moto_state import gap
from ziggie_harness.backends.emulated.route53_state import HEALTH_CHECK_ARGUMENTS, Route53State, health_check_of
from ziggie_harness.emulation.route53 import rules
from ziggie_harness.emulation.route53.records import CHECKER_REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.emulation.route53.health_checks import Observation
    from ziggie_harness.emulation.route53.records import HealthCheck

SERVICE: Final = "route53"

LOCATION: Final = "https://route53.amazonaws.com/2013-04-01/healthcheck/"

UNCHANGEABLE: Final = frozenset({"Type", "RequestInterval", "MeasureLatency"})
"""Members of a HealthCheckConfig that UpdateHealthCheckRequest does not have. Source: botocore service model."""


class Checkers(Protocol):
    """What the overlay needs of the health checkers: ``Fleet``."""

    def add(self, check: HealthCheck) -> None:
        """Observe a health check from now on."""
        ...

    def update(self, check: HealthCheck) -> None:
        """Observe a health check as it is now."""
        ...

    def remove(self, check_id: str) -> None:
        """Observe a health check no longer."""
        ...

    def status(self, check_id: str) -> Sequence[Observation]:
        """Return what each checker of a health check says."""
        ...


class Route53HealthChecks:
    """The overlay for health checks."""

    def __init__(
        self, state: Route53State, checkers: Checkers, dates: DrillDates, checker_address: Callable[[str], str]
    ) -> None:
        """Stand before the state; ``checker_address`` tells where the checkers of a region ask from."""
        self._state = state
        self._checkers = checkers
        self._dates = dates
        self._checker_address = checker_address
        self._deleted: set[str] = set()
        self._answers: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            "CreateHealthCheck": self._create,
            "UpdateHealthCheck": self._update,
            "DeleteHealthCheck": self._delete,
            "GetHealthCheckStatus": self._status,
            "GetHealthCheckLastFailureReason": self._last_failures,
            "GetCheckerIpRanges": self._checker_ranges,
        }

    def handle(self, call: Call) -> Answer | None:
        """Answer what moto would answer wrongly."""
        answer = self._answers.get(call.operation) if call.service == SERVICE else None
        return answer(call.parameters) if answer else None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave what moto answered as it is."""
        return answer

    def _create(self, parameters: Mapping[str, Any]) -> Answer:
        """Create a health check, or return the one that the same request created before."""
        reference, config = parameters["CallerReference"], parameters["HealthCheckConfig"]
        wanted = health_check_of("", config)
        _refuse_mistakes("CreateHealthCheck", wanted)
        checks = self._state.health_checks()
        ids = self._state.health_check_references()
        existing = {known: checks[check_id] for known, check_id in ids.items()}
        if error := rules.health_check_reference_error(reference, wanted, existing, self._deleted):
            raise AwsError("HealthCheckAlreadyExists", error)
        repeated = rules.repeated_health_check(reference, wanted, existing)
        check_id = repeated.id if repeated else self._state.create_health_check(reference, config)
        if not repeated:
            self._checkers.add(health_check_of(check_id, config))
        described = self._state.described_health_check(check_id)
        return Answer({"HealthCheck": described, "Location": f"{LOCATION}{check_id}"})

    def _update(self, parameters: Mapping[str, Any]) -> Answer:
        """Change a health check.

        Source of the versions: botocore service model, UpdateHealthCheckRequest.HealthCheckVersion ("increments by 1
        each time you update"), and HealthCheckVersionMismatch.
        """
        check_id = self._known(parameters)
        described = self._state.described_health_check(check_id)
        version = parameters.get("HealthCheckVersion")
        if version is not None and version != described["HealthCheckVersion"]:
            message = f"The value of HealthCheckVersion in the request ({version}) is not that of the health check"
            raise AwsError("HealthCheckVersionMismatch", message)
        changed = {name for name in HEALTH_CHECK_ARGUMENTS if name in parameters} - UNCHANGEABLE
        config = {**described["HealthCheckConfig"], **{name: parameters[name] for name in changed}}
        for name in parameters.get("ResetElements") or ():
            config.pop(name, None)
        check = health_check_of(check_id, config)
        _refuse_mistakes("UpdateHealthCheck", check)
        self._state.update_health_check(check_id, config)
        self._checkers.update(check)
        return Answer({"HealthCheck": self._state.described_health_check(check_id)})

    def _delete(self, parameters: Mapping[str, Any]) -> Answer:
        """Delete a health check; its caller reference stays used.

        Source: botocore service model, DeleteHealthCheck: it may be deleted although record sets refer to it, and an
        unknown one is NoSuchHealthCheck, where moto says nothing.
        """
        check_id = self._known(parameters)
        self._deleted.add(self._state.delete_health_check(check_id))
        self._checkers.remove(check_id)
        return Answer()

    def _status(self, parameters: Mapping[str, Any]) -> Answer:
        """Tell the last result of each checker that has one."""
        seen = (
            self._observation(observation.checker, observation.reason, observation.checked_seconds)
            for observation in self._checkers.status(self._known(parameters))
            if observation.checked_seconds is not None
        )
        return Answer({"HealthCheckObservations": list(seen)})

    def _last_failures(self, parameters: Mapping[str, Any]) -> Answer:
        """Tell the last failure of each checker that had one."""
        seen = (
            self._observation(observation.checker, observation.failure_reason, observation.failed_seconds)
            for observation in self._checkers.status(self._known(parameters))
            if observation.failed_seconds is not None
        )
        return Answer({"HealthCheckObservations": list(seen)})

    def _observation(self, region: str, status: str, at_seconds: float) -> Mapping[str, Any]:
        """Describe a result of a checker."""
        report = {"Status": status, "CheckedTime": self._dates.at(at_seconds)}
        return {"Region": region, "IPAddress": self._checker_address(region), "StatusReport": report}

    def _checker_ranges(self, _: Mapping[str, Any]) -> Answer:
        """Tell where checkers ask from: in the lab, one address for each region."""
        addresses = {self._checker_address(region) for region in CHECKER_REGIONS}
        return Answer({"CheckerIpRanges": [f"{address}/32" for address in sorted(addresses)]})

    def _known(self, parameters: Mapping[str, Any]) -> str:
        """Return the id of the health check that a call is about; AwsError NoSuchHealthCheck for an unknown one."""
        check_id: str = parameters["HealthCheckId"]
        if check_id not in self._state.health_checks():
            raise AwsError("NoSuchHealthCheck", f"No health check exists with the specified ID: {check_id}")
        return check_id


def _refuse_mistakes(operation: str, check: HealthCheck) -> None:
    """Raise AWS's error for what Route 53 refuses, and the emulator's for what it does not know."""
    if gaps := rules.health_check_gaps(check):
        raise gap(f"{SERVICE} {operation}", "; ".join(gaps))
    if errors := rules.health_check_errors(check):
        raise AwsError("InvalidInput", ", ".join(errors))
