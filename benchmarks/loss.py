"""Whether the reported loss is the true one: load at several rates, a fault, a failover, and two counts of it.

    python -m benchmarks.loss [--quick]

The harness streams the clients' ledger beside the survivor's pages and judges the recovery point from its history. The
truth is worked out by ``benchmarks/truth.py`` from the ledger and a dump of the survivor.
Aims: the same number, the same writes, the same age to a microsecond.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.environment import environment
from benchmarks.measurement_error import BRISK, measured
from benchmarks.truth import Truth, truth
from ziggie_harness.backends.embedded.world import EmbeddedWorld
from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, failovers_found, faults_found, probes_found
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import FaultStruck, LoadSurveyed
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import override
from ziggie_harness.model.verdict import Judgement
from ziggie_harness.ports import Backend

LOAD_SECONDS: Final = 4.0
STALL_SECONDS: Final = 2.0
"""How long clients write, and for how long of it nothing is copied."""

FAULTS: Final = ("database crash", "frozen database", "region outage")
RATES: Final = (100, 1000, 5000)
WIDTHS: Final = (17, 8, 7, 14, 14, 16, 16, 6)


@dataclass(frozen=True, slots=True)
class Case:
    """A fault under load."""

    fault: str
    rate: int
    stalled: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What the harness reports of a case, and what is true."""

    case: Case
    reported: LoadSurveyed
    age_seconds: float
    true: Truth

    @property
    def met(self) -> bool:
        """Whether the two are the same."""
        return (
            self.reported.acknowledged == self.true.acknowledged
            and self.reported.missing == len(self.true.lost)
            and self.reported.missing_examples == tuple(str(number) for number in self.true.lost[:10])
            and abs(self.age_seconds - self.true.age_seconds) < 1e-6
        )


def main(arguments: Sequence[str]) -> int:
    """Load, hurt, compare and print; return 1 when a count differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one case only")
    asked = parser.parse_args(arguments)
    backend = backends_found()["embedded"]
    backend.prepare()
    if reason := backend.limitation(frozenset({Capability.POSTGRESQL})):
        print(reason)
        return 1
    print(environment())
    print("\nlost writes of the load: the harness's count and the truth; ages in seconds at the fault\n")
    print(line("fault", "writes/s", "copied", "acknowledged", "lost, harness", "lost, truth", "ages", "aim"))
    missed = 0
    for case in cases(quick=asked.quick):
        finding = found(backend, case)
        missed += not finding.met
        print(told(finding), flush=True)
    print(f"\n{missed} cases differ" if missed else "\nall counts, writes and ages are the same")
    return 1 if missed else 0


def cases(*, quick: bool) -> Iterator[Case]:
    """Yield each fault at each rate, with a copy that had stalled, and without for the crash."""
    for fault in FAULTS[:1] if quick else FAULTS:
        for rate in RATES[:1] if quick else RATES:
            yield Case(fault, rate, stalled=True)
            if fault == FAULTS[0] and not quick:
                yield Case(fault, rate, stalled=False)


def found(backend: Backend, case: Case) -> Finding:
    """Play a case, and count its losses twice."""
    with drilling(backend) as (drill, home):
        drill.load(case.rate, LOAD_SECONDS - STALL_SECONDS)
        if case.stalled:
            drill.precede(faults_found()["replication stall"], Role.SECONDARY, STALL_SECONDS)
        else:
            drill.clock.sleep(STALL_SECONDS)
        drill.strike(faults_found()[case.fault], Role.PRIMARY)
        drill.fail_over(failovers_found()["health check"])
        judgement = drill.judge(RecoveryPoint(drill.topology.objective.rpo_seconds))
        region = drill.world.site(Role.SECONDARY)
        surveys = [event for _, event in drill.history.of_kind(LoadSurveyed) if event.region == region]
        struck_seconds = next(at for at, _ in drill.history.of_kind(FaultStruck))
        dump = home / "dump"
        dumped(drill, dump)
        true = truth(home / "logs" / "load.ledger", dump, struck_seconds)
    if not surveys:
        raise ZiggieError(f"the load was never read back: {judgement.sentence}", hint="read the history")
    return Finding(case, surveys[0], age_of_load(judgement, surveys[0], struck_seconds), true)


def age_of_load(judgement: Judgement, survey: LoadSurveyed, struck_seconds: float) -> float:
    """Return the reported age when it is the load's, which it is unless a probe's lost write is older."""
    of_load = max(0.0, struck_seconds - survey.oldest_missing_seconds) if survey.missing else 0.0
    reported = measured(judgement, "RPO")
    return of_load if reported is not None and reported >= of_load else -1.0


def dumped(drill: Drill, dump: Path) -> None:
    """Write the survivor's table to a file, by COPY through a connection of its own."""
    world = drill.world
    if not isinstance(world, EmbeddedWorld):
        raise ZiggieError("only the embedded backend lets a benchmark into its databases")
    parts = world._parts  # noqa: SLF001 - past the ports, so that the truth owes them nothing
    place = parts.data.service_environment(Role.SECONDARY)
    address, _, port = place["ZIGGIE_DATABASE"].rpartition(":")
    with (
        parts.network.inside(world.site(Role.SECONDARY)),
        psycopg.connect(
            hostaddr=address,
            port=int(port),
            dbname=place["ZIGGIE_DATABASE_NAME"],
            user=place["ZIGGIE_DATABASE_USER"],
            sslmode="disable",
            gssencmode="disable",
        ) as link,
        link.cursor().copy("COPY elements TO STDOUT") as rows,
        dump.open("wb") as file,
    ):
        for row in rows:
            file.write(row)


@contextmanager
def drilling(backend: Backend) -> Iterator[tuple[Drill, Path]]:
    """Bring the active-passive design to its steady state."""
    topology = override(read_topology(ACTIVE_PASSIVE), BRISK)
    with tempfile.TemporaryDirectory(prefix="ziggie-benchmark-") as place:
        home = Path(place)
        (home / "logs").mkdir()
        with Drill(backend, topology, tuple(probes_found().values()), home, skips=True) as drill:
            drill.reach_steady_state()
            yield drill, home


def told(finding: Finding) -> str:
    """Return a line of the report."""
    case, true = finding.case, finding.true
    return line(
        case.fault,
        str(case.rate),
        "stalled" if case.stalled else "yes",
        f"{true.acknowledged:,}",
        f"{finding.reported.missing:,}",
        f"{len(true.lost):,}",
        f"{finding.age_seconds:.3f} {true.age_seconds:.3f}",
        "met" if finding.met else "MISSED",
    )


def line(*cells: str) -> str:
    """Lay out the cells of a line of the report."""
    return "".join(f"{cell:<{width}} " for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
