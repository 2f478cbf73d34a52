"""Failover without a human: Route 53 moves the name, a watcher in the standby region fences and promotes.

The watcher asks the primary region's health endpoint itself, from the standby and from the witness region, so it needs
neither us-east-1 nor the failed region (AWS Fault Isolation Boundaries, appendix B: rely on data planes). It acts when
both have found the primary unhealthy for as many times in a row as the declared health check allows.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _takeover
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class HealthCheckFailover:
    """Moves the service when health checks say so."""

    name: ClassVar[str] = "health check"
    phrase: ClassVar[str] = "by health check"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.HEALTH_CHECKS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Watch until the primary region is lost, then take over."""
        reason = _await_loss(world)
        world.journal.record(StepTaken("detected", f"from the standby and the witness region: {reason}"))
        world.journal.record(StepTaken("decided", "the watcher decides by itself"))
        _takeover.fence(world)
        _takeover.promote(world)
        _takeover.take_secrets(world)


def _await_loss(world: World) -> str:
    """Return why the primary region counts as lost; rests until it does."""
    check = _takeover.primary_check(world.topology)
    observers = (world.site(Role.SECONDARY), world.site(Role.WITNESS))
    misses = 0
    while True:
        started = world.clock.now()
        reasons = [reason for observer in observers if (reason := world.unhealthy(observer, Role.PRIMARY))]
        misses = misses + 1 if len(reasons) == len(observers) else 0
        if misses >= check.failure_threshold:
            return reasons[0]
        world.clock.sleep_until(started + check.interval_seconds)
