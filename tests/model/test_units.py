"""Durations are parsed and printed as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ziggie_harness.model.units import parse_duration, print_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15 min", 900.0),
        ("5 s", 5.0),
        ("250 ms", 0.25),
        ("0 s", 0.0),
        ("1.5s", 1.5),
        (" 2 h ", 7200.0),
        ("1 d", 86400.0),
    ],
)
def test_durations_are_parsed(text: str, seconds: float) -> None:
    """A number and a unit are seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "min", "-1 s", "15 mins", "1,5 s", "1e3 s", "1 M", "1 s 2 s", "9" * 400 + " s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A missing or unknown unit, a sign and anything beyond one number are errors."""
    with pytest.raises(ValueError, match=r"no duration|longer than any drill"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.25, "250 ms"),
        (0.0004, "0 s"),
        (0.9996, "1 s"),
        (96.4, "96.4 s"),
        (60.0, "60 s"),
        (90.0, "90 s"),
        (900.0, "15 min"),
        (5400.0, "90 min"),
        (7200.0, "2 h"),
        (172800.0, "2 d"),
    ],
)
def test_durations_are_printed(seconds: float, text: str) -> None:
    """Whole minutes, hours and days as such; the rest in seconds, below one in milliseconds."""
    assert print_duration(seconds) == text


@pytest.mark.parametrize("seconds", [-1.0, math.inf, math.nan])
def test_what_is_no_duration_is_not_printed(seconds: float) -> None:
    """A negative, infinite or undefined number of seconds is an error, not a text."""
    with pytest.raises(ValueError, match="no duration"):
        print_duration(seconds)


@given(some.integers(min_value=0, max_value=10**12))
def test_printed_durations_are_parsed_again(milliseconds: int) -> None:
    """To the millisecond, printing and parsing give the same duration back."""
    assert parse_duration(print_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, rel=1e-12)
