"""Route 53's health checkers reach the region and find it healthy, so that DNS may answer with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role


class HealthCheckers:
    """Reads what each checker saw last.

    Source: Route 53 API reference, GetHealthCheckStatus; developer guide, "Configuring router and firewall rules for
    Amazon Route 53 health checks".
    """

    name: ClassVar[str] = "health checkers"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell of every health check of the region, and that it has none where DNS would answer with it."""
        checks = [name for name, check in sight.topology.health_checks.items() if check.target == sight.role]
        named = [entry for record in sight.topology.records.values() for role, entry in record.entries()
                 if role is sight.role]  # fmt: skip
        unchecked = not checks or any(entry.health_check is None for entry in named)
        if unchecked and any(entry.failover for entry in named):
            obstacle = f"{sight.region} has no health check, so DNS answers with it also when it is dead"
            yield sight.examined(self.name, "no health check", "a health check", obstacle)
        for name in checks:
            yield self._seen(sight, name)

    def _seen(self, sight: Sight, name: str) -> ReadinessExamined:
        """Tell what the checkers of one health check saw."""
        answer = sight.ask("route53", sight.topology.region(Role.CONTROL_PLANE), lambda route53:
            route53.get_health_check_status(HealthCheckId=sight.check_ids[name]))  # fmt: skip
        reports = {(row["Region"], row["IPAddress"]): row["StatusReport"]["Status"]
                   for row in answer["HealthCheckObservations"]}  # fmt: skip
        failed = {place: status for place, status in reports.items() if not status.startswith("Success")}
        reaching = f"{len(reports) - len(failed)} of {len(reports)} checkers"
        obstacle = ""
        if failed:
            (region, address), status = next(iter(failed.items()))
            obstacle = f"{reaching} reach {sight.region} well by {name}, not from {region} ({address}): {status}"
        elif not reports:
            obstacle = f"{reaching} reach {sight.region} well by {name}: no checker has looked yet"
        return sight.examined(f"{self.name} of {name}", f"{reaching} succeed", "all checkers succeed", obstacle)
