"""The check of DNS, on histories written out event by event."""

from __future__ import annotations

import math

import pytest

from ziggie_harness.checks.dns_state import DnsState
from ziggie_harness.model.client_events import AUTHORITY, NameResolved
from ziggie_harness.model.history import EndpointChecked, Event, FaultProved, FaultStruck, History
from ziggie_harness.model.verdict import Verdict

NAME = "api.ziggie.example"
ONE, TWO = "192.0.2.1", "198.51.100.1"
FAULT = ((10.0, FaultStruck("region outage", "primary")), (10.1, FaultProved("region outage", "primary", "dark")))


def asked(at: float, *addresses: str, vantage: str = AUTHORITY, name: str = NAME) -> tuple[float, Event]:
    """Return a lookup that was answered then."""
    reason = "" if addresses else "NXDOMAIN"
    return at, NameResolved(vantage, name, addresses, 60, cached=vantage != AUTHORITY, reason=reason)


def cached(at: float, *addresses: str) -> tuple[float, Event]:
    """Return a lookup through a cache on the internet."""
    return asked(at, *addresses, vantage="internet")


BEFORE = (asked(8, ONE), cached(9, ONE), *FAULT)
SWITCHED = (
    *BEFORE,
    asked(20, ONE),
    cached(30, ONE),
    asked(40, TWO),
    cached(90, ONE),
    cached(101, TWO),
    asked(200, TWO),
)
STAYED = (*BEFORE, asked(20, ONE), cached(30, ONE), asked(200, ONE))
MOVES = DnsState(NAME, (TWO,), ttl_seconds=60, switches_at_most=1)
STAYS = DnsState(NAME, (), ttl_seconds=60, switches_at_most=0, by_seconds=0)
PROMPT = DnsState(NAME, (TWO,), ttl_seconds=60, switches_at_most=1, by_seconds=25)

ROWS = {
    "switched and followed": (
        MOVES,
        SWITCHED,
        Verdict.PASSED,
        f"{NAME} leads to {TWO} at the authority and through caches",
    ),
    "stayed": (STAYS, STAYED, Verdict.PASSED, "as before the fault, after 0 switches of at most 0"),
    "empty": (MOVES, (), Verdict.UNKNOWN, "the fault never bit"),
    "nobody asked": (MOVES, FAULT, Verdict.UNKNOWN, f"nobody looked up {NAME}"),
    "another name only": (MOVES, (*FAULT, asked(20, TWO, name="x.example")), Verdict.UNKNOWN, "only x.example"),
    "authority not asked after": (
        MOVES,
        (*BEFORE, cached(20, ONE)),
        Verdict.UNKNOWN,
        "the authority was not asked after",
    ),
    "authority not asked before": (STAYS, STAYED[1:], Verdict.UNKNOWN, "the authority was not asked before the fault"),
    "no cache asked": (MOVES, (*BEFORE, asked(20, TWO)), Verdict.UNKNOWN, "no answer came through a cache"),
    "no cache asked after the switch": (
        PROMPT,
        (*BEFORE, cached(12, TWO), asked(20, TWO)),
        Verdict.UNKNOWN,
        "nobody asked through a cache after the authority's last switch",
    ),
    "caches may still be behind": (MOVES, SWITCHED[:8], Verdict.UNKNOWN, "before the caches in internet had to follow"),
    "never switched": (MOVES, STAYED, Verdict.FAILED, f"the authority answers {ONE} at the end, expected {TWO}"),
    "moved, and health checkers said why": (
        STAYS,
        (
            *STAYED,
            *(
                (205.0, EndpointChecked("north", f"checker {number}", healthy=False, reason="silence"))
                for number in "ab"
            ),
            asked(210, TWO),
        ),
        Verdict.FAILED,
        f"to {TWO} 200.0 s after the fault; before the first, most health checkers said 'silence'",
    ),
    "went back": (
        MOVES,
        (*SWITCHED, asked(210, ONE)),
        Verdict.FAILED,
        f"answers {ONE} at the end, expected {TWO}, for it went back to where it led before the fault",
    ),
    "flapped back": (
        MOVES,
        (*SWITCHED, asked(210, ONE), asked(220, TWO), cached(300, TWO)),
        Verdict.FAILED,
        "the authority switched 3 times, at most 1 expected",
    ),
    "moved though it should stay": (
        STAYS,
        (*STAYED, asked(210, TWO), asked(220, ONE)),
        Verdict.FAILED,
        "switched 2 times",
    ),
    "too late": (
        PROMPT,
        (*SWITCHED[:6], asked(36, ONE), *SWITCHED[6:]),
        Verdict.FAILED,
        f"the authority answered {ONE} 26.0 s after the fault, expected {TWO} from 25 s on",
    ),
    "a cache keeps an answer too long": (
        MOVES,
        (*SWITCHED, cached(102, ONE)),
        Verdict.FAILED,
        f"a cache in internet still answered {ONE} 92.0 s after the fault, though the authority answered {TWO}",
    ),
    "empty at the end": (
        MOVES,
        (*SWITCHED, asked(210)),
        Verdict.FAILED,
        "the authority's last answer is empty (NXDOMAIN)",
    ),
    "empty through caches": (
        MOVES,
        (*BEFORE, cached(12, ONE), asked(40, TWO), cached(110), asked(200, TWO)),
        Verdict.FAILED,
        "all 1 late answers through caches are empty (NXDOMAIN)",
    ),
    "empty in between": (MOVES, (*SWITCHED, cached(150), cached(160, TWO)), Verdict.PASSED, "1 answers were empty"),
    "several names and none named": (
        DnsState("", (TWO,), 60, 1),
        (*SWITCHED, asked(210, ONE, name="x.example")),
        Verdict.UNKNOWN,
        f"one has to be named: {NAME}, x.example",
    ),
    "the only name": (DnsState("", (TWO,), 60, 1), SWITCHED, Verdict.PASSED, f"{NAME} leads to {TWO}"),
    "names compare as DNS does": (
        DnsState("API.Ziggie.Example.", (TWO,), 60, 1),
        SWITCHED,
        Verdict.PASSED,
        f"{NAME} leads",
    ),
}


@pytest.mark.parametrize(("check", "events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_where_dns_leads(
    check: DnsState, events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str
) -> None:
    """Each history gets its verdict, and a sentence that says what was answered when."""
    judgement = check.judge(History.of(*events))
    assert judgement.check == "dns-state"
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict


def test_measures_switches_and_how_late_caches_followed() -> None:
    """The authority's switch counts from the fault, the caches' from the authority's."""
    judgement = MOVES.judge(History.of(*SWITCHED))
    assert {number.name: number.value for number in judgement.measurements} == {
        "switches": 1,
        "negative answers": 0,
        "authority switched": 30.0,
        "caches followed": 61.0,
    }
    assert not any(number.objective == math.inf for number in judgement.measurements)


def test_sabotage_a_failover_that_flaps_back_is_caught() -> None:
    """The same history passes, and fails once the authority returns to the dead region."""
    assert MOVES.judge(History.of(*SWITCHED)).verdict is Verdict.PASSED
    assert MOVES.judge(History.of(*SWITCHED, asked(210, ONE))).verdict is Verdict.FAILED
