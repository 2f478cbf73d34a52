"""A secret as Secrets Manager knows it, in one region. Its values never show in a text of the harness."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ACCOUNT: Final = "123456789012"
"""The account that moto has."""

CURRENT: Final = "AWSCURRENT"
PREVIOUS: Final = "AWSPREVIOUS"
PENDING: Final = "AWSPENDING"
"""The labels that move by themselves. Source: Secrets Manager user guide, "What's in a secret", Version."""

_ARN: Final = re.compile(r"arn:aws:secretsmanager:(?P<region>[^:]+):[^:]+:secret:(?P<name>.+)")
_SUFFIX: Final = re.compile(r"-[A-Za-z0-9]{6}$")


class Status(StrEnum):
    """How the copying into a region stands. Source: botocore service model secretsmanager 2017-10-17, StatusType."""

    IN_PROGRESS = "InProgress"
    IN_SYNC = "InSync"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a secret is known by."""

    region: str
    name: str


@dataclass(frozen=True, slots=True)
class Version:
    """A value that a secret has or had, with the labels that it carries."""

    identity: str
    value: str | bytes = field(repr=False)
    """Empty for one that a rotation has begun and nobody has given a value yet; AWS takes no empty value."""
    stages: frozenset[str]
    created_seconds: float


@dataclass(frozen=True, slots=True)
class Replica:
    """A region that a primary secret is copied into."""

    region: str
    key_id: str
    """The KMS key there; empty for the one that AWS manages, `aws/secretsmanager`."""
    status: Status
    message: str = ""
    overwrites: bool = False


@dataclass(frozen=True, slots=True)
class Rotation:
    """The function that rotates a secret, and its rules as they were put; their schedule is kept and not followed."""

    function: str
    rules: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in one region: a primary, a replica, or one that stands alone."""

    key: Key
    suffix: str
    """The six characters behind the name in the ARN; a replica has those of its primary."""
    created_seconds: float
    changed_seconds: float
    description: str = ""
    key_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""
    """Its resource policy, as it was put; empty for none. It is kept and copied, and not evaluated."""
    versions: tuple[Version, ...] = ()
    replicas: tuple[Replica, ...] = ()
    primary_region: str = ""
    """Where its primary is, for a replica."""
    rotation: Rotation | None = None
    """What rotates it, once RotateSecret has said so."""
    deleted_seconds: float | None = None
    """When it is removed for good, if it is marked for deletion."""

    @property
    def arn(self) -> str:
        """Its name in the account. Source: Secrets Manager API reference, CreateSecret, Name: six random characters."""
        return f"arn:aws:secretsmanager:{self.key.region}:{ACCOUNT}:secret:{self.key.name}-{self.suffix}"

    def labelled(self, stage: str) -> Version | None:
        """Return the version that carries a label, or None."""
        return next((version for version in self.versions if stage in version.stages), None)

    def version(self, identity: str) -> Version | None:
        """Return a version by its id, or None."""
        return next((version for version in self.versions if version.identity == identity), None)

    def replica(self, region: str) -> Replica | None:
        """Return what it knows of its copy in a region, or None."""
        return next((replica for replica in self.replicas if replica.region == region), None)


@dataclass(frozen=True, slots=True)
class Account:
    """What the rules look at: every secret in all regions, and what stands against the use of a KMS key."""

    secrets: Mapping[Key, Secret]
    key_obstacle: Callable[[str, str], str | None]
    """Why a key of a region, by ARN, id or alias, cannot encrypt and decrypt, or None. Empty is AWS's own key."""


def key_of(name: str, region: str) -> Key:
    """Return the secret that a SecretId means in a region: a name, an ARN, or an ARN without its last characters.

    Source: Secrets Manager API reference, DescribeSecret, SecretId. An ARN of another region means nothing here, so
    its whole text stands for the name.
    """
    found = _ARN.fullmatch(name)
    if found is None or found["region"] != region:
        return Key(region, name)
    return Key(region, _SUFFIX.sub("", found["name"]))
