"""Listings of versions, read quickly: botocore's own way takes ten times as long, and a bucket can have many versions.

What comes out is what boto3 would return, without owners, storage classes and checksums.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

NAMESPACE: Final = "{http://s3.amazonaws.com/doc/2006-03-01/}"

ENTRIES: Final[Mapping[str, str]] = {"Version": "Versions", "DeleteMarker": "DeleteMarkers"}
"""The elements of S3's answer, and the members that boto3 returns them as (S3 API, ListObjectVersions)."""

READERS: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    f"{NAMESPACE}Key": ("Key", str),
    f"{NAMESPACE}VersionId": ("VersionId", str),
    f"{NAMESPACE}ETag": ("ETag", str),
    f"{NAMESPACE}Size": ("Size", int),
    f"{NAMESPACE}IsLatest": ("IsLatest", "true".__eq__),
    f"{NAMESPACE}LastModified": ("LastModified", dt.datetime.fromisoformat),
}
"""The elements of an entry, with their members' names and types."""


def read_quickly(s3: Any) -> Any:  # noqa: ANN401 - boto3 makes its classes late
    """Have a client read listings of versions quickly, and return it."""
    s3.meta.events.register("before-parse.s3.ListObjectVersions", _read, unique_id="read quickly")
    return s3


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Take the entries out of an answer, and leave the rest of it to botocore."""
    if response_dict["status_code"] != 200:  # noqa: PLR2004 - any other answer is an error
        return
    root = ET.fromstring(response_dict["body"])  # noqa: S314 - the answer of the S3 that was asked
    rest = []
    for element in root:
        if members := ENTRIES.get(element.tag.removeprefix(NAMESPACE)):
            customized_response_dict.setdefault(members, []).append(dict(_members(element)))
        else:
            rest.append(element)
    root[:] = rest
    response_dict["body"] = ET.tostring(root, default_namespace=NAMESPACE.strip("{}"))


def _members(entry: ET.Element) -> Iterator[tuple[str, object]]:
    """Yield the members of an entry, as boto3 types them."""
    for element in entry:
        if known := READERS.get(element.tag):
            name, read = known
            yield name, read(element.text or "")
