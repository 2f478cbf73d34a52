"""The check of data parity, on histories written out event by event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ziggie_harness.checks.data_parity import DataParity
from ziggie_harness.model.database_events import StoresCompared
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))
SAME = StoresCompared("PostgreSQL", "eu-north-1", "eu-west-1", 500, 500, 0, 0, 0, (), (), ())
LOST = replace(SAME, rows_right=498, only_left=2, keys=("public.orders 7: only left", "public.orders 9: only left"))
GRANT = replace(SAME, sentences=("grant on table public.orders to app differs",))
BLIND = replace(SAME, uncompared=("public.secret: permission denied",))
EMPTY = replace(SAME, rows_left=0, rows_right=0)
DOCUMENTS = replace(SAME, store="MongoDB")

ROWS: dict[str, tuple[tuple[tuple[float, Event], ...], Verdict, str]] = {
    "the same": ((*FAULT, (90.0, SAME)), Verdict.PASSED, "the same 500 rows"),
    "no history": ((), Verdict.UNKNOWN, "the fault never bit"),
    "never compared": (FAULT, Verdict.UNKNOWN, "PostgreSQL: its two sides were not compared after the fault"),
    "compared before the fault only": (((5.0, SAME), *FAULT), Verdict.UNKNOWN, "not compared after the fault"),
    "another store compared": ((*FAULT, (90.0, DOCUMENTS)), Verdict.UNKNOWN, "PostgreSQL: its two sides were not"),
    "rows lost": (
        (*FAULT, (90.0, LOST)),
        Verdict.FAILED,
        "2 rows differ (2 only left, 0 only right, 0 different): public.orders 7: only left, public.orders 9",
    ),
    "a grant": ((*FAULT, (90.0, GRANT)), Verdict.FAILED, "grant on table public.orders to app differs"),
    "a changed row": (
        (*FAULT, (90.0, replace(SAME, different=1, keys=("public.orders 3: different in status",)))),
        Verdict.FAILED,
        "public.orders 3: different in status",
    ),
    "not all seen": ((*FAULT, (90.0, BLIND)), Verdict.UNKNOWN, "not everything was compared: public.secret"),
    "not all seen and rows lost": (
        (*FAULT, (90.0, replace(LOST, uncompared=BLIND.uncompared))),
        Verdict.FAILED,
        "2 rows differ",
    ),
    "nothing in them": ((*FAULT, (90.0, EMPTY)), Verdict.UNKNOWN, "neither holds a single row"),
    "the last comparison counts": ((*FAULT, (50.0, LOST), (90.0, SAME)), Verdict.PASSED, "the same 500 rows"),
    "worse at last": ((*FAULT, (50.0, SAME), (90.0, LOST)), Verdict.FAILED, "2 rows differ"),
    "two stores, one differs": (
        (*FAULT, (90.0, SAME), (91.0, replace(LOST, store="MongoDB"))),
        Verdict.FAILED,
        "MongoDB, eu-north-1 and eu-west-1: 2 rows differ",
    ),
}


@pytest.mark.parametrize(("events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_the_last_comparison(events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that names what differs."""
    judgement = DataParity(("PostgreSQL",)).judge(History.of(*events))
    assert judgement.check == "data-parity"
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_without_a_store_to_judge_what_was_compared_counts() -> None:
    """Nothing compared is UNKNOWN, also when nothing in particular was asked for."""
    assert DataParity(()).judge(History.of(*FAULT)).verdict is Verdict.UNKNOWN
    assert DataParity(()).judge(History.of(*FAULT, (90.0, SAME))).verdict is Verdict.PASSED


def test_sabotage_one_lost_row_is_caught() -> None:
    """The same history passes, and fails once a single row of 500 is missing on one side."""
    lost = replace(SAME, rows_right=499, only_left=1, keys=("public.orders 500: only left",))
    assert DataParity(("PostgreSQL",)).judge(History.of(*FAULT, (90.0, SAME))).verdict is Verdict.PASSED
    assert DataParity(("PostgreSQL",)).judge(History.of(*FAULT, (90.0, lost))).verdict is Verdict.FAILED
