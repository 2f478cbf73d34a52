"""What the service asks of its database, whichever engine that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class DatabaseError(Exception):
    """The database did not do what was asked; ``applied`` says whether it may have been done all the same."""

    def __init__(self, reason: str, *, may_be_applied: bool, read_only: bool = False) -> None:
        """Say why; ``read_only`` when the database takes no writes now."""
        super().__init__(reason)
        self.reason = reason
        self.may_be_applied = may_be_applied
        self.read_only = read_only


@dataclass(frozen=True, slots=True)
class State:
    """What a database says about itself."""

    standby: bool
    fenced: bool
    """It takes no writes although it is no standby: somebody forbade it."""
    epoch: int
    """How often its data changed hands: PostgreSQL's timeline and takeovers, MongoDB's term."""


@dataclass(frozen=True, slots=True)
class Written:
    """A write that the database acknowledged."""

    fresh: bool
    """It was not there before."""
    site: str
    """Where the server is that acknowledged it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when an answer is worth having, and whom to tell when waiting for it turns out to be in vain."""

    until_seconds: float
    lasting: Callable[[], None]
    """Called when an answer takes its time: makes this thread an actor until what depends on the answer is done."""
    resting: Callable[[str], None]
    """Called with the reason when no answer can come."""


class Store(Protocol):
    """A database that keeps orders; safe to use from every thread. Every method raises DatabaseError."""

    def state(self, budget: Budget) -> State:
        """Ask the database what it is."""
        ...

    def insert(self, identity: str, region: str, budget: Budget) -> Written:
        """Write an order for good, unless it was there before."""
        ...

    def contains(self, identity: str, budget: Budget) -> bool:
        """Say whether an order is there."""
        ...

    def page(self, after: str, limit: int, budget: Budget) -> Sequence[str]:
        """Return the next orders in their order, so that all of them can be read with little memory."""
        ...
