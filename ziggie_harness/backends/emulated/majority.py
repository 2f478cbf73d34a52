"""What becomes of a replica set, given who works and who is connected: whether it has settled.

The rules are those of MongoDB's election protocol version 1 (MongoDB manual, "Replica Set Elections"): a primary that
sees no majority of the votes steps down, a majority that can see an electable member elects one, a member with a higher
priority takes over when it has caught up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a member says that it is, as far as others care."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    ARBITER = "arbiter"
    UNREADY = "neither primary nor secondary"
    """It starts, recovers, rolls back or copies everything anew."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One member of the set: its place in the configuration, its condition, and its opinion."""

    name: str
    host: str
    priority: float
    votes: int
    arbiter: bool
    works: bool
    """Its process is alive and not frozen."""
    state: State
    believes_in: str
    """The host that it takes for the primary, or empty."""


Connected = Callable[[Seat, Seat], bool]
"""Whether two members that work can talk to each other."""


def unsettled(seats: Sequence[Seat], connected: Connected) -> str | None:
    """Say what the members are about to do, or None when nothing that time alone brings will change their minds."""
    able = {seat.host: votes for seat in seats if seat.works and (votes := _votes_seen(seat, seats, connected))}
    majority = sum(seat.votes for seat in seats) // 2 + 1
    primaries = [seat for seat in seats if seat.works and seat.state is State.PRIMARY]
    for seat in primaries:
        if able.get(seat.host, 0) < majority:
            return f"{seat.name} is primary and has not noticed that it sees no majority"
    if len(primaries) > 1:
        return f"{primaries[0].name} and {primaries[1].name} both are primary"
    if believer := _misled(seats, connected):
        return believer
    electable = [seat for seat in seats if _electable(seat) and able.get(seat.host, 0) >= majority]
    if primaries:
        return _after_an_election(primaries[0], seats, electable, connected)
    return f"there is no primary, and {electable[0].name} can be elected" if electable else None


def _votes_seen(seat: Seat, seats: Sequence[Seat], connected: Connected) -> int:
    """Count the votes of a member and of those that it can talk to."""
    return sum(other.votes for other in seats if other == seat or (other.works and connected(seat, other)))


def _electable(seat: Seat) -> bool:
    """Say whether a member may become primary."""
    return seat.works and not seat.arbiter and seat.priority > 0


def _misled(seats: Sequence[Seat], connected: Connected) -> str | None:
    """Name a member that believes in a primary which it cannot hear any more."""
    by_host = {seat.host: seat for seat in seats}
    for seat in seats:
        if not seat.works or not seat.believes_in or seat.believes_in == seat.host:
            continue
        leader = by_host.get(seat.believes_in)
        if leader is None or not leader.works or not connected(seat, leader):
            return f"{seat.name} has not noticed that {leader.name if leader else seat.believes_in} is gone"
    return None


def _after_an_election(
    primary: Seat, seats: Sequence[Seat], electable: Sequence[Seat], connected: Connected
) -> str | None:
    """Say who among those that hear the primary has not followed it yet, or is going to take over."""
    for seat in seats:
        if not seat.works or seat == primary or not connected(seat, primary):
            continue
        if seat.believes_in != primary.host:
            return f"{seat.name} has not noticed that {primary.name} is primary"
        if seat.state is not (State.ARBITER if seat.arbiter else State.SECONDARY):
            return f"{seat.name} is {seat.state}"
        if seat in electable and seat.priority > primary.priority:
            return f"{seat.name} is about to take over from {primary.name}, by its priority"
    return None
