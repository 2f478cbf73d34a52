"""The checks of databases past the service, on histories written out event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.admission import Admission
from ziggie_harness.checks.application_errors import ApplicationErrors
from ziggie_harness.checks.credentials import Credentials
from ziggie_harness.checks.slot_alarm import SlotAlarm
from ziggie_harness.checks.slot_retention import SlotRetention
from ziggie_harness.checks.statements_accepted import StatementsAccepted
from ziggie_harness.checks.stray_writes import StrayWrites
from ziggie_harness.model.client_events import OBJECTION, Outcome, RequestEnded
from ziggie_harness.model.database_events import (
    AdmissionTried,
    SecretsSought,
    SlotAlarmed,
    SlotSeen,
    StatementRun,
    StrayWriteTried,
)
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History, StepTaken
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from ziggie_harness.ports import Check

NORTH, WEST = "eu-north-1", "eu-west-1"
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))
MEGABYTE = 1 << 20
Timed = tuple[tuple[float, Event], ...]


def write(at: float, region: str, reason: str = "") -> tuple[float, Event]:
    """Return a write that a region acknowledged then, or refused for a reason."""
    outcome = Outcome.REFUSED if reason else Outcome.ACKNOWLEDGED
    return at, RequestEnded("writer", "write", f"w{at:g}", at - 0.1, outcome, region, "", reason)


def run(at: float, refusal: str = "") -> tuple[float, Event]:
    """Return a statement that was run, and maybe refused."""
    return at, StatementRun(WEST, "printed/secondary.sql", "CREATE SUBSCRIPTION ziggie_sub", refusal)


def stray(at: float, region: str, *arrived_in: str, accepted: bool = True) -> tuple[float, Event]:
    """Return a stray write."""
    return at, StrayWriteTried(region, accepted, "" if accepted else "read-only", arrived_in)


def slot(megabytes: float, *, bounded: bool, status: str = "extended") -> tuple[float, Event]:
    """Return what a slot keeps."""
    return 60.0, SlotSeen(NORTH, "ziggie_sub", status, int(megabytes * MEGABYTE), bounded)


def alarmed(at: float, status: str = "extended") -> tuple[float, Event]:
    """Return that somebody was told of a slot."""
    return at, SlotAlarmed(NORTH, "ziggie_sub", status, 1024)


TAKEN = f'{OBJECTION}23505: duplicate key value violates unique constraint "orders_number_key"'
PROMOTED = (20.0, StepTaken("promoted", ""))
ADMITTED = (60.0, AdmissionTried(NORTH, "internet", "replicator", admitted=True, reason=""))
REJECTED = (60.0, AdmissionTried(WEST, "internet", "replicator", admitted=False, reason="no pg_hba.conf entry"))
HIDDEN = (60.0, SecretsSought(NORTH, ("pg_subscription", "the server's log"), ()))
READABLE = (60.0, SecretsSought(WEST, ("pg_subscription", "the server's log"), ("pg_subscription",)))

ROWS: dict[str, tuple[Check, Timed, Verdict, str]] = {
    "statements: all accepted": (StatementsAccepted(), (run(1), *FAULT, run(20)), Verdict.PASSED, "all 2 statements"),
    "statements: one refused before the fault": (
        StatementsAccepted(),
        (run(1, 'relation "public.audit" does not exist'), run(2), *FAULT),
        Verdict.FAILED,
        'were refused, the first one of printed/secondary.sql in eu-west-1: relation "public.audit" does not exist',
    ),
    "statements: none": (StatementsAccepted(), FAULT, Verdict.UNKNOWN, "no statement"),
    "errors: none": (
        ApplicationErrors(),
        (*FAULT, write(11, "", "no connection"), write(20, WEST)),
        Verdict.PASSED,
        "no write",
    ),
    "errors: a number is taken": (
        ApplicationErrors(),
        (*FAULT, write(20, WEST, TAKEN), write(21, WEST, TAKEN), write(22, WEST)),
        Verdict.FAILED,
        f"2 writes were refused for their content, 2 of them in eu-west-1: {TAKEN}",
    ),
    "errors: nobody was served": (
        ApplicationErrors(),
        (*FAULT, write(20, "", "dark")),
        Verdict.UNKNOWN,
        "no write was",
    ),
    "errors: before the fault they are another story": (
        ApplicationErrors(),
        (write(5, NORTH, TAKEN), *FAULT, write(20, WEST)),
        Verdict.PASSED,
        "no write",
    ),
    "credentials: hidden": (Credentials(), (*FAULT, HIDDEN), Verdict.PASSED, "pg_subscription of eu-north-1"),
    "credentials: readable": (
        Credentials(),
        (*FAULT, HIDDEN, READABLE),
        Verdict.FAILED,
        "reads a password in plain text: pg_subscription of eu-west-1",
    ),
    "credentials: nobody looked": (Credentials(), FAULT, Verdict.UNKNOWN, "nobody looked"),
    "admission: turned away": (Admission(), (*FAULT, REJECTED), Verdict.PASSED, "no stranger entered"),
    "admission: let in": (
        Admission(),
        (*FAULT, REJECTED, ADMITTED),
        Verdict.FAILED,
        "entered the database of eu-north-1 as replicator from internet",
    ),
    "admission: nobody tried": (Admission(), FAULT, Verdict.UNKNOWN, "nobody tried"),
    "slots: bounded": (SlotRetention(12), (*FAULT, slot(7.5, bounded=True)), Verdict.PASSED, "keeps 7.5 MB"),
    "slots: unbounded and big": (
        SlotRetention(12),
        (*FAULT, slot(30, bounded=False)),
        Verdict.FAILED,
        "keeps 30.0 MB for the standby behind ziggie_sub, more than 12 MB, and nothing bounds it",
    ),
    "slots: a bound too high": (SlotRetention(12), (*FAULT, slot(30, bounded=True)), Verdict.FAILED, "is too high"),
    "slots: unbounded and small": (
        SlotRetention(12),
        (*FAULT, slot(1, bounded=False)),
        Verdict.FAILED,
        "nothing bounds",
    ),
    "alarm: in time": (
        SlotAlarm(),
        (*FAULT, alarmed(20), alarmed(30, "lost"), slot(0, bounded=True, status="lost")),
        Verdict.PASSED,
        "somebody was told of ziggie_sub in eu-north-1 at 20.0 s, when 1,024 bytes were left",
    ),
    "alarm: none": (
        SlotAlarm(),
        (*FAULT, slot(0, bounded=True, status="lost")),
        Verdict.FAILED,
        "eu-north-1 gave up ziggie_sub and nobody was told before",
    ),
    "alarm: too late": (
        SlotAlarm(), (*FAULT, alarmed(20, "lost"), slot(0, bounded=True, status="lost")), Verdict.FAILED, "nobody was",
    ),
    "alarm: nothing is lost": (SlotAlarm(), (*FAULT, slot(1, bounded=True)), Verdict.UNKNOWN, "no slot was lost"),
    "slots: none": (SlotRetention(12), FAULT, Verdict.UNKNOWN, "no replication slot"),
    "stray: refused by the standby": (
        StrayWrites(),
        (*FAULT, write(20, NORTH), stray(30, NORTH, WEST), stray(31, WEST, accepted=False)),
        Verdict.PASSED,
        "a stray write in eu-west-1 harms nobody",
    ),
    "stray: accepted by the standby": (
        StrayWrites(),
        (*FAULT, write(20, NORTH), stray(31, WEST)),
        Verdict.FAILED,
        "the standby in eu-west-1 accepted a stray write, which eu-north-1 never sees",
    ),
    "stray: the old primary keeps it to itself": (
        StrayWrites(),
        (*FAULT, PROMOTED, write(21, WEST), stray(30, NORTH)),
        Verdict.PASSED,
        "a stray write in eu-north-1 harms nobody",
    ),
    "stray: the old primary feeds the new one": (
        StrayWrites(),
        (*FAULT, PROMOTED, write(21, WEST), stray(30, NORTH, WEST)),
        Verdict.FAILED,
        "eu-west-1 took over and still applies what is written in eu-north-1",
    ),
    "stray: at the writer only": (
        StrayWrites(),
        (*FAULT, write(20, NORTH), stray(30, NORTH)),
        Verdict.UNKNOWN,
        "nobody",
    ),
    "stray: nobody ever wrote": (StrayWrites(), (*FAULT, stray(30, WEST)), Verdict.UNKNOWN, "nobody tried"),
}  # fmt: skip


@pytest.mark.parametrize(("check", "events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_what_was_seen_of_the_databases(check: Check, events: Timed, verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that says what is wrong where."""
    judgement = check.judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
    assert judgement.check == check.name
