"""The check of the recovery point, on histories written out event by event."""

from __future__ import annotations

import pytest

from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.database_events import LoadBegun, LoadSurveyed, WritesSurviving
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

NORTH, WEST = "eu-north-1", "eu-west-1"
ACK, NO, LOST = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.INDETERMINATE
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))


def write(
    identity: str, at: float, outcome: Outcome = ACK, region: str = NORTH, took: float = 0.0
) -> tuple[float, Event]:
    """Return a write that ended then."""
    return at, RequestEnded("writer", "write", identity, at - took, outcome, region, "", "")


def survived(at: float, *identities: str, region: str = WEST) -> tuple[float, Event]:
    """Return what could be read in a region."""
    return at, WritesSurviving(region, identities)


def loaded(missing: int, oldest: float = 0.0, newest_sent: float = 0.0) -> tuple[tuple[float, Event], ...]:
    """Return a load of which 100 writes were acknowledged and some cannot be read in the region that serves."""
    examples = ("98", "99")[:missing]
    return (1, LoadBegun(100)), (41, LoadSurveyed(WEST, 100, 0, 0, missing, oldest, newest_sent, examples, 0, 0, ()))


NOTHING_LOST = (write("a", 8), write("b", 9), *FAULT, write("c", 30, region=WEST), survived(40, "a", "b", "c"))

ROWS = {
    "nothing is lost": (
        NOTHING_LOST,
        Verdict.PASSED,
        "RPO 0.0 s of 5 s: 3 of 3 acknowledged writes can be read in eu-west-1",
    ),
    "empty": ((), Verdict.UNKNOWN, "the fault never bit"),
    "no write before the fault": (
        (*FAULT, write("a", 30)),
        Verdict.UNKNOWN,
        "no write was acknowledged before the fault",
    ),
    "nobody read back": (NOTHING_LOST[:-1], Verdict.UNKNOWN, "what survived in eu-west-1 was never read back"),
    "only another region was read back": (
        (*NOTHING_LOST[:-1], survived(40, "a", "b", "c", region=NORTH)),
        Verdict.UNKNOWN,
        "what survived in eu-west-1 was never read back",
    ),
    "lost within the objective": (
        (*NOTHING_LOST[:-1], survived(40, "a", "c")),
        Verdict.PASSED,
        "RPO 1.0 s of 5 s: 1 of 3 acknowledged writes cannot be read in eu-west-1; 1 from before the fault: b",
    ),
    "lost beyond the objective": ((write("z", 4), *NOTHING_LOST), Verdict.FAILED, "RPO 6.0 s of 5 s"),
    "lost after the fault": (
        (*NOTHING_LOST[:-1], survived(40, "a", "b")),
        Verdict.FAILED,
        "1 from after the fault, which no objective excuses: c",
    ),
    "under way when the fault struck": (
        (
            *NOTHING_LOST[:2],
            *FAULT,
            write("d", 10.2, took=0.3),
            write("c", 30, region=WEST),
            survived(40, "a", "b", "c"),
        ),
        Verdict.PASSED,
        "1 from before the fault: d",
    ),
    "acknowledged after reading back": (
        (*NOTHING_LOST, write("e", 41, region=WEST)),
        Verdict.UNKNOWN,
        "1 more were acknowledged after the survivors were read",
    ),
    "the last reading counts": (
        (*NOTHING_LOST[:-1], survived(39, "a"), survived(40, "a", "b", "c")),
        Verdict.PASSED,
        "none is lost",
    ),
    "a load is lost within the objective": (
        (*NOTHING_LOST, *loaded(2, oldest=8.0, newest_sent=9.0)),
        Verdict.PASSED,
        "RPO 2.0 s of 5 s: 2 of 103 acknowledged writes cannot be read in eu-west-1; 2 of the load: 98, 99",
    ),
    "a load is lost beyond the objective": (
        (*NOTHING_LOST, *loaded(90, oldest=4.0, newest_sent=9.0)),
        Verdict.FAILED,
        "RPO 6.0 s of 5 s: 90 of 103 acknowledged writes cannot be read in eu-west-1; 90 of the load: 98, 99 and 88",
    ),
    "a load is lost after the fault": (
        (*NOTHING_LOST, *loaded(2, oldest=11.0, newest_sent=10.5)),
        Verdict.FAILED,
        "some from after the fault, which no objective excuses",
    ),
    "a load survives": ((*NOTHING_LOST, *loaded(0)), Verdict.PASSED, "103 of 103 acknowledged writes can be read"),
    "a load that nobody read back": (
        (*NOTHING_LOST, (1, LoadBegun(100))),
        Verdict.UNKNOWN,
        "what survived of the load in eu-west-1 was never read back",
    ),
    "many are lost": (
        (*(write(f"w{number:02}", 9.5) for number in range(12)), *NOTHING_LOST),
        Verdict.PASSED,
        "w08, w09 and 2 more",
    ),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_by_the_writes_themselves(
    events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that names what is lost."""
    judgement = RecoveryPoint(5).judge(History.of(*events))
    assert judgement.check == "recovery-point"
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_sabotage_a_lost_old_write_is_caught() -> None:
    """The same history passes, and fails once the oldest write is taken from the survivors."""
    old = (write("old", 1), *NOTHING_LOST[:-1])
    kept, lost = survived(40, "old", "a", "b", "c"), survived(40, "a", "b", "c")
    assert RecoveryPoint(5).judge(History.of(*old, kept)).verdict is Verdict.PASSED
    assert RecoveryPoint(5).judge(History.of(*old, lost)).verdict is Verdict.FAILED


def test_writes_without_an_answer_are_neither_acknowledged_nor_lost() -> None:
    """They are counted apart, and so are those of them that survive."""
    unanswered = (write("x", 9.5, LOST), write("y", 9.6, LOST), write("n", 9.7, NO))
    survivors = survived(40, "a", "b", "c", "x")
    judgement = RecoveryPoint(5).judge(History.of(*NOTHING_LOST[:2], *unanswered, *NOTHING_LOST[2:-1], survivors))
    assert {number.name: number.value for number in judgement.measurements} == {
        "RPO": 0.0,
        "acknowledged writes": 3,
        "lost writes": 0,
        "lost writes from after the fault": 0,
        "indeterminate writes": 2,
        "indeterminate writes that survive": 1,
    }
