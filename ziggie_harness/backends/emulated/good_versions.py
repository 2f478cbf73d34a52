"""Which version of each object a restore takes: the last one from before the damage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any


def good_versions(s3: Any, bucket: str, before: datetime) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:  # noqa: ANN401 - boto3 makes its classes late
    """Yield for each object of a bucket its newest version from before a whole second, or else the oldest there.

    Beside it stands what is newest now, a delete marker perhaps. S3 tells times in whole seconds, so only versions from
    earlier seconds are certain to be from before a moment of this one. An object without one was stored in the same
    second, and its oldest version is the good one.
    """
    for versions in _histories(s3, bucket):
        kept = [version for version in versions if not version["DeleteMarker"]]
        earlier = [version for version in kept if version["LastModified"] < before]
        if kept:
            yield (earlier[0] if earlier else kept[-1]), versions[0]


def _histories(s3: Any, bucket: str) -> Iterator[list[dict[str, Any]]]:  # noqa: ANN401 - boto3 makes its classes late
    """Yield the versions and delete markers of each key of a bucket, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for name in ("Versions", "DeleteMarkers"):
            for told in page.get(name, []):
                found.setdefault(told["Key"], []).append({**told, "DeleteMarker": name == "DeleteMarkers"})
    for versions in found.values():
        # Times have whole seconds, so the current version comes first by what S3 says of it.
        yield sorted(versions, key=lambda told: (told["IsLatest"], told["LastModified"]), reverse=True)
