"""The scripts are where they can be run when the other region is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role


class PlaceOfTheScripts:
    """Looks where the operator keeps what is run on the day.

    Source: AWS Well-Architected REL13-BP05, and its common anti-pattern: to recover by what is in the lost region.
    """

    name: ClassVar[str] = "place of the scripts"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell the place that is declared; nothing where no operator is."""
        operator = sight.topology.operator
        if operator is None:
            return
        other = Role.PRIMARY if sight.role is Role.SECONDARY else Role.SECONDARY
        lost = operator.place == other.value
        obstacle = (
            f"the operator's scripts are on a host of {sight.topology.region(other)}, and are lost with it"
            if lost
            else ""
        )
        yield sight.examined(self.name, operator.place, f"not {other.value}", obstacle)
