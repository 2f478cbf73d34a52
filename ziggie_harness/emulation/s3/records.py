"""Buckets, their replication rules and the versions in them, as far as replication looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

THRESHOLD_SECONDS: Final = 900.0
"""What S3 Replication Time Control promises, and the one value that it takes (S3 API, ReplicationTimeValue: 15)."""

ARN: Final = "arn:aws:s3:::"


class Status(StrEnum):
    """What S3 tells of a version's replication (S3 API, HeadObject, ReplicationStatus); nothing where no rule fits."""

    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REPLICA = "REPLICA"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a replication configuration (S3 API, ReplicationRule)."""

    identity: str
    destination: str
    """The name of the bucket that it copies to."""
    enabled: bool = True
    priority: int | None = 1
    filtered: bool = True
    """Whether it has a Filter: the latest version of the configuration; without one it is of the earlier version."""
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    delete_markers: bool | None = False
    """None where DeleteMarkerReplication was not given."""
    storage_class: str = ""
    account: str = ""
    """The account that is said to own the destination; empty where nothing is said."""
    new_owner: bool = False
    """Copies belong to that account (AccessControlTranslation), which changes nothing within one account."""
    kms_objects: bool = False
    replica_key: str = ""
    """The KMS key for copies of objects that are encrypted with one."""
    replica_modifications: bool = False
    time_control_minutes: int | None = None
    """That of ReplicationTime, or None where it is not enabled."""
    metrics: bool = False
    existing_objects: bool = False
    since_seconds: float = 0.0
    """The drill time at which it came into being."""


@dataclass(frozen=True, slots=True)
class Replication:
    """The replication configuration of a bucket."""

    role: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket at one moment."""

    name: str
    region: str
    versioning: str = "Enabled"
    """Enabled, Suspended, or empty for a bucket that never had it."""
    locked: bool = False
    """Whether it has Object Lock."""
    replication: Replication | None = None


Buckets = Mapping[str, Bucket]
"""Every bucket of the account, in all regions."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker."""

    key: str
    identity: str
    stored_seconds: float
    size_bytes: int = 0
    delete_marker: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    encryption: str = "AES256"
    storage_class: str = "STANDARD"
    replica: bool = False
    modified: bool = False
    """Whether its tags or its access list changed after it was stored."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the API answers."""

    code: str
    message: str
    status: int = 400
