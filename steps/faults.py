"""When: the disaster. Every fault brings its own sentence, also with a length (`... for 3 min`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, when

from ziggie_harness.drill.plugins import faults_found
from ziggie_harness.steps.needs import needing
from ziggie_harness.steps.phrases import CONVERTERS, literally, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.topology import Role
    from ziggie_harness.ports import Fault


def _strike(fault: Fault) -> Callable[[Stage, Role], None]:
    """Make the step that puts a fault in force."""

    @needing(fault.needs)
    def strike(stage: Stage, role: Role) -> None:
        """Hurt the region until it returns."""
        stage.require(fault.needs)
        stage.drill.strike(fault, role)

    return strike


def _strike_for(fault: Fault) -> Callable[[Stage, Role, float], None]:
    """Make the step that puts a fault in force for some time."""

    @needing(fault.needs)
    def strike_for(stage: Stage, role: Role, duration: float) -> None:
        """Hurt the region for some time, and watch what follows."""
        stage.require(fault.needs)
        stage.drill.strike(fault, role, for_seconds=duration)
        stage.drill.bring_back(role)

    return strike_for


for _fault in faults_found().plugins.values():
    when(sentence(literally(_fault.phrase)), converters=CONVERTERS)(_strike(_fault))
    when(sentence(literally(_fault.phrase) + r" for (?P<duration>\d.*)"), converters=CONVERTERS)(_strike_for(_fault))


@when(sentence("the {role} region returns"), converters=CONVERTERS)
def the_region_returns(stage: Stage, role: Role) -> None:
    """Undo what was done to the region, and watch for a relapse."""
    stage.drill.bring_back(role)


@when(
    sentence(r"the {role} region goes dark (?P<times>\d+) times for (?P<duration>\d.*), (?P<gap>\d.*) apart"),
    converters=CONVERTERS,
)
@needing(faults_found()["region outage"].needs)
def the_region_flaps(stage: Stage, role: Role, times: int, duration: float, gap: float) -> None:
    """Make the region go dark again and again."""
    outage = faults_found()["region outage"]
    stage.require(outage.needs)
    for _ in range(times):
        stage.drill.strike(outage, role, for_seconds=duration)
        stage.drill.clock.sleep(gap)
    stage.drill.bring_back(role)


@given(sentence(r"replication to the {role} region has been stalled for (?P<duration>\d.*)"), converters=CONVERTERS)
@needing(faults_found()["replication stall"].needs)
def replication_has_been_stalled(stage: Stage, role: Role, duration: float) -> None:
    """Stall replication before the disaster, unnoticed, while clients go on writing."""
    stall = faults_found()["replication stall"]
    stage.require(stall.needs)
    stage.drill.precede(stall, role, duration)


@given(
    sentence(r"a backup of the {role} region's database has been going on for (?P<duration>\d.*)"),
    converters=CONVERTERS,
)
@needing(faults_found()["backup begins"].needs)
def a_backup_has_been_going_on(stage: Stage, role: Role, duration: float) -> None:
    """Let the backup of a database begin before the disaster."""
    backup = faults_found()["backup begins"]
    stage.require(backup.needs)
    stage.drill.precede(backup, role, duration)


@given(sentence(r"the certificate of the {role} region has been expired for (?P<duration>\d.*)"), converters=CONVERTERS)
@needing(faults_found()["expired certificate"].needs)
def the_certificate_has_been_expired(stage: Stage, role: Role, duration: float) -> None:
    """Let the certificate of a region expire before the disaster, unnoticed."""
    expired = faults_found()["expired certificate"]
    stage.require(expired.needs)
    stage.drill.precede(expired, role, duration)


@given(sentence(r"the {role} region has been dark for (?P<duration>\d.*)"), converters=CONVERTERS)
@needing(faults_found()["region outage"].needs)
def the_region_has_been_dark(stage: Stage, role: Role, duration: float) -> None:
    """Lose a region before the disaster, and stay without it."""
    outage = faults_found()["region outage"]
    stage.require(outage.needs)
    stage.drill.precede(outage, role, duration)
