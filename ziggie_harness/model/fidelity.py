"""How much of the real thing stood behind an observation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Fidelity(IntEnum):
    """How genuine a capability is; a drill has the lowest that it used."""

    DECLARED = 1
    """An API accepted it and nothing stands behind."""
    EMULATED = 2
    """Our stand-in, each documented rule of it held by a test."""
    REAL = 3
    """The genuine software or service."""

    @staticmethod
    def lowest(fidelities: Iterable[Fidelity]) -> Fidelity:
        """Return the fidelity of a whole whose parts have these; without any part it is DECLARED."""
        return min(fidelities, default=Fidelity.DECLARED)


class Capability(StrEnum):
    """Something a backend may be able to do; scenarios ask for these, never for a backend's name."""

    NETWORK = "network"
    """Regions with addresses of their own, and servers there that answer or refuse."""
    PARTITIONS = "partitions"
    """Packets between two places that can be made to vanish, also one way."""
    LOSS = "packet loss"
    """Links that lose a share of their packets."""
    NAMES = "names"
    """Names of the lab alone, by which servers find each other at their real ports."""
    PROCESSES = "processes"
    """Servers that can be killed, frozen and thawed."""
    DISKS = "disks"
    """Disks of databases that can be full."""
    API = "AWS API"
    """The control planes that a failover calls."""
    DNS = "DNS"
    """Answers of the zone's name servers, and caching resolvers in front of them."""
    HEALTH_CHECKS = "health checks"
    """Checkers in several regions whose opinion steers DNS."""
    SERVICE = "service"
    """The API that clients call."""
    POSTGRESQL = "PostgreSQL"
    """A primary and a streaming replica."""
    MONGODB = "MongoDB"
    """Replica sets that elect."""
    OBJECTS = "objects"
    """Buckets whose objects are copied to another region's."""
    SECRETS = "secrets"
    """Secrets that are copied between regions, and the application that reads them."""
    ALERTS = "alerts"
    """Events, alarms and notifications."""
    FUNCTIONS = "functions"
    """Functions of the owner's, run unmodified in their region with their role's permissions."""
    RUNBOOKS = "runbooks"
    """Scripts of the owner's, run unmodified with the tools that they call."""
    CLOCK = "clock"
    """The source of drill time."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a backend offers for one capability, and what stands behind it."""

    fidelity: Fidelity
    behind: str
