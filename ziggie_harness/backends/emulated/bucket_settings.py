"""The settings of a bucket that no replication carries, read through the API and made comparable.

Source: S3 user guide, "What does Amazon S3 replicate?": not "updates to bucket-level subresources".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.object_setup import Side

SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "versioning": ("get_bucket_versioning", "Status"),
    "lifecycle": ("get_bucket_lifecycle_configuration", "Rules"),
    "CORS": ("get_bucket_cors", "CORSRules"),
    "policy": ("get_bucket_policy", "Policy"),
    "notifications": ("get_bucket_notification_configuration", "TopicConfigurations"),
    "tags": ("get_bucket_tagging", "TagSet"),
    "encryption": ("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "Object Lock": ("get_object_lock_configuration", "ObjectLockConfiguration"),
}
"""What is compared: the operation that reads it, and the member of its answer."""

ABSENT: Final = "none"

ABSENT_CODES: Final = frozenset(
    {
        "NoSuchLifecycleConfiguration",
        "NoSuchCORSConfiguration",
        "NoSuchBucketPolicy",
        "NoSuchTagSet",
        "ServerSideEncryptionConfigurationNotFoundError",
        "ObjectLockConfigurationNotFoundError",
    }
)
"""S3 API, Error responses: what a bucket without a setting answers."""


def read(side: Side, s3: Any) -> dict[str, str]:  # noqa: ANN401 - boto3 makes its classes late
    """Return the settings of a bucket as texts, in which its own name and region are left out."""
    return {name: _read(s3, side, operation, member) for name, (operation, member) in SETTINGS.items()}


def differences(left: str, ours: Mapping[str, str], right: str, theirs: Mapping[str, str]) -> Iterator[str]:
    """Yield each setting that differs, with how."""
    for name in SETTINGS:
        one, other = ours[name], theirs[name]
        if ABSENT in {one, other} and one != other:
            yield f"{name} (none in {left if one == ABSENT else right})"
        elif one != other:
            yield f"{name} ({one} in {left}, {other} in {right})"


def _read(s3: Any, side: Side, operation: str, member: str) -> str:  # noqa: ANN401 - as above
    """Return one setting as a text."""
    try:
        found = getattr(s3, operation)(Bucket=side.bucket).get(member)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT_CODES:
            raise
        return ABSENT
    if not found:
        return ABSENT
    parsed = json.loads(found) if member == "Policy" else found
    if member == "TopicConfigurations":
        parsed = [{name: value for name, value in each.items() if name != "Id"} for each in found]
    text = json.dumps(parsed, sort_keys=True, default=str)
    return text.replace(side.bucket, "<bucket>").replace(side.region, "<region>")
