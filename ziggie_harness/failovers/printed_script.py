"""Failover by failover.sh of guide §6, byte for byte, in the real bash with the real `aws`, at the operator's place."""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _script
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.ports import World


class PrintedScript:
    """Runs the script that the guide prints."""

    name: ClassVar[str] = "printed script"
    phrase: ClassVar[str] = "by the script as printed"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE, Capability.RUNBOOKS}
    )

    def run(self, world: World) -> None:
        """Run it when the operator has decided."""
        _script.fail_over(world, "as_printed/failover")
