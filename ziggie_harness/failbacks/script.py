"""Failback by the owner's script, which the guide lacks: the real bash with the real `aws`, at the operator's place."""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _script
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import World


class Script:
    """Runs the script of the way back."""

    name: ClassVar[str] = "script"
    phrase: ClassVar[str] = "by the script"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE, Capability.RUNBOOKS}
    )

    def run(self, world: World) -> None:
        """Run it at once: it is planned."""
        _script.run(world, _script.declared(world, "failback"), Role.PRIMARY)
