"""A run with drills of every ending, sealed: what the tests of the report show."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.evidence.bundle import Bundle, sha256_of
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Design, Planted, Promise
from ziggie_harness.evidence.record import Retest, record_of
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import write_run
from ziggie_harness.evidence.sbom import sbom
from ziggie_harness.evidence.summary import Effort
from ziggie_harness.kernel.journal import encode
from ziggie_harness.model.client_events import AUTHORITY, NameResolved, Outcome, RequestEnded
from ziggie_harness.model.database_events import LagTold, StoresCompared, WriterObserved, WritesSurviving
from ziggie_harness.model.history import (
    CallMade,
    FaultHealed,
    FaultProved,
    FaultStruck,
    HealthChanged,
    History,
    Noted,
    PhaseEntered,
    Record,
    StepTaken,
)
from ziggie_harness.model.requirement import Requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ziggie_harness.evidence.provenance import Provenance
    from ziggie_harness.evidence.signing import SigningKey
    from ziggie_harness.model.history import Event

HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=window.owned=1>\"'&amp;\u2028"
"""A text that takes a page over wherever it is taken for markup."""

PRIMARY, SECONDARY = "eu-north-1", "eu-west-1"
ADDRESSES = {PRIMARY: "13.48.10.10", SECONDARY: "34.240.20.10"}

DESIGN = Design(
    "name: ziggie\nfencing:\n  kind: lease\n",
    None,
    {"regions": {"primary": PRIMARY, "secondary": SECONDARY, "witness": "eu-central-1", "control_plane": "us-east-1"}},
    Promise(900, 5, 30),
)

FAULT_SECONDS = 610.0
BACK_SECONDS = 760.0
END_SECONDS = 800.0


def request(number: int, started: float, region: str, outcome: Outcome = Outcome.ACKNOWLEDGED) -> RequestEnded:
    """Return a write that ended; a region that refused is not heard of."""
    answered = outcome is Outcome.ACKNOWLEDGED
    reason = "" if answered else "no connection in time"
    return RequestEnded(
        "writes",
        "write",
        f"order-{number:06}",
        started,
        outcome,
        region if answered else "",
        ADDRESSES[region] if answered else "",
        reason,
    )


def story(*, lost: int = 0, told: str = "replication stalls") -> Sequence[tuple[float, Event]]:
    """Return the events of a drill in which service comes back, and so many of the last writes are lost."""
    before = [(600.05 + n, request(n, 600.0 + n, PRIMARY)) for n in range(10)]
    during = [(612.0 + n, request(100 + n, 611.0 + n, PRIMARY, Outcome.REFUSED)) for n in range(0, 145, 5)]
    after = [(BACK_SECONDS + n, request(200 + n, BACK_SECONDS + n - 0.05, SECONDARY)) for n in range(36)]
    kept = [event.identity for _, event in (*before[: len(before) - lost], *after)]
    return [
        (0.1, PhaseEntered("provision")),
        (600.0, PhaseEntered("steady state")),
        (600.0, NameResolved(AUTHORITY, "api.ziggie.ai", (ADDRESSES[PRIMARY],), 60, cached=False)),
        (600.0, WriterObserved(PRIMARY, accepts=True, reason="")),
        (600.0, LagTold(SECONDARY, "heartbeat", 1.5, 100, 0)),
        *before,
        (610.0, Noted(told)),
        (FAULT_SECONDS, PhaseEntered("strike")),
        (FAULT_SECONDS, FaultStruck("region outage", "primary")),
        (611.5, FaultProved("region outage", "primary", "no packet came back")),
        *during,
        (640.0, HealthChanged("d3ad89ee", healthy=False, healthy_share=0.0, address=ADDRESSES[PRIMARY])),
        (641.0, StepTaken("decided", "the watcher decides by itself")),
        (641.5, CallMade("rds", "PromoteReadReplica", SECONDARY, SECONDARY, 200, "")),
        (650.0, LagTold(SECONDARY, "heartbeat", 41.5, 100, 1736)),
        (660.0, NameResolved(AUTHORITY, "api.ziggie.ai", (ADDRESSES[SECONDARY],), 60, cached=False)),
        (755.0, WriterObserved(SECONDARY, accepts=True, reason="")),
        (756.0, StepTaken("promoted", "the replica is a primary of its own")),
        *after,
        (799.0, WritesSurviving(SECONDARY, tuple(kept))),
        (799.5, StoresCompared("PostgreSQL", PRIMARY, SECONDARY, 40, 40, 0, 0, 0, (), (), ())),
        (END_SECONDS, FaultHealed("region outage", "primary")),
    ]


def history(events: Sequence[tuple[float, Event]]) -> History:
    """Return events in the order of time, with most of the time skipped."""
    ordered = sorted(events, key=lambda pair: pair[0])
    return History(tuple(Record(n, at, at * 0.98, event) for n, (at, event) in enumerate(ordered)))


@dataclasses.dataclass(frozen=True)
class Cast:
    """One drill of the run."""

    scenario: str
    ending: Ending
    lost: int = 0
    told: str = "replication stalls"
    tags: frozenset[str] = frozenset({"REQ-DR-01"})
    planted: Planted | None = None
    at_most_seconds: float = 900


CASTS = (
    Cast("The primary region goes dark", Ending.PASSED),
    Cast("The recovery takes too long", Ending.FAILED, at_most_seconds=120),
    Cast(
        "Replication had stalled",
        Ending.CAUGHT,
        lost=8,
        tags=frozenset({"REQ-DR-01", "must-fail", "caught-by-recovery-point", "G11"}),
        planted=Planted("G11", "without fencing", {"fencing": None}),
    ),
    Cast(f"Hostile {HOSTILE}", Ending.UNKNOWN, told=HOSTILE),
)


@pytest.fixture(scope="session")
def write_drill(provenance: Provenance, key: SigningKey) -> Callable[[Path, Cast], Played]:
    """Return what seals one drill into a folder."""

    def write(directory: Path, cast: Cast) -> Played:
        """Seal a drill and return how it was played."""
        bundle = Bundle(directory)
        found = history(story(lost=cast.lost, told=cast.told))
        bundle.history_path.write_bytes(b"".join(encode(record) for record in found.records))
        design = dataclasses.replace(DESIGN, planted=cast.planted)
        bundle.write_provenance(
            dataclasses.replace(provenance, scenario=cast.scenario, design=design, drill_seconds=END_SECONDS)
        )
        requirement = Requirement(
            "REQ-DR-01",
            "Losing the primary region",
            "It returns.",
            "guide §1",
            "",
            cast.scenario,
            cast.tags,
            "a.feature",
            9,
        )
        caught_by = "recovery-point" if cast.ending is Ending.CAUGHT else ""
        row = Row(requirement.feature, cast.scenario, cast.ending, sentence=cast.told, caught_by=caught_by)
        played = Played(requirement, row)
        bundle.write_outcome(played)
        checks = (RecoveryTime(cast.at_most_seconds, 30), RecoveryPoint(5))
        judged = [Judged.by(check, check.judge(found)) for check in checks]
        bundle.write_verdicts(judged)
        bundle.write_sbom(sbom())
        digest = sha256_of(bundle.history_path)
        earlier = Retest("2026-01-01-7", "failed", "ab" * 32) if cast.ending is Ending.PASSED else None
        bundle.write_record(record_of(played, cast.planted, judged, found, history_sha256=digest, retest_of=earlier))
        return dataclasses.replace(
            played,
            root_sha256=bundle.seal(key, {"drill": cast.scenario}),
            row=dataclasses.replace(row, evidence=str(directory)),
        )

    return write


@pytest.fixture(scope="session")
def sealed_run(
    tmp_path_factory: pytest.TempPathFactory, write_drill: Callable[[Path, Cast], Played], key: SigningKey
) -> Path:
    """Return the folder of a run with a drill of each kind, and one that was skipped; nobody may change it."""
    directory = tmp_path_factory.mktemp("report") / "run"
    played = [write_drill(directory / f"drill-{number}", cast) for number, cast in enumerate(CASTS)]
    skipped = Requirement(
        "REQ-DR-24", "Copying", "", "", "", "No database here", frozenset({"REQ-DR-24"}), "b.feature", 3
    )
    row = Row(skipped.feature, skipped.scenario, Ending.SKIPPED, sentence="there is no mongod on this machine")
    write_run(directory, [*played, Played(skipped, row)], Effort(12.5, 300_000_000), ("pytest", "features"), key)
    return directory


@pytest.fixture
def run_directory(sealed_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, to be changed."""
    return Path(shutil.copytree(sealed_run, tmp_path / "run"))
