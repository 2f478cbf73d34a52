"""A replica set has settled when nothing that time alone brings would change a member's mind."""

from __future__ import annotations

import pytest

from ziggie_harness.backends.emulated.majority import Seat, State, unsettled

PRIMARY, SECONDARY, ARBITER, UNREADY = State.PRIMARY, State.SECONDARY, State.ARBITER, State.UNREADY


def seat(  # noqa: PLR0913 - a literal seat
    name: str, state: State, believes_in: str, *, priority: float = 1, works: bool = True, arbiter: bool = False
) -> Seat:
    """Return a seat with one vote whose host is its name."""
    return Seat(name, name, priority, 1, arbiter, works, state, believes_in)


def arbiter(believes_in: str) -> Seat:
    """Return an arbiter."""
    return seat("c", ARBITER, believes_in, priority=0, arbiter=True)


CALM = (seat("a", PRIMARY, "a"), seat("b", SECONDARY, "a"), arbiter("a"))

CASES = {
    "calm": (CALM, "", None),
    "a dark primary believes in itself": (CALM, "ab ac", "a is primary and has not noticed that it sees no majority"),
    "nobody has noticed": (
        (seat("a", SECONDARY, ""), seat("b", SECONDARY, "a"), arbiter("a")), "ab ac",
        "b has not noticed that a is gone",
    ),
    "an election is due": (
        (seat("a", SECONDARY, ""), seat("b", SECONDARY, ""), arbiter("")), "ab ac",
        "there is no primary, and b can be elected",
    ),
    "an election is over": ((seat("a", SECONDARY, ""), seat("b", PRIMARY, "b"), arbiter("b")), "ab ac", None),
    "a killed primary": (
        (seat("a", UNREADY, "", works=False), seat("b", SECONDARY, "a"), arbiter("a")), "",
        "b has not noticed that a is gone",
    ),
    "no majority is left": (
        (seat("a", UNREADY, "", works=False), seat("b", SECONDARY, ""), seat("c", UNREADY, "", works=False)), "", None,
    ),
    "all dark to each other": ((seat("a", SECONDARY, ""), seat("b", SECONDARY, ""), arbiter("")), "ab ac bc", None),
    "only the arbiter sees both": (CALM, "ab", "b has not noticed that a is gone"),
    "only the arbiter sees both, settled": (
        (seat("a", PRIMARY, "a"), seat("b", SECONDARY, ""), arbiter("a")), "ab", None,
    ),
    "two primaries": (
        (seat("a", PRIMARY, "a"), seat("b", PRIMARY, "b"), arbiter("b")), "", "a and b both are primary",
    ),
    "an old primary returns": (
        (seat("a", SECONDARY, ""), seat("b", PRIMARY, "b"), arbiter("b")), "", "a has not noticed that b is primary",
    ),
    "it rolls back": (
        (seat("a", UNREADY, "b"), seat("b", PRIMARY, "b"), arbiter("b")), "",
        "a is neither primary nor secondary",
    ),
    "it takes over": (
        (seat("a", SECONDARY, "b", priority=2), seat("b", PRIMARY, "b"), arbiter("b")), "",
        "a is about to take over from b, by its priority",
    ),
    "priority 0 is never elected": (
        (seat("a", UNREADY, "", works=False), seat("b", SECONDARY, "", priority=0), arbiter("")), "", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_under_way(case: str) -> None:
    """Each stage of a partition, an election and a return has its sentence, and the ends have none."""
    seats, cut, expected = CASES[case]
    cuts = {frozenset(pair) for pair in cut.split()}
    assert unsettled(seats, lambda one, other: frozenset((one.name, other.name)) not in cuts) == expected
