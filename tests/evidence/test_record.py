"""The record of a drill: drawn from history and verdicts, and read again as it was written."""

from __future__ import annotations

import hashlib
import json

import pytest

from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.checks.single_writer import SingleWriter
from ziggie_harness.evidence.defects import Severity, defects
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.evidence.record import Answered, Blow, Moment, Record, Retest, Survivors, record_of
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.model.client_events import NameResolved
from ziggie_harness.model.database_events import WritesSurviving
from ziggie_harness.model.function_events import StopAsked
from ziggie_harness.model.history import (
    FaultDidNotBite,
    FaultHealed,
    FaultProved,
    FaultStruck,
    HealthChanged,
    History,
    Noted,
    PhaseEntered,
    StepTaken,
)
from ziggie_harness.model.object_events import ObjectsSurviving
from ziggie_harness.model.rehearsal_events import CopyTried, InventoryTaken
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.scaling_events import CapacityChanged, LaunchFailed
from ziggie_harness.model.verdict import Judgement, Verdict

OUTAGE = "region outage"
HISTORY = History.of(
    (0.0, PhaseEntered("strike")),
    (1.0, NameResolved("internet", "api", ("1.1.1.1",), 60, cached=True)),
    (2.0, FaultStruck(OUTAGE, "primary")),
    (3.0, FaultProved(OUTAGE, "primary", "no packet came back")),
    (4.0, NameResolved("internet", "api", ("1.1.1.1",), 60, cached=True)),
    (5.0, NameResolved("office", "api", (), 0, cached=False, reason="no answer")),
    (6.0, NameResolved("internet", "api", ("2.2.2.2",), 60, cached=False)),
    (7.0, HealthChanged("primary-health", healthy=False, healthy_share=0.125)),
    (8.0, StepTaken("promoted", "in eu-west-1")),
    (9.0, FaultHealed(OUTAGE, "primary")),
    (10.0, FaultStruck(OUTAGE, "primary")),
    (11.0, FaultDidNotBite(OUTAGE, "primary", "nothing showed")),
    (12.0, Noted("stable service did not come")),
    (13.0, WritesSurviving("eu-north-1", ("b", "a"))),
    (13.0, WritesSurviving("eu-west-1", ("a", "b"))),
    (13.0, ObjectsSurviving("eu-west-1", "media", ("k 0",))),
)


def played(ending: Ending, *tags: str) -> Played:
    """Return a scenario with these tags that ended so."""
    requirement = Requirement("REQ-DR-01", "F", "", "", "", "S", frozenset(tags), "f.feature", 1)
    return Played(requirement, Row("F", "S", ending))


def drawn(
    ending: Ending = Ending.PASSED, *tags: str, judgements: tuple[Judgement, ...] = (), planted: Planted | None = None
) -> Record:
    """Return the record of a drill with this history."""
    checks = {"recovery-point": RecoveryPoint(5), "single-writer": SingleWriter()}
    judged = [Judged.by(checks[judgement.check], judgement) for judgement in judgements]
    retest = Retest("2026-01-01-7", "failed", "ab" * 32)
    return record_of(played(ending, *tags), planted, judged, HISTORY, history_sha256="cd" * 32, retest_of=retest)


def test_each_fault_has_its_proof() -> None:
    """Two blows of one kind are told apart, and one that was not shown to bite says why."""
    assert drawn().faults == (
        Blow(OUTAGE, "primary", 2.0, proof="no packet came back", healed_seconds=9.0),
        Blow(OUTAGE, "primary", 10.0, objection="nothing showed"),
    )


def test_dns_answers_are_told_by_vantage() -> None:
    """Equal answers in a row are one entry with its bounds, also when another vantage was told something between."""
    assert drawn().dns_answers == (
        Answered("internet", "api", ("1.1.1.1",), "", 1.0, 4.0, 2),
        Answered("office", "api", (), "no answer", 5.0, 5.0, 1),
        Answered("internet", "api", ("2.2.2.2",), "", 6.0, 6.0, 1),
    )


def test_regions_with_the_same_content_have_the_same_digest() -> None:
    """In whatever order it was read back."""
    digest = hashlib.sha256(b"a\nb\n").hexdigest()
    assert drawn().parity == (
        Survivors("writes", "eu-north-1", 2, digest),
        Survivors("writes", "eu-west-1", 2, digest),
        Survivors("objects", "eu-west-1", 1, hashlib.sha256(b"k 0\n").hexdigest()),
    )


