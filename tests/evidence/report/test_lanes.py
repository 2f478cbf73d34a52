"""The timeline leaves nothing out: every kind of event has words, and every event is in exactly one run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ziggie_harness.evidence.report.derived import clock, curves, stored_writes
from ziggie_harness.evidence.report.lanes import PAUSE_SECONDS, Run, encoded, lanes, runs
from ziggie_harness.evidence.report.places import Places, Tone
from ziggie_harness.evidence.report.tellers import tell
from ziggie_harness.kernel.journal import KINDS
from ziggie_harness.model.client_events import NameResolved, Outcome, RequestEnded
from ziggie_harness.model.database_events import LagTold
from ziggie_harness.model.history import CallMade, FaultHealed, FaultStruck, History, PhaseEntered, Record

if TYPE_CHECKING:
    from ziggie_harness.evidence.report.lanes import Lane
    from ziggie_harness.model.history import Event

PLACES = Places({"eu-north-1": "primary", "eu-west-1": "secondary"}, {"13.48.10.10": "eu-north-1"})

SAMPLES: dict[object, object] = {str: "word", int: 7, float: 7.5, bool: False, Outcome: Outcome.REFUSED}


def sample(kind: type) -> Event:
    """Return an event of a kind with something in each field."""
    hints = get_type_hints(kind)
    fields = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    values = {name: ("one", "two") if get_args(hint) else SAMPLES[hint] for name, hint in fields.items()}
    event: Event = kind(**values)
    return event


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_event_is_told(name: str) -> None:
    """An event of any kind stands in one lane with words, also one that nobody wrote words for."""
    kind = KINDS[name]
    assert isinstance(kind, type)
    told = tell(sample(kind), PLACES)
    assert told.lane
    assert told.text
    found = lanes(History.of((1.0, sample(kind))), PLACES)
    assert sum(run.count for lane in found for run in lane.runs) == 1


OUTCOMES = st.lists(st.tuples(st.sampled_from(Outcome), st.floats(0, 30), st.floats(0, 5)), max_size=40)


@given(OUTCOMES)
def test_no_failure_is_dropped_or_hidden_in_a_success(drawn: list[tuple[Outcome, float, float]]) -> None:
    """Runs count every request, and those of each outcome; none reaches over a pause."""
    at = 0.0
    events = []
    for number, (outcome, pause, took) in enumerate(drawn):
        at += pause
        request = RequestEnded("writes", "write", str(number), at, outcome, "eu-north-1", "", "no answer")
        events.append((at + took, request))
    found = lanes(History.of(*events), PLACES)
    count = dict.fromkeys(Tone, 0)
    for lane in found:
        for run in lane.runs:
            count[run.tone] += run.count
            assert run.end_seconds >= run.start_seconds
    assert count[Tone.PRIMARY] == sum(outcome is Outcome.ACKNOWLEDGED for outcome, _, _ in drawn)
    assert count[Tone.BAD] == sum(outcome is Outcome.REFUSED for outcome, _, _ in drawn)
    assert count[Tone.UNSURE] == sum(outcome is Outcome.INDETERMINATE for outcome, _, _ in drawn)


def test_a_pause_ends_a_run() -> None:
    """Equal requests far apart are two runs: in between nobody knows how clients fared."""
    later = 1.0 + PAUSE_SECONDS + 1
    spans = [(0.0, 0.5, Tone.GOOD, "a"), (1.0, 1.0, Tone.GOOD, "a"), (later, later, Tone.GOOD, "a")]
    assert list(runs(spans)) == [Run(0.0, 1.0, Tone.GOOD, "a", 2), Run(later, later, Tone.GOOD, "a", 1)]


def named(found: list[Lane], part: str) -> Lane:
    """Return the lane with this in its name."""
    (lane,) = [lane for lane in found if part in lane.name]
    return lane


def test_a_state_holds_until_the_next_one() -> None:
    """A phase, a fault and an answer of the name last until something else does, or until the end."""
    found = list(
        lanes(
            History.of(
                (1.0, PhaseEntered("watch")),
                (2.0, FaultStruck("region outage", "primary")),
                (3.0, NameResolved("authority", "api", ("13.48.10.10",), 60, cached=False)),
                (4.0, NameResolved("authority", "api", ("13.48.10.10",), 60, cached=False)),
                (5.0, NameResolved("authority", "api", (), 60, cached=False, reason="NXDOMAIN")),
                (9.0, FaultHealed("region outage", "primary")),
            ),
            PLACES,
        )
    )
    assert [(run.start_seconds, run.end_seconds) for run in named(found, "phase").runs] == [(1.0, 9.0)]
    fault = named(found, "region outage")
    assert fault.name == "region outage: primary region (eu-north-1)"
    assert [(run.start_seconds, run.end_seconds, run.tone) for run in fault.runs] == [
        (2.0, 9.0, Tone.FAULT),
        (9.0, 9.0, Tone.GOOD),
    ]
    assert [(run.start_seconds, run.end_seconds, run.count, run.tone) for run in named(found, "api").runs] == [
        (3.0, 5.0, 2, Tone.PRIMARY),
        (5.0, 9.0, 1, Tone.BAD),
    ]


def test_a_call_without_an_answer_looks_as_bad_as_a_refused_one() -> None:
    """Status 0 is no success."""
    calls = [CallMade("rds", "Promote", "eu-west-1", "internet", status, "") for status in (200, 0, 503)]
    assert [tell(call, PLACES).tone for call in calls] == [Tone.PLAIN, Tone.BAD, Tone.BAD]


def test_lost_writes_stand_out_where_they_were_stored() -> None:
    """The lane of a region's stored writes is cut where another region stores, and where writes are lost later."""
    writes = [
        (n + 0.1, RequestEnded("writes", "write", f"w{n}", float(n), Outcome.ACKNOWLEDGED, region, "", ""))
        for n, region in enumerate(("eu-north-1", "eu-north-1", "eu-west-1", "eu-north-1"))
    ]
    found = list(stored_writes(History.of(*writes), PLACES, frozenset({"w1"})))
    assert [(lane.name, [(run.tone, run.count) for run in lane.runs]) for lane in found] == [
        ("stored in primary (eu-north-1)", [(Tone.PRIMARY, 1), (Tone.LOST, 1), (Tone.PRIMARY, 1)]),
        ("stored in secondary (eu-west-1)", [(Tone.SECONDARY, 1)]),
    ]


