"""What clients, resolvers and name servers saw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

AUTHORITY = "authority"
"""The vantage of an answer that was asked for at the zone's own name servers, past every cache."""


OBJECTION = "the database objects, SQLSTATE "
"""How the reason of a request begins that a working database refused for its content; the error's code follows."""


ABSENT = "HTTP 404"
"""How the reason of a read begins that was answered, and what it asked for is not there."""


class Outcome(StrEnum):
    """How a request ended, as its client may know it."""

    ACKNOWLEDGED = "acknowledged"
    """The service said that it was done."""
    REFUSED = "refused"
    """The service, or its host, or its name, said no: nothing was done."""
    INDETERMINATE = "indeterminate"
    """The answer never came: it may have been done or not."""


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """A client's request through the public name ended."""

    probe: str
    operation: str
    """`write` or `read`."""
    identity: str
    """The unique id that the request wrote or read."""
    started_seconds: float
    outcome: Outcome
    region: str
    """The region that says it answered, or empty."""
    address: str
    reason: str
    writer: str = ""
    """The region whose database acknowledged a write, where the service says so."""


def answered(read: RequestEnded) -> bool:
    """Say whether a read told what is there."""
    return read.outcome is Outcome.ACKNOWLEDGED or read.reason.startswith(ABSENT)


@dataclass(frozen=True, slots=True)
class NameResolved:
    """A name was looked up: through a cache at a vantage, or at the authority."""

    vantage: str
    name: str
    addresses: tuple[str, ...]
    """Empty when there was no answer; `reason` then says why."""
    ttl_seconds: int
    cached: bool
    reason: str = ""
