"""The invariants over a failover, on histories written out event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.own_writes import OwnWrites
from ziggie_harness.checks.rollback_files import RollbackFiles
from ziggie_harness.checks.set_full import SetFull
from ziggie_harness.checks.stale_reads import StaleReads
from ziggie_harness.checks.whole_transfers import WholeTransfers
from ziggie_harness.model.client_events import ABSENT, Outcome, RequestEnded
from ziggie_harness.model.database_events import LoadSurveyed, TransfersRead, WritesRolledBack, WritesSurviving
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from ziggie_harness.ports import Check

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))
Timed = tuple[tuple[float, Event], ...]


def asked(operation: str, identity: str, at: float, region: str = WEST, reason: str = "") -> tuple[float, Event]:
    """Return a request that was answered then, a tenth of a second after its start."""
    outcome = Outcome.REFUSED if reason else Outcome.ACKNOWLEDGED
    return at, RequestEnded("client", operation, identity, at - 0.1, outcome, region, "", reason)


def own(operation: str, identity: str, at: float, reason: str = "") -> tuple[float, Event]:
    """Return a request of a client that reads what it wrote itself."""
    outcome = Outcome.REFUSED if reason else Outcome.ACKNOWLEDGED
    return at, RequestEnded("session-1", operation, identity, at - 0.1, outcome, WEST, "", reason)


OWN = (own("write", "mine", 8), *FAULT)
SERVED = (asked("write", "a", 8, NORTH), *FAULT, asked("write", "b", 30))


def surveyed(missing: int = 0, holes: int = 0, unexplained: tuple[str, ...] = (), region: str = WEST) -> Timed:
    """Return a load of a hundred acknowledged writes and what was found of it."""
    named = tuple(str(number) for number in range(missing))
    return ((40, LoadSurveyed(region, 100, 0, 3, missing, 9.0, 9.0, named, holes, 1, unexplained)),)


def transfers(halved: int, region: str = WEST) -> Timed:
    """Return a reading of ten transfers."""
    return ((40, TransfersRead(region, 10, halved, ("7",)[:halved])),)


SURVIVING = (40, WritesSurviving(WEST, ("a", "b")))
ONE_LOST = (*SERVED[:-1], asked("write", "lost", 12, NORTH), SERVED[-1])


def rolled_back(*identities: str) -> tuple[float, Event]:
    """Return what the old primary put into its rollback files."""
    return 41, WritesRolledBack(NORTH, identities)


ROWS: dict[str, tuple[Check, Timed, Verdict, str]] = {
    "set: all": (
        SetFull(), (*SERVED, *surveyed()), Verdict.PASSED, "has 100 of 100 acknowledged writes without a hole",
    ),
    "set: the end is lost": (SetFull(), (*SERVED, *surveyed(4)), Verdict.PASSED, "eu-west-1 has 96 of 100"),
    "set: holes": (
        SetFull(),
        (*SERVED, *surveyed(2, holes=1)),
        Verdict.FAILED,
        "eu-west-1 lost 1 acknowledged writes although later ones are there: 0, 1",
    ),
    "set: made up": (
        SetFull(), (*SERVED, *surveyed(unexplained=("7",))), Verdict.FAILED, "that were refused or never sent: 7",
    ),
    "set: nobody looked": (SetFull(), SERVED, Verdict.UNKNOWN, "no load was read back in eu-west-1"),
    "set: another region": (SetFull(), (*SERVED, *surveyed(region=NORTH)), Verdict.UNKNOWN, "in eu-west-1"),
    "set: no fault": (SetFull(), surveyed(), Verdict.UNKNOWN, "the fault never bit"),
    "rollback: each lost one": (
        RollbackFiles(), (*ONE_LOST, SURVIVING, rolled_back("lost", "never acknowledged")), Verdict.PASSED,
        "each of 1 lost acknowledged writes is in the rollback files of eu-north-1, and no other is",
    ),
    "rollback: in no file": (
        RollbackFiles(), (*ONE_LOST, SURVIVING, rolled_back()), Verdict.FAILED,
        "1 of 1 lost acknowledged writes are in no rollback file: lost",
    ),
    "rollback: there and taken back": (
        RollbackFiles(), (*ONE_LOST, SURVIVING, rolled_back("lost", "a")), Verdict.FAILED,
        "1 acknowledged writes are in rollback files and in eu-west-1, too: a",
    ),
    "rollback: nothing lost": (RollbackFiles(), (*SERVED, SURVIVING, rolled_back()), Verdict.UNKNOWN, "so none had to"),
    "rollback: no files read": (RollbackFiles(), (*ONE_LOST, SURVIVING), Verdict.UNKNOWN, "files were read"),
    "rollback: nobody read the rest": (RollbackFiles(), (*ONE_LOST, rolled_back()), Verdict.UNKNOWN, "read back"),
    "transfers: whole": (WholeTransfers(), (*SERVED, *transfers(0)), Verdict.PASSED, "each of 10 transfers"),
    "transfers: half": (
        WholeTransfers(), (*SERVED, *transfers(1)), Verdict.FAILED, "1 of 10 transfers are half applied",
    ),
    "transfers: nobody looked": (WholeTransfers(), (*SERVED, *transfers(1, NORTH)), Verdict.UNKNOWN, "no transfer was"),
    "reads: fresh": (StaleReads(), (*SERVED, asked("read", "b", 31), SURVIVING), Verdict.PASSED, "none of 1 reads"),
    "reads: stale": (
        StaleReads(),
        (*SERVED, asked("read", "b", 31, reason=ABSENT), SURVIVING),
        Verdict.FAILED,
        "1 of 1 reads missed what was acknowledged before and is there now: b in eu-west-1 at 30.9 s",
    ),
    "reads: lost is not stale": (
        StaleReads(), (*SERVED, asked("read", "z", 31, reason=ABSENT), SURVIVING), Verdict.PASSED, "none of 1 reads",
    ),
    "reads: began before the acknowledgement": (
        StaleReads(), (*SERVED, asked("read", "b", 30.05, reason=ABSENT), SURVIVING), Verdict.PASSED, "none of 1",
    ),
    "reads: no answer": (
        StaleReads(), (*SERVED, asked("read", "b", 31, reason="HTTP 503"), SURVIVING), Verdict.UNKNOWN, "no read was",
    ),
    "reads: nobody looked": (StaleReads(), (*SERVED, asked("read", "b", 31)), Verdict.UNKNOWN, "never read back"),
    "own: found": (OwnWrites(), (*OWN, own("read", "mine", 31)), Verdict.PASSED, "each of 1 reads found"),
    "own: gone": (
        OwnWrites(), (*OWN, own("read", "mine", 31, reason=ABSENT)), Verdict.FAILED,
        "had been told was written: mine (acknowledged at 8.0 s, not found in eu-west-1 at 30.9 s)",
    ),
    "own: another's": (OwnWrites(), (*OWN, asked("read", "mine", 31, reason=ABSENT)), Verdict.UNKNOWN, "no client was"),
    "own: before it was told": (
        OwnWrites(), (*FAULT, own("read", "mine", 30, reason=ABSENT), own("write", "mine", 31)), Verdict.UNKNOWN,
        "no client was told after the fault",
    ),
    "own: no answer": (OwnWrites(), (*OWN, own("read", "mine", 31, reason="HTTP 503")), Verdict.UNKNOWN, "no client"),
    "own: before the fault only": (
        OwnWrites(), (own("write", "mine", 5), own("read", "mine", 8), *FAULT), Verdict.UNKNOWN, "no client was told",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("check", "events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_what_survived(check: Check, events: Timed, verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that names what is wrong."""
    judgement = check.judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
