"""Listings of versions, read quickly: botocore's own way takes many times as long, and a bucket can have many versions.

What comes out is what boto3 would return, without owners, storage classes and checksums. An answer is taken apart by
its columns: every entry has a key, so the first key belongs to the first entry, whatever the order of its members.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import unescape

from ziggie_harness.parity.objects import Listed

ENTRIES: Final[Mapping[str, str]] = {"Version": "Versions", "DeleteMarker": "DeleteMarkers"}
"""The elements of S3's answer, and the members that boto3 returns them as (S3 API, ListObjectVersions)."""

IN_BOTH: Final = ("Key", "VersionId", "IsLatest", "LastModified")
"""The members that are read of every entry."""

IN_VERSIONS: Final = ("ETag", "Size")
"""Those that a delete marker lacks."""

_BEGIN: Final = re.compile(f"<({'|'.join(ENTRIES)})>")
_ENTRY: Final = re.compile(f"<({'|'.join(ENTRIES)})>.*?</\\1>", re.DOTALL)
_COLUMNS: Final = {name: re.compile(f"<{name}>([^<]*)</") for name in (*IN_BOTH, *IN_VERSIONS)}


def read_quickly(s3: Any) -> Any:  # noqa: ANN401 - boto3 makes its classes late
    """Have a client read listings of versions quickly, and return it."""
    # By this name it comes before botocore's own look at every answer of S3, which parses the whole.
    s3.meta.events.register("before-parse.*.ListObjectVersions", _read, unique_id="read quickly")
    return s3


def listed(bucket: str, ask: Callable[..., Mapping[str, Any]]) -> Iterator[Listed]:
    """Yield every version of a bucket in the order of its keys; ``ask`` asks for a page, as ListObjectVersions."""
    token: dict[str, str] = {}
    while True:
        page = ask(Bucket=bucket, **token)
        yield from _versions_of(page)
        if not page.get("IsTruncated"):
            return
        token = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}


def _versions_of(page: Mapping[str, Any]) -> list[Listed]:
    """Return what a page tells, in the order of its keys."""
    versions = [
        Listed(each["Key"], each["VersionId"], each["ETag"].strip('"'), each["Size"], False, each["IsLatest"])  # noqa: FBT003
        for each in page.get("Versions", ())
    ]
    markers = [
        Listed(each["Key"], each["VersionId"], "", 0, True, each["IsLatest"])  # noqa: FBT003 - no delete marker
        for each in page.get("DeleteMarkers", ())
    ]
    return sorted(versions + markers, key=lambda version: version.key.encode()) if markers else versions


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Take the entries out of an answer and leave the rest of it to botocore, or all of it where they do not fit."""
    if response_dict["status_code"] != 200:  # noqa: PLR2004 - any other answer is an error
        return
    text = response_dict["body"].decode().replace("&quot;", '"')  # as every ETag has it
    kinds = _BEGIN.findall(text)
    columns = {name: column.findall(text) for name, column in _COLUMNS.items()}
    many = dict.fromkeys(IN_BOTH, len(kinds)) | dict.fromkeys(IN_VERSIONS, kinds.count("Version"))
    if not kinds or "&#" in text or {name: len(column) for name, column in columns.items()} != many:
        return
    for kind, entry in zip(kinds, _entries(kinds, columns), strict=True):
        customized_response_dict.setdefault(ENTRIES[kind], []).append(entry)
    # What else there is may stand between entries, and tells whether keys are encoded.
    response_dict["body"] = _ENTRY.sub("", text).encode()


def _entries(kinds: list[str], columns: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Yield the entries, as boto3 types their members."""
    digests, sizes = iter(columns["ETag"]), iter(columns["Size"])
    for kind, key, version, latest, modified in zip(kinds, *(columns[name] for name in IN_BOTH), strict=True):
        entry = {
            "Key": _plain(key),
            "VersionId": version,
            "IsLatest": latest == "true",
            "LastModified": dt.datetime.fromisoformat(modified),
        }
        if kind == "Version":
            entry["ETag"], entry["Size"] = next(digests), int(next(sizes))
        yield entry


def _plain(text: str) -> str:
    """Return a text of XML as it is meant; characters by their numbers were left to botocore."""
    return unescape(text, {"&apos;": "'"}) if "&" in text else text
