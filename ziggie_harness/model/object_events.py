"""What a history tells of objects and their buckets."""

from __future__ import annotations

from dataclasses import dataclass

from ziggie_harness.model.client_events import Outcome


@dataclass(frozen=True, slots=True)
class ObjectAsked:
    """A client's request for an object ended: it stored one, or read one that was acknowledged before."""

    operation: str
    """`put` or `get`."""
    key: str
    bucket: str
    region: str
    """The region of the bucket."""
    started_seconds: float
    outcome: Outcome
    digest: str
    """The MD5 of what was stored, or of what was read."""
    reason: str


@dataclass(frozen=True, slots=True)
class ObjectReplicated:
    """The copying of one version of an object to another bucket ended."""

    bucket: str
    key: str
    version: str
    destination: str
    status: str
    """S3's ReplicationStatus: COMPLETED or FAILED."""
    reason: str
    """S3's failure reason, empty when it was copied."""
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class ReplicationNotified:
    """S3 sent an event on the replication of an object, such as s3:Replication:OperationMissedThreshold."""

    bucket: str
    event: str
    key: str
    version: str


@dataclass(frozen=True, slots=True)
class ReplicationMeasured:
    """CloudWatch has a bucket's replication metrics of one minute."""

    bucket: str
    pending_operations: int
    pending_bytes: int
    latency_seconds: float
    """How long the oldest pending one has waited."""
    failed_operations: int


@dataclass(frozen=True, slots=True)
class ReplicationVerified:
    """The owner found out, in the design's way, whether replication works."""

    bucket: str
    way: str
    """`configuration` or `canary`."""
    works: bool
    finding: str


@dataclass(frozen=True, slots=True)
class ObjectsBackedUp:
    """A run that copies what is current into the backup ended."""

    bucket: str
    """The backup's."""
    started_seconds: float
    copied: int
    """How many objects were new or changed since the run before."""
    reason: str
    """Why it stopped early, empty when it did not."""


@dataclass(frozen=True, slots=True)
class ObjectsSurviving:
    """Every object that can be read in a region's bucket after recovery."""

    region: str
    bucket: str
    objects: tuple[str, ...]
    """Key and MD5 of the current version of each, with a space between."""


@dataclass(frozen=True, slots=True)
class ObjectsCompared:
    """The buckets of two regions were compared, version by version."""

    left: str
    right: str
    versions_left: int
    versions_right: int
    only_left: int
    only_right: int
    different: int
    examples: tuple[str, ...]
    """The first versions that differ, each with how and, where it is known, why."""


@dataclass(frozen=True, slots=True)
class BucketSettingsCompared:
    """The settings of two regions' buckets were compared."""

    left: str
    right: str
    compared: tuple[str, ...]
    differing: tuple[str, ...]
    """The settings that are not the same, each with how."""
