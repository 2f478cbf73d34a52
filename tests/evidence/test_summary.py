"""The summary that a person reads at the end of a run, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.summary import Effort, render
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

# A machine with busy cores is slow, which is no finding about the summary.
PATIENT = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HERE = Path(__file__).parent
LOSING = "Losing the primary region"
ROWS = (
    Row(
        LOSING,
        "The failover function as printed",
        Ending.CAUGHT,
        line=31,
        sentence="recovery-time: not recovered 1800.0 s after the fault, of 900 s: none succeeded; the last 420 failed "
        "writes said 'timed out' (420 x)",
        caught_by="recovery-time",
        fidelity=Fidelity.EMULATED,
        weakest=("DNS",),
        drill_seconds=1900.0,
        skipped_seconds=1880.4,
        evidence="evidence/printed-2",
    ),
    Row(
        LOSING,
        "The primary region goes dark",
        Ending.PASSED,
        line=20,
        rto_seconds=96.42,
        rto_objective_seconds=900,
        rpo_seconds=0.0,
        rpo_objective_seconds=5,
        lost_writes=0,
        fidelity=Fidelity.EMULATED,
        weakest=("DNS", "health checks"),
        drill_seconds=412.03,
        skipped_seconds=398.2,
        evidence="evidence/dark-1",
    ),
    Row(
        "A server that hangs",
        "The server freezes",
        Ending.FAILED,
        line=9,
        sentence="recovery-point: RPO 7.0 s of 5 s: 7 of 100 acknowledged writes cannot be read in eu-west-1",
        rto_seconds=96.4,
        rto_objective_seconds=900,
        rpo_seconds=7.0,
        rpo_objective_seconds=5,
        lost_writes=7,
        fidelity=Fidelity.REAL,
        weakest=("network",),
        drill_seconds=300.0,
        skipped_seconds=250.0,
        evidence="evidence/hang-3",
    ),
    Row(
        "A server that hangs", "The link is slow", Ending.SKIPPED, line=12, sentence="this kernel cannot delay packets"
    ),
)
EFFORT = Effort(wall_seconds=12.34, peak_memory_bytes=312_400_000)


def test_a_narrow_terminal_gets_numbers_below_names() -> None:
    """At 80 columns each scenario has its numbers and its sentence on lines of their own."""
    assert render(ROWS, EFFORT, width=80) == (HERE / "summary_80.txt").read_text(encoding="utf-8")


def test_a_wide_terminal_gets_a_table() -> None:
    """At 140 columns the numbers of all scenarios stand below their headings."""
    assert render(ROWS, EFFORT, width=140) == (HERE / "summary_140.txt").read_text(encoding="utf-8")


def test_colour_only_changes_how_it_looks() -> None:
    """In colour the text is the same; without it there is no control character."""
    for width in (80, 140):
        plain, coloured = (render(ROWS, EFFORT, width=width, colour=colour) for colour in (False, True))
        assert "\x1b" not in plain
        assert "\x1b[31mfailed\x1b[0m" in coloured
        for code in ("\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"):
            coloured = coloured.replace(code, "")
        assert coloured == plain


def test_without_rows_there_is_no_summary() -> None:
    """A run without scenarios, such as of unit tests, prints nothing."""
    assert render((), EFFORT, width=80) == ""


WORDS = st.lists(st.sampled_from(["region", "goes", "dark", "é", "a-b-c"]), max_size=25).map(" ".join)
NUMBERS = st.none() | st.floats(0, 1e6)
ANY_ROW = st.builds(
    Row,
    feature=WORDS,
    scenario=WORDS,
    ending=st.sampled_from(Ending),
    line=st.integers(0, 99),
    sentence=WORDS,
    caught_by=st.sampled_from(["", "dns-state"]),
    rto_seconds=NUMBERS,
    rto_objective_seconds=NUMBERS,
    rpo_seconds=NUMBERS,
    rpo_objective_seconds=NUMBERS,
    lost_writes=st.none() | st.integers(0, 10**6),
    fidelity=st.none() | st.sampled_from(Fidelity),
    weakest=st.lists(st.sampled_from([capability.value for capability in Capability])).map(tuple),
    drill_seconds=st.floats(0, 1e6),
    skipped_seconds=st.floats(0, 1e6),
    evidence=st.sampled_from(["", "evidence/a", "other/b"]),
)


@PATIENT
@given(rows=st.lists(ANY_ROW, min_size=1, max_size=4), width=st.integers(0, 300))
def test_fits_the_width(rows: list[Row], width: int) -> None:
    """No line is wider than the terminal, taken as 80 to 200 columns, and every scenario is counted."""
    text = render(rows, EFFORT, width=width)
    assert max(map(len, text.splitlines())) <= min(max(width, 80), 200)
    assert f"\n{len(rows)} scenario" in text


@PATIENT
@given(rows=st.permutations(ROWS))
def test_the_order_of_arrival_does_not_matter(rows: list[Row]) -> None:
    """Workers report in any order; the summary is in the order of the features."""
    assert render(rows, EFFORT, width=120) == render(ROWS, EFFORT, width=120)


@PATIENT
@given(row=ANY_ROW)
def test_a_row_survives_the_way_from_a_worker(row: Row) -> None:
    """A row is the same after it was written and read."""
    assert Row.decode(row.encode()) == row


def test_a_row_takes_its_numbers_from_the_judgements() -> None:
    """RTO, RPO and lost writes come with their objectives, sentences from what does not hold."""
    row = Row(LOSING, "dark", Ending.FAILED).judged(
        [
            Judgement("recovery-time", Verdict.PASSED, "fine", (Measurement("RTO", 9.0, "s", 15.0),)),
            Judgement(
                "recovery-point",
                Verdict.FAILED,
                "7 are lost",
                (Measurement("RPO", 7.0, "s", 5.0), Measurement("lost writes", 7, "writes")),
            ),
        ]
    )
    assert (row.rto_seconds, row.rto_objective_seconds, row.rpo_seconds, row.lost_writes) == (9.0, 15.0, 7.0, 7)
    assert row.sentence == "recovery-point: 7 are lost"


@pytest.mark.parametrize(
    ("fidelities", "lowest", "weakest"),
    [
        ({Capability.NETWORK: Fidelity.REAL}, Fidelity.REAL, ("network",)),
        ({Capability.NETWORK: Fidelity.REAL, Capability.DNS: Fidelity.EMULATED}, Fidelity.EMULATED, ("DNS",)),
        ({Capability.API: Fidelity.DECLARED, Capability.DNS: Fidelity.EMULATED}, Fidelity.DECLARED, ("AWS API",)),
        ({}, None, ()),
    ],
)
def test_a_row_has_the_lowest_fidelity_of_what_was_used(
    fidelities: dict[Capability, Fidelity], lowest: Fidelity | None, weakest: tuple[str, ...]
) -> None:
    """The weakest capability decides, and is named."""
    row = Row(LOSING, "dark", Ending.PASSED).standing_on({each: Offer(found, "") for each, found in fidelities.items()})
    assert (row.fidelity, row.weakest) == (lowest, weakest)
