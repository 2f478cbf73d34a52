"""Whether the reported loss is the true one: load at several rates, a fault, a failover, and two counts of it.

    python -m benchmarks.loss [--quick] [--design rds|logical|majority|one-member]

The harness streams the clients' ledger beside the survivor's pages and judges the recovery point from its history. The
truth is worked out by ``benchmarks/truth.py`` from the ledger and a dump of the survivor.
Aims: the same number, the same writes, the same age to a microsecond.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from pymongo import MongoClient

from benchmarks.environment import environment
from benchmarks.measurement_error import BRISK, measured
from benchmarks.truth import Truth, truth
from ziggie_harness.backends.emulated.world import EmulatedWorld
from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, failovers_found, faults_found, probes_found
from ziggie_harness.drill.stage import designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.model.database_events import LoadSurveyed
from ziggie_harness.model.errors import ZiggieError
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import FaultStruck
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import override
from ziggie_harness.model.verdict import Judgement
from ziggie_harness.ports import Backend

LOAD_SECONDS: Final = 4.0
STALL_SECONDS: Final = 2.0
"""How long clients write, and for how long of it nothing is copied."""

QUICK_BRISK: Final = {key: value for key, value in BRISK.items() if not key.startswith("databases")}
"""Changes that let any design fail over sooner."""

WIDTHS: Final = (11, 16, 9, 8, 13, 14, 12, 16, 6)


@dataclass(frozen=True, slots=True)
class Design:
    """A declared design, and what it is put through."""

    topology: str
    changes: Mapping[str, object]
    rates: Sequence[int]
    failovers: Mapping[str, str]
    """How service fails over from each fault."""
    stalled: Sequence[str] = ()
    """The faults before which nothing is copied for a while."""
    copied: Sequence[str] = ()
    """The faults before which everything is."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault under load."""

    design: str
    fault: str
    rate: int
    stalled: bool


_CRASHES: Final = ("database crash", "frozen database", "region outage")
_PARTITIONS: Final = ("lost links", "lost clients")
_BY_WATCHER: Final = {
    **dict.fromkeys((*_CRASHES, "lost links"), "health check"),
    # Between regions all is well, so nobody but an operator would act.
    "lost clients": "planned switch",
}
_BY_ELECTION: Final = dict.fromkeys((*_CRASHES, *_PARTITIONS), "election")

DESIGNS: Final = {
    "rds": Design(
        "active-passive", BRISK, (100, 1000, 5000), _BY_WATCHER, _CRASHES, ("database crash", *_PARTITIONS)
    ),
    "logical": Design(
        "logical-replication", QUICK_BRISK, (100, 1000, 5000), _BY_WATCHER, _CRASHES, ("database crash", *_PARTITIONS)
    ),
    "majority": Design("replica-set", QUICK_BRISK, (100, 1000), _BY_ELECTION, (), (*_CRASHES, *_PARTITIONS)),
    "one-member": Design(
        "replica-set", {**QUICK_BRISK, "databases.orders.write_concern": "1"}, (100, 1000), _BY_ELECTION, (),
        ("region outage", "lost links"),
    ),
}  # fmt: skip


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
    parser.add_argument("--quick", action="store_true", help="one case of each design only")
    parser.add_argument("--design", choices=tuple(DESIGNS), help="one design only")
    asked = parser.parse_args(arguments)
    backend = backends_found()["embedded"]
    backend.prepare()
    print(environment())
    print("\nlost writes of the load: the harness's count and the truth; ages in seconds at the fault\n")
    print(line("design", "fault", "writes/s", "copied", "acknowledged", "lost, harness", "lost, truth", "ages", "aim"))
    missed = 0
    for name in (asked.design,) if asked.design else DESIGNS:
        if reason := backend.limitation(
            read_topology(designs()[DESIGNS[name].topology]).needs | {Capability.PARTITIONS}
        ):
            print(reason)
            return 1
        for case in list(cases(name))[: 1 if asked.quick else None]:
            finding = found(backend, case)
            missed += not finding.met
            print(told(finding), flush=True)
    print(f"\n{missed} cases differ" if missed else "\nall counts, writes and ages are the same")
    return 1 if missed else 0


def cases(name: str) -> Iterator[Case]:
    """Yield each fault of a design at each rate."""
    design = DESIGNS[name]
    for stalled, faults in ((True, design.stalled), (False, design.copied)):
        for fault in faults:
            for rate in design.rates:
                yield Case(name, fault, rate, stalled)


def found(backend: Backend, case: Case) -> Finding:
    """Play a case, and count its losses twice."""
    design = DESIGNS[case.design]
    with drilling(backend, design) as (drill, home):
        drill.load(case.rate, LOAD_SECONDS - STALL_SECONDS)
        if case.stalled:
            drill.precede(faults_found()["replication stall"], Role.SECONDARY, STALL_SECONDS)
        else:
            drill.clock.sleep(STALL_SECONDS)
        drill.strike(faults_found()[case.fault], Role.PRIMARY)
        drill.fail_over(failovers_found()[design.failovers[case.fault]])
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
    """Write the survivor's numbers to a file, a line each, through a connection of the benchmark's own."""
    world = drill.world
    if not isinstance(world, EmulatedWorld):
        raise ZiggieError("only the embedded backend lets a benchmark into its databases")
    parts = world._parts  # noqa: SLF001 - past the ports, so that the truth owes them nothing
    place = parts.data.service_environment(Role.SECONDARY)
    with parts.network.inside(world.site(Role.SECONDARY)), dump.open("wb") as file:
        rows = documents(place) if "ZIGGIE_REPLICA_SET" in place else copied(place)
        file.writelines(rows)


def copied(place: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a table's rows, by COPY."""
    address, _, port = place["ZIGGIE_DATABASE"].rpartition(":")
    with (
        psycopg.connect(
            hostaddr=address,
            port=int(port),
            dbname=place["ZIGGIE_DATABASE_NAME"],
            user=place["ZIGGIE_DATABASE_USER"],
            sslmode="disable",
            gssencmode="disable",
        ) as link,
        link.cursor().copy("COPY elements TO STDOUT") as rows,
    ):
        for row in rows:
            yield bytes(row)


def documents(place: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a collection's keys, by MongoDB's own driver, from whoever is primary now."""
    hosts = [member.partition("=")[2] for member in place["ZIGGIE_DATABASE_MEMBERS"].split(",")]
    with MongoClient[Any](
        hosts,
        replicaSet=place["ZIGGIE_REPLICA_SET"],
        username=place["ZIGGIE_DATABASE_USER"],
        password=place["ZIGGIE_DATABASE_PASSWORD"],
        authSource=place["ZIGGIE_DATABASE_NAME"],
        tls=True,
        tlsCAFile=place["ZIGGIE_DATABASE_CA"],
    ) as client:
        for document in client[place["ZIGGIE_DATABASE_NAME"]].elements.find(projection={"_id": 1}):
            yield b"%d\n" % document["_id"]


@contextmanager
def drilling(backend: Backend, design: Design) -> Iterator[tuple[Drill, Path]]:
    """Bring a design to its steady state."""
    topology = override(read_topology(designs()[design.topology]), design.changes)
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
        case.design,
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