def test_what_owners_did_stands_in_the_timeline() -> None:
    """A stop, servers that came or did not, and a copy that was tried."""
    history = History.of(
        (0.0, StopAsked("its owner", 60.0)),
        (1.0, LaunchFailed("api", "eu-west-1", "no capacity")),
        (2.0, CapacityChanged("api", "eu-west-1", 4, 4)),
        (3.0, CopyTried("eu-west-1", "copy", "a", accepted=True, read_back=True, reason="")),
        (4.0, CopyTried("eu-west-1", "copy", "a", accepted=True, read_back=False, reason="gone")),
        (5.0, InventoryTaken("before the test", ("a: b",))),
    )
    timeline = record_of(played(Ending.PASSED), None, (), history, history_sha256="cd" * 32, retest_of=None).timeline
    assert [moment.sentence for moment in timeline] == [
        "its owner asks for a stop of 60 s",
        "api in eu-west-1 gets no server: no capacity",
        "api in eu-west-1 has 4 servers",
        "copy in eu-west-1 kept the write of the test",
        "copy in eu-west-1 did not keep the write of the test",
    ]


def test_the_timeline_has_the_turns_of_the_story() -> None:
    """Each with its drill time and a sentence; what happens all the time is left to the history."""
    timeline = drawn().timeline
    assert timeline[1] == Moment(2.0, 0.0, "FaultStruck", "region outage of the primary region is in force")
    assert [moment.sentence for moment in timeline[3:5]] == [
        "primary-health is unhealthy for 12% of its checkers",
        "promoted: in eu-west-1",
    ]
    assert "NameResolved" not in {moment.kind for moment in timeline}


def test_a_caught_sabotage_tells_cause_and_correction() -> None:
    """The finding of the check that had to notice names what variant and tags planted; the worst counts."""
    found = Judgement("recovery-point", Verdict.FAILED, "60 lost")
    other = Judgement("single-writer", Verdict.FAILED, "two")
    record = drawn(
        Ending.CAUGHT,
        *("must-fail", "caught-by-recovery-point", "G51"),
        judgements=(found, other),
        planted=Planted("G11", "without fencing", {}),
    )
    first, second = record.findings
    assert (first.defects, first.severity) == (("G11", "G51"), Severity.CRITICAL)
    assert first.correction == f"{defects()['G11'].corrected} {defects()['G51'].corrected}"
    assert (second.defects, second.severity, second.correction) == ((), Severity.HIGH, "")
    assert record.verdict == "FAILED"


@pytest.mark.parametrize(("verdict", "severity"), [(Verdict.FAILED, Severity.HIGH), (Verdict.UNKNOWN, Severity.MEDIUM)])
def test_a_finding_without_a_planted_defect(verdict: Verdict, severity: Severity) -> None:
    """A broken promise is worse than one of which nobody knows."""
    (finding,) = drawn(Ending.FAILED, judgements=(Judgement("single-writer", verdict, "two"),)).findings
    assert (finding.severity, finding.cause) == (severity, "")


def test_a_kept_promise_is_no_finding() -> None:
    """Nor is the ending of the scenario one."""
    assert drawn(judgements=(Judgement("single-writer", Verdict.PASSED, "one"),)).findings == ()


@pytest.mark.parametrize(
    ("ending", "verdict"),
    [
        (Ending.PASSED, "PASSED"),
        (Ending.FAILED, "FAILED"),
        (Ending.UNKNOWN, "UNKNOWN"),
        (Ending.ERROR, "ERROR"),
        (Ending.SKIPPED, "UNKNOWN"),
    ],
)
def test_the_verdict_follows_the_ending(ending: Ending, verdict: str) -> None:
    """An error of the harness says nothing about the design, and a skipped drill proves nothing."""
    assert drawn(ending).verdict == verdict


def test_it_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way through JSON."""
    record = drawn(Ending.FAILED, judgements=(Judgement("single-writer", Verdict.FAILED, "two"),))
    assert Record.of(json.loads(json.dumps(record.document()))) == record
