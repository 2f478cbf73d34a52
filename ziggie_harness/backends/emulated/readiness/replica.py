"""The replica has what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.units import print_duration

LOOK_SECONDS: Final = 0.5
"""Between two looks; while clients write, a replica is behind for an instant again and again."""


class Replica:
    """Looks until the replica has everything, for as long as may be lost by the declared RPO."""

    name: ClassVar[str] = "replica"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell whether it had everything in that time, and what it lacked at its end."""
        patience = sight.topology.objective.rpo_seconds
        wanted = f"everything within {print_duration(patience)}"
        try:
            wait_until(
                sight.clock, "the replica", sight.replica_obstacle, at_most_seconds=patience, every_seconds=LOOK_SECONDS
            )
        except WaitTimedOut:
            if lacking := sight.replica_obstacle():
                obstacle = f"the replica does not follow: {lacking}, and that for {print_duration(patience)} already"
                yield sight.examined(self.name, lacking, wanted, obstacle)
                return
        yield sight.examined(self.name, "everything", wanted)