def test_skipped_time_is_shown_as_such() -> None:
    """Where the clock jumped, where it ran, and where both in turns."""
    beat = PhaseEntered("watch")
    stamps = [(0.0, 0.0), (100.0, 100.0), (200.0, 150.0), (300.0, 150.0)]
    lane = clock(History(tuple(Record(n, at, skipped, beat) for n, (at, skipped) in enumerate(stamps))))
    assert [(run.start_seconds, run.end_seconds, run.tone) for run in lane.runs] == [
        (0.0, 100.0, Tone.SKIPPED),
        (100.0, 200.0, Tone.OTHER),
        (200.0, 300.0, Tone.PLAIN),
    ]


def test_lag_is_a_curve_for_what_was_told_and_one_for_what_was_lacking() -> None:
    """Both stand beside each other: a metric may lie."""
    found = curves(History.of((1.0, LagTold("eu-west-1", "heartbeat", 2.5, 10, 640))), PLACES)
    assert [(curve["name"], curve["unit"], curve["points"]) for curve in found] == [
        ("lag of secondary (eu-west-1) by heartbeat", "s", [[1.0, 2.5]]),
        ("lacking in secondary (eu-west-1)", "bytes", [[1.0, 640]]),
    ]


def test_equal_texts_stand_once_in_the_page() -> None:
    """What is said a hundred times is written once."""
    texts: dict[str, int] = {}
    found = lanes(
        History.of((1.0, PhaseEntered("watch")), (2.0, PhaseEntered("a")), (3.0, PhaseEntered("watch"))), PLACES
    )
    (lane,) = encoded(found, texts)
    assert list(texts) == ["watch", "a"]
    assert lane["runs"] == [[1.0, 2.0, "plain", 0, 1], [2.0, 3.0, "plain", 1, 1], [3.0, 3.0, "plain", 0, 1]]
