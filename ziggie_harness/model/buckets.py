"""The declared buckets: one in each of the two regions, and what copies objects between them (guide §3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StringConstraints
from pydantic.dataclasses import dataclass

from ziggie_harness.model.values import STRICT, Name, Positive, spelled

# S3 user guide, "General purpose bucket naming rules": 3 to 63 small letters, digits, periods and hyphens. Periods are
# left out: a certificate's wildcard does not cover them.
BucketName = Annotated[
    str, spelled("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", "a bucket name: 3 to 63 small letters, digits and inner hyphens")
]


@dataclass(frozen=True, slots=True, config=STRICT)
class ReplicationRule:
    """One rule of a replication configuration; the other region's bucket is where it copies to.

    Limits: botocore service model s3 2006-03-01, shape ReplicationRule.
    """

    priority: Annotated[StrictInt, Field(ge=0)]
    prefix: Annotated[str, StringConstraints(max_length=1024)] = ""
    tags: Mapping[str, str] = Field(default_factory=dict)
    delete_markers: StrictBool = False
    """A deletion without a version, which only hides an object, is copied too."""
    storage_class: Literal["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING"] | None = None
    """That of the copies; the source's own unless given."""
    time_control: StrictBool = False
    """S3 Replication Time Control: metrics each minute, and events for what takes longer than 15 minutes."""
    kms_objects: StrictBool = False
    """Objects encrypted with a KMS key are copied too; without it they are left out, silently."""


@dataclass(frozen=True, slots=True, config=STRICT)
class ObjectBackup:
    """A versioned bucket in the witness region, into which what is current is copied again and again."""

    bucket: BucketName
    every_seconds: Annotated[Positive, Field(validation_alias="every", serialization_alias="every")]
    """How long from the start of a run to the start of the next: what a restore may lack."""
    lock_days: Annotated[StrictInt, Field(ge=1, le=36500)] | None = None
    """For how long Object Lock keeps each version, also from an administrator (mode COMPLIANCE); else not at all."""


@dataclass(frozen=True, slots=True, config=STRICT)
class BucketPair:
    """A bucket in each region, versioned, with replication from the primary's to the secondary's at least.

    Each setting whose default is false is one thing that the guide leaves out.
    """

    primary_bucket: BucketName
    secondary_bucket: BucketName
    rules: Annotated[Mapping[Name, ReplicationRule], Field(min_length=1, max_length=1000)]
    assumed_lag_seconds: Annotated[Positive, Field(validation_alias="assumed_lag", serialization_alias="assumed_lag")]
    """How long after it was stored an object is assumed to be copied: AWS says only "most objects [...] in seconds"."""
    encryption: Literal["AES256", "aws:kms"] = "AES256"
    """How objects are encrypted by default: with keys of S3, or with a KMS key of the bucket's region."""
    two_way: StrictBool = False
    """What is written to the secondary region's bucket is copied to the primary's."""
    older_objects_copied: StrictBool = False
    """S3 Batch Replication copies what was there before the rules, which they leave out."""
    lock_days: Annotated[StrictInt, Field(ge=1, le=36500)] | None = None
    """For how long Object Lock keeps each version, also from an administrator (mode COMPLIANCE); else not at all."""
    backup: ObjectBackup | None = None
    """Where the objects of the primary region's bucket are kept a third time; else nowhere."""
    settings_on_both_sides: StrictBool = False
    """Lifecycle, CORS, policy and tags are made in both regions; no replication carries them."""
    follows_the_name: StrictBool = False
    """Clients use the bucket of the region that the public name leads to, not always the primary's."""
    verified_by: Literal["configuration", "canary"] = "configuration"
    """How the owner finds out whether replication works: by reading its rules, or by sending an object through it."""
