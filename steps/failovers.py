"""When: the service moves. Plugins bring the ends of the sentences "service fails over ..." and "fails back ..."."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, when

from ziggie_harness.drill.plugins import failbacks_found, failovers_found
from ziggie_harness.steps.needs import needing
from ziggie_harness.steps.phrases import literally, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.ports import Failback, Failover


def _fail_over(failover: Failover) -> Callable[[Stage], None]:
    """Make the step that fails over."""

    @needing(failover.needs)
    def fail_over(stage: Stage) -> None:
        """Let the failover act; what follows waits until it has, or until it is too late."""
        stage.require(failover.needs)
        stage.drill.fail_over(failover)

    return fail_over


def _arm(failover: Failover) -> Callable[[Stage], None]:
    """Make the step that arms a failover before the disaster."""

    @needing(failover.needs)
    def arm(stage: Stage) -> None:
        """Let the failover watch; it acts when it must."""
        stage.require(failover.needs)
        stage.drill.arm(failover)

    return arm


def _fail_back(failback: Failback) -> Callable[[Stage], None]:
    """Make the step that fails back."""

    @needing(failback.needs)
    def fail_back(stage: Stage) -> None:
        """Let the service move back, and wait until clients are served."""
        stage.require(failback.needs)
        stage.drill.fail_back(failback)

    return fail_back


for _failover in failovers_found().plugins.values():
    when(sentence(f"service fails over {literally(_failover.phrase)}"))(_fail_over(_failover))
    given(sentence(f"failover {literally(_failover.phrase)} is armed"))(_arm(_failover))

for _failback in failbacks_found().plugins.values():
    when(sentence(f"service fails back {literally(_failback.phrase)}"))(_fail_back(_failback))
