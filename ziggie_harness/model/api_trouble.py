"""A trouble of an AWS API: what a service answers in a region while it lasts, or that it answers late or never."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to a call. A delay comes first, then silence or the error; without both the call goes on."""

    delay_seconds: float = 0.0
    silent: bool = False
    """The connection is accepted and nothing is ever answered."""
    code: str = ""
    """An error as AWS names it."""
    message: str = ""
    status: int = 400
    operations: frozenset[str] = frozenset()
    """The operations that meet it, as AWS names them; empty for all of the service."""
    every: int = 1
    """How many calls in a row meet it before one goes through, plus that one; 1 lets none through."""
