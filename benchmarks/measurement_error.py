"""How wrong the harness's own numbers are: known outages and known losses are injected, and the reports compared.

    python -m benchmarks.measurement_error [--quick] [--clock skip|wall] [--only rto|rpo]

RTO: in a design in which nothing fails over, an outage of L seconds is over after L seconds, and the report must say L.
RPO: replication is cut after N acknowledged writes and the region is lost after M more, so the report must say M.
Aims: an RTO, and an RPO's age, within 1 % or 250 ms, whichever is larger; the lost writes exact, one by one.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.environment import environment
from benchmarks.injection import Timed, wall_speed
from benchmarks.ledger import Entry, Ledger
from ziggie_harness.checks.recovery_point import LISTED, RecoveryPoint
from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, failovers_found, faults_found, probes_found
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.model.topology_document import override
from ziggie_harness.model.verdict import Judgement
from ziggie_harness.ports import Backend, Probe

AIM_SHARE: Final = 0.01
AIM_SECONDS: Final = 0.25

IMMOVABLE: Final = {
    "records.api": {"type": "A", "routing": "simple", "ttl": "60 s", "primary": {}},
    "fencing": None,
    "objectives.active-passive.stability_window": "10 s",
}
"""Changes to the design after which nothing fails over and nobody loses the right to write."""

BRISK: Final = {
    "databases.orders.assumed_promotion.modifying": "5 s",
    "databases.orders.assumed_promotion.rebooting": "5 s",
    "records.api.ttl": "10 s",
    "objectives.active-passive.stability_window": "10 s",
}
"""Changes to the design that let it fail over in less than a minute, for what has to run at wall speed."""

IDENTITY: Final = re.compile(r"ledger-\d{6}")


WIDTHS: Final = (22, 5, 20, 20, 46, 6)
"""Of the report's columns."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A known outage: which fault, for how long."""

    fault: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Loss:
    """A known loss: so many writes are replicated, so many more are not when the blow falls."""

    fault: str
    kept: int
    lost: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison: what was injected, what was reported, and whether the aim is met."""

    case: str
    clock: str
    truth: str
    reported: str
    error: str
    met: bool


OUTAGES: Final = {
    "skip": (
        *(Outage("region outage", seconds) for seconds in (7, 20, 60, 180, 600)),
        Outage("server freeze", 20),
        Outage("one-way cut", 20),
        Outage("server crash", 20),
    ),
    "wall": (
        Outage("region outage", 4),
        Outage("region outage", 11),
        Outage("server freeze", 7),
        Outage("one-way cut", 7),
        Outage("server crash", 7),
    ),
}
LOSSES: Final = {
    "skip": (
        Loss("region outage", 10, 0),
        Loss("region outage", 10, 1),
        Loss("region outage", 10, 25),
        Loss("database crash", 10, 7),
        Loss("frozen database", 10, 7),
    ),
    "wall": (Loss("region outage", 10, 7),),
}
QUICK: Final = {"skip": slice(0, 2), "wall": slice(0, 1)}


def main(arguments: Sequence[str]) -> int:
    """Inject, compare and print; return 1 when an aim was missed."""
    asked = options(arguments)
    backend = backends_found()["embedded"]
    backend.prepare()
    if reason := backend.limitation(frozenset({Capability.POSTGRESQL, Capability.PARTITIONS})):
        print(reason)
        return 1
    print(environment())
    print(f"\naims: 1 % or {AIM_SECONDS:g} s, whichever is larger; lost writes exact\n")
    print(line("case", "clock", "injected", "reported", "error", "aim"))
    missed = 0
    for finding in findings(backend, asked):
        missed += not finding.met
        met = "met" if finding.met else "MISSED"
        print(line(finding.case, finding.clock, finding.truth, finding.reported, finding.error, met), flush=True)
    print(f"\n{missed} aims missed" if missed else "\nall aims met")
    return 1 if missed else 0


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few short cases only")
    parser.add_argument("--clock", choices=("skip", "wall"), help="one clock only")
    parser.add_argument("--only", choices=("rto", "rpo"), help="one measurement only")
    return parser.parse_args(arguments)


def findings(backend: Backend, asked: argparse.Namespace) -> Iterator[Finding]:
    """Yield a comparison for each case that was asked for."""
    for clock in (asked.clock,) if asked.clock else ("skip", "wall"):
        chosen = QUICK[clock] if asked.quick else slice(None)
        if asked.only != "rpo":
            for outage in OUTAGES[clock][chosen]:
                yield measured_outage(backend, outage, clock)
        if asked.only != "rto":
            for loss in LOSSES[clock][chosen]:
                yield measured_loss(backend, loss, clock)


def measured_outage(backend: Backend, outage: Outage, clock: str) -> Finding:
    """Let a service be out for a known time, and compare the reported RTO with it."""
    fault = Timed(faults_found()[outage.fault])
    with drilling(backend, IMMOVABLE, tuple(probes_found().values()), clock) as drill:
        drill.strike(fault, Role.PRIMARY, for_seconds=outage.seconds)
        judgement = drill.judge(RecoveryTime(drill.topology.objective.rto_seconds, 10.0))
    truth = fault.healed_seconds - fault.struck_seconds
    case = f"RTO {outage.fault}"
    reported = measured(judgement, "RTO")
    if reported is None:
        return Finding(case, clock, f"{truth:.3f} s", judgement.sentence, "no RTO", met=False)
    return Finding(
        case, clock, f"{truth:.3f} s", f"{reported:.3f} s", told_error(reported, truth), met=within_aim(reported, truth)
    )


def measured_loss(backend: Backend, loss: Loss, clock: str) -> Finding:
    """Lose known acknowledged writes, and compare the reported RPO with the ledger."""
    fault, ledger = Timed(faults_found()[loss.fault]), Ledger()
    with drilling(backend, BRISK, (ledger,), clock) as drill:
        ledger.close(drill.world)
        ledger.write(drill.world, loss.kept)
        if loss.lost:
            drill.precede(faults_found()["replication stall"], Role.SECONDARY, for_seconds=0.0)
        doomed = ledger.write(drill.world, loss.lost)
        drill.strike(fault, Role.PRIMARY)
        ledger.reopen()
        drill.fail_over(failovers_found()["health check"])
        judgement = drill.judge(RecoveryPoint(drill.topology.objective.rpo_seconds))
    return compared(loss, clock, judgement, doomed, fault.struck_seconds)


def compared(loss: Loss, clock: str, judgement: Judgement, doomed: Sequence[Entry], struck_seconds: float) -> Finding:
    """Compare a reported RPO with the ledger: how many were lost, which, and how old the oldest was."""
    truth = max((struck_seconds - entry.acknowledged_seconds for entry in doomed), default=0.0)
    count, age = measured(judgement, "lost writes"), measured(judgement, "RPO")
    case, injected = f"RPO {loss.fault}", f"{len(doomed)} writes, {truth:.3f} s"
    if count is None or age is None:
        return Finding(case, clock, injected, judgement.sentence, "no RPO", met=False)
    named = IDENTITY.findall(judgement.sentence)
    same = named == [entry.identity for entry in doomed[:LISTED]]
    error = f"{count - len(doomed):+.0f} writes, {'the same' if same else 'OTHER'} ids, {told_error(age, truth)}"
    met = same and count == len(doomed) and within_aim(age, truth)
    return Finding(case, clock, injected, f"{count:.0f} writes, {age:.3f} s", error, met)


@contextmanager
def drilling(backend: Backend, changes: Mapping[str, object], probes: Sequence[Probe], clock: str) -> Iterator[Drill]:
    """Bring a changed design to its steady state, and keep the chosen clock from there on.

    RDS takes some 17 minutes to make a primary and a replica; these are skipped on both clocks.
    """
    topology: Topology = override(read_topology(ACTIVE_PASSIVE), changes)
    with tempfile.TemporaryDirectory(prefix="ziggie-benchmark-") as home:
        logs = Path(home) / "logs"
        logs.mkdir()
        with Drill(backend, topology, probes, Path(home), skips=True) as drill:
            drill.reach_steady_state()
            with wall_speed(drill.clock) if clock == "wall" else nullcontext():
                yield drill


def measured(judgement: Judgement, name: str) -> float | None:
    """Return a number of a judgement, or None when it has none of that name."""
    return next((number.value for number in judgement.measurements if number.name == name), None)


def within_aim(reported: float, truth: float) -> bool:
    """Say whether a reported number of seconds is as near to the truth as it should be."""
    return abs(reported - truth) <= max(AIM_SECONDS, AIM_SHARE * truth)


def told_error(reported: float, truth: float) -> str:
    """Tell an error in seconds, and in percent where there is something to compare with."""
    error = reported - truth
    return f"{error:+.3f} s" + (f" ({error / truth:+.2%})" if truth else "")


def line(*cells: str) -> str:
    """Lay out the cells of a line of the report."""
    return "".join(f"{cell:<{width}} " for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
