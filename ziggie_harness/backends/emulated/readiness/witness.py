"""The witness can be asked for the lease from the region that is to take over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role


class WitnessOfTheLease:
    """Shakes hands with the witness from the region; the lease itself is left where it is."""

    name: ClassVar[str] = "witness of the lease"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell whether it answers; nothing where no lease decides who may write."""
        if sight.topology.fencing is None:
            return
        where = sight.topology.region(Role.WITNESS)
        try:
            sight.certificate_ends(sight.region, Role.WITNESS)
        except OSError as error:
            obstacle = f"the witness in {where} cannot be asked for the lease from {sight.region}: {error}"
            yield sight.examined(self.name, "no answer", "an answer", obstacle)
        else:
            yield sight.examined(self.name, "an answer", "an answer")
