"""Why S3 gives the copying of a version up, reason by reason, and whom it tells.

The names are those of the S3 user guide, "Amazon S3 replication failure reasons". A version that failed stays FAILED
until somebody stores it anew or has S3 Batch Replication copy it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ziggie_harness.emulation.s3.eligibility import KMS
from ziggie_harness.emulation.s3.records import ARN, THRESHOLD_SECONDS, Bucket, Rule, Version

FAILED_EVENT: Final = "s3:Replication:OperationFailedReplication"
MISSED_EVENT: Final = "s3:Replication:OperationMissedThreshold"
LATE_EVENT: Final = "s3:Replication:OperationReplicatedAfterThreshold"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The copying of one version by one rule, as far as S3 looks at it before it copies."""

    version: Version
    rule: Rule
    source: Bucket
    destination: Bucket | None
    assumable: bool
    """Whether the role's trust policy lets S3 assume it."""
    permits: Callable[[str, str], bool]
    """Whether the role's policies allow an action on a resource."""

    @property
    def from_arn(self) -> str:
        """The object at its source."""
        return f"{ARN}{self.source.name}/{self.version.key}"

    @property
    def to_arn(self) -> str:
        """The object at its destination."""
        return f"{ARN}{self.rule.destination}/{self.version.key}"


def reason(attempt: Attempt) -> str | None:
    """Return why a version cannot be copied, by AWS's name for it, or None."""
    return next((check.__name__ for check in REASONS if check(attempt)), None)


def DstBucketNotFound(attempt: Attempt) -> bool:  # noqa: N802 - AWS's own name, as it stands in its events
    """S3 does not find the destination bucket.

    Source: S3 user guide, "Amazon S3 replication failure reasons".
    """
    return attempt.destination is None


def DstBucketUnversioned(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """Versioning is not enabled for the destination bucket.

    Source: S3 user guide, "Amazon S3 replication failure reasons".
    """
    return attempt.destination is not None and attempt.destination.versioning != "Enabled"


def DstBucketObjectLockConfigMissing(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """The source bucket has Object Lock, and the destination bucket has not.

    Source: S3 user guide, "Amazon S3 replication failure reasons".
    """
    return attempt.destination is not None and attempt.source.locked and not attempt.destination.locked


def AssumeRoleNotPermitted(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """S3 cannot assume the role of the replication configuration.

    Source: S3 user guide, "Amazon S3 replication failure reasons".
    """
    return not attempt.assumable


def SrcGetObjectNotPermitted(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """The role may not read the version at its source, or not decrypt it.

    Source: S3 user guide, "Setting up permissions for live replication": s3:GetObjectVersionForReplication; kms:Decrypt
    for objects with KMS keys.
    """
    if attempt.version.delete_marker:
        return False
    readable = attempt.permits("s3:GetObjectVersionForReplication", attempt.from_arn)
    return not (readable and (attempt.version.encryption not in KMS or attempt.permits("kms:Decrypt", "*")))


def SrcGetTaggingNotPermitted(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """The role may not read the tags of a version that has some.

    Source: S3 user guide, "Setting up permissions for live replication": s3:GetObjectVersionTagging.
    """
    return bool(attempt.version.tags) and not attempt.permits("s3:GetObjectVersionTagging", attempt.from_arn)


def DstPutObjectNotPermitted(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """The role may not store the copy, or not encrypt it.

    Source: S3 user guide, "Setting up permissions for live replication": s3:ReplicateObject; kms:Encrypt for objects
    with KMS keys.
    """
    if attempt.version.delete_marker:
        return False
    storable = attempt.permits("s3:ReplicateObject", attempt.to_arn)
    return not (
        storable and (attempt.version.encryption not in KMS or attempt.permits("kms:Encrypt", attempt.rule.replica_key))
    )


def DstPutTaggingNotPermitted(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """The role may not tag the copy of a version that has tags.

    Source: S3 user guide, "Setting up permissions for live replication": s3:ReplicateTags.
    """
    return bool(attempt.version.tags) and not attempt.permits("s3:ReplicateTags", attempt.to_arn)


def DstDelObjNotPermitted(attempt: Attempt) -> bool:  # noqa: N802 - as above
    """The role may not copy a delete marker.

    Source: S3 user guide, "Setting up permissions for live replication": s3:ReplicateDelete.
    """
    return attempt.version.delete_marker and not attempt.permits("s3:ReplicateDelete", attempt.to_arn)


Reason = Callable[[Attempt], bool]

REASONS: Final[tuple[Reason, ...]] = (
    DstBucketNotFound, DstBucketUnversioned, DstBucketObjectLockConfigMissing, AssumeRoleNotPermitted,
    SrcGetObjectNotPermitted, SrcGetTaggingNotPermitted, DstPutObjectNotPermitted, DstPutTaggingNotPermitted,
    DstDelObjNotPermitted,
)  # fmt: skip
"""Every reason, in the order in which they are looked for."""


def failure_notices(rule: Rule) -> Iterator[str]:
    """Yield the events for a version that failed: nobody is told unless the rule has metrics.

    Source: S3 user guide, "Receiving replication failure events with Amazon S3 Event Notifications": "you must enable
    S3 Replication metrics on your replication rule".
    """
    if rule.metrics:
        yield FAILED_EVENT


def late_notices(rule: Rule, waited_seconds: float, *, copied: bool) -> Iterator[str]:
    """Yield the events for a version that waits longer than the threshold, or was copied after it.

    Source: as above: "S3 RTC is only required for threshold-based notifications".
    """
    if rule.time_control_minutes is not None and waited_seconds > THRESHOLD_SECONDS:
        yield LATE_EVENT if copied else MISSED_EVENT
