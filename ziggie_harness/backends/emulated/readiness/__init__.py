"""What a recovery depends on, one examination a file: each looks at it as the owners can, and changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from ziggie_harness.kernel.registry import Registry, discover
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role, Topology

if TYPE_CHECKING:
    from ziggie_harness.ports import Clock


@dataclass(frozen=True, slots=True)
class Sight:
    """What an examination can see of a design that lives."""

    topology: Topology
    role: Role
    """The region that is to take over."""
    clock: Clock
    ask: Callable[[str, str, Callable[[Any], Any]], Any]
    """Ask a service in a region by a boto3 client, as the operator does. Raises ApiRefused."""
    operator_arn: str
    """The role by which the owner's scripts call AWS; empty where they use keys of an administrator."""
    check_ids: Mapping[str, str]
    """The ids of the declared health checks."""
    replica_obstacle: Callable[[], str | None]
    certificate_ends: Callable[[str, Role], datetime]
    """When the certificate ends that the service of a region, or the witness of its, shows to a site.

    ssl.SSLError when a client refuses it, OSError when there is none to be seen.
    """

    @property
    def region(self) -> str:
        """The name of the region that is to take over."""
        return self.topology.region(self.role)

    def examined(self, thing: str, found: str, wanted: str, obstacle: str = "") -> ReadinessExamined:
        """Tell what was found of a thing."""
        return ReadinessExamined(thing, self.region, found, wanted, obstacle)


class Examination(Protocol):
    """One thing that a recovery depends on. It yields nothing where the design has no such thing."""

    name: ClassVar[str]

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Look, and tell what was found. Raises ZiggieError when nothing can be seen."""


def examinations() -> Registry[Examination]:
    """Return every examination by name."""
    return cast(Registry[Examination], discover(sys.modules[__name__], "examination", ("examine",)))


def examine(sight: Sight) -> Iterator[ReadinessExamined]:
    """Make every examination; one that cannot see anything is an obstacle too."""
    for name, examination in examinations().plugins.items():
        try:
            yield from examination.examine(sight)
        except ZiggieError as error:
            yield sight.examined(name, "nothing", "an answer", f"{name} cannot be examined: {error}")
