"""Then: the promise. A step asks a check, and raises what it found; it never returns a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_bdd import then

from ziggie_harness.checks.database_protection import DatabaseProtection
from ziggie_harness.checks.dns_state import DnsState
from ziggie_harness.checks.object_recovery_point import ObjectRecoveryPoint
from ziggie_harness.checks.own_database import OwnDatabase
from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.checks.service_available import ServiceAvailable
from ziggie_harness.checks.single_writer import SingleWriter
from ziggie_harness.checks.told_health import ToldHealth
from ziggie_harness.checks.unprotected_time import UnprotectedTime
from ziggie_harness.model.errors import FeatureError
from ziggie_harness.model.history import FAIL_BACK, PhaseEntered
from ziggie_harness.model.units import parse_duration
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ziggie_harness.drill.drill import Drill
    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.topology import Role
    from ziggie_harness.ports import Check

HEADER: Final = ["objective", "at most"]


def _recovery_time(drill: Drill, at_most_seconds: float) -> Check:
    """Return the check of an RTO."""
    return RecoveryTime(at_most_seconds, drill.topology.objective.stability_window_seconds)


OBJECTIVES: Final[dict[str, Callable[[Drill, float], Check]]] = {
    "RTO": _recovery_time,
    "RPO": lambda _, at_most_seconds: RecoveryPoint(at_most_seconds),
    "object RPO": lambda _, at_most_seconds: ObjectRecoveryPoint(at_most_seconds),
}
"""What a row of the table of objectives asks for."""


@then("recovery meets its objectives")
def recovery_meets_its_objectives(stage: Stage, datatable: Sequence[Sequence[str]]) -> None:
    """Judge every objective of the table together; each is in the record, the worst decides."""
    header, *rows = datatable
    if list(header) != HEADER or not rows:
        raise FeatureError(
            f"the table of objectives begins with {list(header)} and has {len(rows)} rows",
            hint=f"its header is {' | '.join(HEADER)}; each row names one of {', '.join(OBJECTIVES)} and a duration",
        )
    for name, _ in rows:
        if name not in OBJECTIVES:
            raise FeatureError(f"there is no objective {name!r}", hint=f"known are: {', '.join(OBJECTIVES)}")
    bounds = {name: parse_duration(bound) for name, bound in rows}
    checks = [OBJECTIVES[name](stage.drill, seconds) for name, seconds in bounds.items()]
    stage.hold(checks, rto_seconds=bounds.get("RTO"))


@then("exactly one region accepts writes")
def exactly_one_region_accepts_writes(stage: Stage) -> None:
    """Judge that at no time two regions accepted writes, and that one does at the end."""
    phases = stage.drill.history.of_kind(PhaseEntered)
    stage.hold([SingleWriter(handovers_at_most=1 + sum(event.phase == FAIL_BACK for _, event in phases))])


@then(sentence("DNS answers with the {role} region and stays there"), converters=CONVERTERS)
def dns_answers_with(stage: Stage, role: Role) -> None:
    """Judge that the name moved to the region once and did not move again."""
    stage.hold([_dns_state(stage.drill, (stage.drill.world.address_of(role),), switches_at_most=1)])


@then(sentence("DNS never leaves the {role} region"), converters=CONVERTERS)
def dns_never_leaves(stage: Stage, role: Role) -> None:
    """Judge that the name did not move at all."""
    stage.hold([_dns_state(stage.drill, (stage.drill.world.address_of(role),), switches_at_most=0)])


@then("health checks tell what clients find")
def health_checks_tell_what_clients_find(stage: Stage) -> None:
    """Ask each region past DNS, as a client does, and judge what its health check tells, once it can know."""
    checks = stage.drill.topology.health_checks.values()
    stage.drill.conclude(outage_seconds=max(check.detection_seconds for check in checks))
    for told in stage.drill.world.health_told():
        stage.drill.journal.record(told)
    stage.hold([ToldHealth()])


@then(sentence("the application of the {role} region stands on the database of its own region"), converters=CONVERTERS)
def the_application_stands_on_its_own_database(stage: Stage, role: Role) -> None:
    """Judge whether the application writes to the database that was promoted in its region; a first write shows it."""
    stage.hold([OwnDatabase(stage.drill.world.site(role))], outage_seconds=0.0)


@then(sentence(r"clients are without service for at most (?P<duration>\d.*)"), converters=CONVERTERS)
def clients_are_without_service_for_at_most(stage: Stage, duration: float) -> None:
    """Judge the longest outage that a client saw; one that lasts longer than promised need not be seen to its end."""
    stage.hold([ServiceAvailable(duration)], outage_seconds=duration)


@then(
    sentence(r"the {role} region serves again, and the way back costs clients at most (?P<duration>\d.*)"),
    converters=CONVERTERS,
)
def the_way_back_costs_at_most(stage: Stage, role: Role, duration: float) -> None:
    """Judge the longest outage that a client saw on the way back, and that the region serves at the end."""
    stage.hold([ServiceAvailable(duration, stage.drill.world.site(role), FAIL_BACK)])


@then(sentence(r"the data is without a replica for at most (?P<duration>\d.*)"), converters=CONVERTERS)
def the_data_is_without_a_replica_for_at_most(stage: Stage, duration: float) -> None:
    """Judge the time from the fault in which no region's database followed another's, and that one does at the end."""
    stage.hold([UnprotectedTime(duration)])


@then(sentence(r"the database that serves has a standby, backups for (?P<days>\d+) days and encryption"))
def the_database_that_serves_is_protected(stage: Stage, days: str) -> None:
    """Judge what the control plane tells of the instance in the region that serves at the end."""
    stage.hold([DatabaseProtection(float(days))])


def _dns_state(drill: Drill, addresses: tuple[str, ...], *, switches_at_most: int) -> DnsState:
    """Return the check of the public name."""
    name, record = next(iter(drill.topology.records.items()))
    return DnsState(drill.topology.host_name(name), addresses, record.ttl_seconds, switches_at_most)
