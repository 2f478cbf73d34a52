"""Failover by the script of guide §6, in its order and without what it leaves out (defects G01, G09, G10, G11).

It moves the name before the database, does not fence the old writer, does not wait for the promotion, and goes on after
an error, because the script has no `set -e`.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _takeover
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.errors import ApiRefused
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import Noted, StepTaken
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS, World


class PrintedRunbook:
    """Does what failover.sh of the guide does when somebody runs it."""

    name: ClassVar[str] = "runbook as printed"
    phrase: ClassVar[str] = "by the runbook as printed"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE}
    )

    def run(self, world: World) -> None:
        """Update the name, promote, claim success."""
        check = _takeover.primary_check(world.topology)
        wait_until(
            world.clock,
            "the primary region to be found unhealthy by a client",
            lambda: None if world.unhealthy(CLIENTS, Role.PRIMARY) else "it is healthy",
            at_most_seconds=_takeover.CEILING_SECONDS,
            every_seconds=check.interval_seconds,
        )
        try:
            world.replace_by_simple_record(Role.SECONDARY, CLIENTS)
            world.journal.record(StepTaken("switched", "Route 53 accepted the change of the records"))
        except ApiRefused as refusal:
            world.journal.record(Noted(f"change-resource-record-sets failed and the script goes on: {refusal}"))
        try:
            world.promote_as_printed(CLIENTS)
        except ApiRefused as refusal:
            world.journal.record(Noted(f"promote-read-replica failed and the script goes on: {refusal}"))
        world.journal.record(Noted("the script says: Failover complete. Secondary region is now primary."))
