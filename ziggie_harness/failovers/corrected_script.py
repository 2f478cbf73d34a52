"""Failover by the guide's script, corrected: it stops at errors, fences, waits, and claims only what it has seen.

A design that declares a script of its own under `runbooks` has that one run instead.
"""

from __future__ import annotations

from typing import ClassVar

from ziggie_harness.failovers import _script
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.ports import World


class CorrectedScript:
    """Runs the script as an owner could take it over."""

    name: ClassVar[str] = "corrected script"
    phrase: ClassVar[str] = "by the corrected script"
    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DNS, Capability.API, Capability.POSTGRESQL, Capability.SERVICE, Capability.RUNBOOKS}
    )

    def run(self, world: World) -> None:
        """Run it when the operator has decided."""
        _script.fail_over(world, _script.declared(world, "failover"))
