"""What a history tells of secrets; never a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecretCopied:
    """A change of a secret arrived in a replica's region, or failed to."""

    secret: str
    source: str
    region: str
    status: str
    """As DescribeSecret tells it: InSync, InProgress while more is under way, Failed."""
    reason: str


@dataclass(frozen=True, slots=True)
class SecretAsked:
    """The application of a region asked for a secret by the owner's client. No value is told, only its digest."""

    region: str
    secret: str
    started_seconds: float
    answered: bool
    digest: str
    """Keyed anew for every drill, so that nobody can look values up; empty without an answer."""
    reason: str
    """What the client raised, or that it had not come back when it was given up."""


@dataclass(frozen=True, slots=True)
class SecretRotated:
    """Somebody gave a secret a new value in a region, as a rotation does at its end."""

    region: str
    secret: str
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SecretSeen:
    """The value of a secret was read in a region by its owners. No value is told, only its digest."""

    region: str
    secret: str
    digest: str
    """Empty when it could not be read; `reason` then says why."""
    reason: str = ""
    settings: tuple[str, ...] = ()
    """What else is copied with it: a name and a digest of each, with a space between."""
