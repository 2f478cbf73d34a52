"""The objects of a drill in LocalStack: read in our terms, and written where LocalStack's own way is not AWS's.

Two things LocalStack's API has no way to say: that a copy has the version id of what it is a copy of, and that a
version is from some drill time. Both are kept here, and put into what callers send and get.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote
from xml.sax.saxutils import unescape

from botocore.exceptions import ClientError

from ziggie_harness.backends.emulated.s3_state import Place, S3State
from ziggie_harness.emulation.s3.eligibility import KMS
from ziggie_harness.emulation.s3.records import Bucket, Rule, Version

if TYPE_CHECKING:
    from ziggie_harness.backends.containers.localstack import LocalStack
    from ziggie_harness.backends.emulated.calls import HttpRequest, HttpResponse
    from ziggie_harness.backends.emulated.dates import DrillDates

ANYWHERE: Final = "us-east-1"
"""The region that is asked where none is meant: LocalStack answers for every bucket at every endpoint."""

ENTRY: Final = re.compile(rb"<(Version|DeleteMarker|Contents)>.*?</\1>", re.DOTALL)
"""One version or object of a listing."""

DATE: Final = re.compile(rb"(?<=<LastModified>)[^<]*")
IDENTITY: Final = re.compile(rb"<VersionId>([^<]*)</VersionId>")
KEY: Final = re.compile(rb"<Key>([^<]*)</Key>")

RESHAPES: Final = frozenset({"CreateBucket", "DeleteBucket", "PutBucketVersioning", "PutObjectLockConfiguration"})
"""The operations that change what ``buckets`` tells."""

NOTIFIES: Final = "PutBucketNotificationConfiguration"
UNVALIDATED: Final = "x-amz-skip-destination-validation"
"""Whoever is told by a bucket is kept in moto, so LocalStack is not to look for them (S3 API,
PutBucketNotificationConfiguration)."""

DESCRIBES: Final = (
    *("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "Metadata"),
    *("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"),
)
"""What is copied of an object besides its bytes, named alike in HeadObject's answer and PutObject's request."""


class LocalStackObjects:
    """An ``ObjectState`` of the machinery, and the ``State`` that answers S3's API."""

    def __init__(self, localstack: LocalStack, dates: DrillDates) -> None:
        """Read times as ``dates`` tells them."""
        self._localstack, self._dates = localstack, dates
        self._s3 = localstack.client("s3", ANYWHERE)
        self._roles = S3State(dates)
        self._buckets: dict[str, Bucket] = {}
        self._theirs: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """By bucket: LocalStack's own id of each version whose id is that of another."""
        self._ours: dict[str, str] = {}
        self._stamps: dict[tuple[str, str], dt.datetime] = {}
        """The date of a version by its bucket and its id."""
        self._newest: dict[tuple[str, str], str] = {}
        """The id of the newest version by its bucket and its key."""

    def answer(self, named: str, request: HttpRequest) -> HttpResponse:
        """Have LocalStack answer a request of S3's API, ids and dates put right."""
        bucket, operation = bucket_of(request), named.partition(" ")[2]
        sent = self._in_their_terms(bucket, request)
        if operation == NOTIFIES:
            sent = replace(sent, headers={**sent.headers, UNVALIDATED: "true"})
        response = self._localstack.send(sent)
        if operation in RESHAPES:
            self._buckets = {}
        headers = {name: self._ours.get(value, value) for name, value in response.headers.items()}
        identity = headers.get("X-Amz-Version-Id")
        if identity and (date := self._stamps.get((bucket, identity))) and "Last-Modified" in headers:
            headers["Last-Modified"] = format_datetime(date, usegmt=True)
        body = response.body if operation == "GetObject" else self._in_our_terms(bucket, response.body)
        return replace(response, headers=headers, body=body)

    def buckets(self) -> Mapping[str, Bucket]:
        """Return every bucket; LocalStack knows nothing useful of their replication."""
        found = self._buckets  # another thread may forget it meanwhile
        if not found:
            names = [str(each["Name"]) for each in self._s3.list_buckets()["Buckets"]]
            found = self._buckets = {name: self._described(name) for name in names}
        return found

    def versions(self, bucket: str) -> Iterator[tuple[Place, Version]]:
        """Yield every version of a bucket, those of a key from the oldest to the newest."""
        listed = [
            (str(told["Key"]), self._moment(bucket, told), str(told["VersionId"]))
            for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for kind in ("Versions", "DeleteMarkers")
            for told in page.get(kind, ())
        ]
        for key, _, identity in sorted(listed, key=lambda one: one[:2]):
            place = Place(bucket, key, self._ours.get(identity, identity))
            if (version := self.version(place)) is not None:
                yield place, version

    def version(self, place: Place) -> Version | None:
        """Return what is at a place, or None when it is not there any more."""
        asked = {"Bucket": place.bucket, "Key": place.key, "VersionId": self._their_id(place)}
        at = self._dates.seconds(self._stamps.get((place.bucket, place.identity), self._dates.now()))
        try:
            head = self._s3.head_object(**asked)
        except ClientError as error:
            # S3 API, HeadObject: 405 for a version that is a delete marker.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.METHOD_NOT_ALLOWED:
                return Version(place.key, place.identity, at, delete_marker=True)
            return None
        tags = {tag["Key"]: tag["Value"] for tag in self._s3.get_object_tagging(**asked)["TagSet"]}
        return Version(
            place.key,
            place.identity,
            at,
            size_bytes=head["ContentLength"],
            tags=tags,
            encryption=head.get("ServerSideEncryption", "AES256"),
            storage_class=head.get("StorageClass", "STANDARD"),
        )

    def latest(self, bucket: str, key: str) -> Place | None:
        """Return where the newest version of a key is."""
        listed = self._s3.list_object_versions(Bucket=bucket, Prefix=key)
        for told in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())):
            if told["Key"] == key and told["IsLatest"]:
                return Place(bucket, key, self._ours.get(told["VersionId"], told["VersionId"]))
        return None

    def body(self, place: Place) -> bytes:
        """Return the bytes of a version, none of a delete marker."""
        try:
            found = self._s3.get_object(Bucket=place.bucket, Key=place.key, VersionId=self._their_id(place))
        except ClientError:
            return b""
        return bytes(found["Body"].read())

    def stamp(self, place: Place) -> None:
        """Date a version by the drill's clock: LocalStack dates it by the wall's."""
        self._date(place, self._dates.now())

    def place_copy(self, source: Place, rule: Rule, body: bytes) -> None:
        """Store a copy of a version under the same version id, with what describes it.

        Source: S3 user guide, "What does Amazon S3 replicate?": "the replica has the same metadata", creation time and
        version id included.
        """
        version, copy = self.version(source), replace(source, bucket=rule.destination)
        if version is None:
            return
        if source.identity in self._theirs[rule.destination] and self.version(copy) is not None:
            # It was copied before: what can have changed of a version since then is what describes it.
            if not version.delete_marker:
                self._s3.put_object_tagging(
                    Bucket=copy.bucket, Key=copy.key, VersionId=self._their_id(copy), Tagging=_tagging(version)
                )
            return
        if version.delete_marker:
            made = self._s3.delete_object(Bucket=rule.destination, Key=source.key)
        else:
            made = self._s3.put_object(
                Bucket=rule.destination, Key=source.key, Body=body, **self._description(source, rule, version)
            )
        theirs = str(made["VersionId"])
        self._theirs[rule.destination][source.identity] = theirs
        self._ours[theirs] = source.identity
        date = self._stamps.get((source.bucket, source.identity), self._dates.now())
        self._date(copy, date)

    def subscribed(self, bucket: str, event: str) -> bool:
        """Say whether the notification configuration of a bucket sends an event to somebody; as of ``S3State``."""
        told = self._s3.get_bucket_notification_configuration(Bucket=bucket)
        wanted = {event, f"{event.rpartition(':')[0]}:*"}
        kinds = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")
        return any(wanted & set(target["Events"]) for kind in kinds for target in told.get(kind, ()))

    def role(self, arn: str) -> tuple[bool, Callable[[str, str], bool]]:
        """Return whether S3 may assume a role, and what its policies allow: IAM's state is moto's."""
        return self._roles.role(arn)

    def _description(self, source: Place, rule: Rule, version: Version) -> Mapping[str, Any]:
        """Return what describes a version, as PutObject takes it for its copy."""
        head = self._s3.head_object(Bucket=source.bucket, Key=source.key, VersionId=self._their_id(source))
        described = {name: head[name] for name in DESCRIBES if head.get(name)}
        described["StorageClass"] = rule.storage_class or version.storage_class
        described["Tagging"] = "&".join(f"{quote(name)}={quote(value)}" for name, value in version.tags.items())
        described["ServerSideEncryption"] = version.encryption
        if version.encryption in KMS and rule.replica_key:
            described["SSEKMSKeyId"] = rule.replica_key
        return described

    def _described(self, name: str) -> Bucket:
        """Ask what a bucket is."""
        region = self._s3.head_bucket(Bucket=name)["BucketRegion"]
        versioning = self._s3.get_bucket_versioning(Bucket=name).get("Status", "")
        try:
            locked = bool(self._s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"])
        except ClientError:
            locked = False
        return Bucket(name, region, versioning, locked)

    def _their_id(self, place: Place) -> str:
        """Return LocalStack's own id of a version."""
        return self._theirs[place.bucket].get(place.identity, place.identity)

    def _date(self, place: Place, date: dt.datetime) -> None:
        """Keep the date of a version."""
        self._stamps[place.bucket, place.identity] = date
        self._newest[place.bucket, place.key] = place.identity

    def _moment(self, bucket: str, told: Mapping[str, Any]) -> dt.datetime:
        """Return when a listed version is from."""
        identity = str(told["VersionId"])
        kept = self._stamps.get((bucket, self._ours.get(identity, identity)))
        return kept or told["LastModified"].astimezone(dt.UTC)

    def _in_their_terms(self, bucket: str, request: HttpRequest) -> HttpRequest:
        """Name versions as LocalStack does: in the query, in what is to be copied, in a list of what is to go."""
        ids = self._theirs[bucket]
        target, body, headers = request.target, request.body, dict(request.headers)
        for ours, theirs in ids.items():
            target = target.replace(f"versionId={ours}", f"versionId={theirs}")
            body = body.replace(f"<VersionId>{ours}<".encode(), f"<VersionId>{theirs}<".encode())
        if copied := headers.get("x-amz-copy-source"):
            path, _, identity = copied.partition("?versionId=")
            origin = self._theirs[unquote(path).lstrip("/").partition("/")[0]]
            if identity in origin:
                headers["x-amz-copy-source"] = f"{path}?versionId={origin[identity]}"
        return replace(request, target=target, body=body, headers=headers)

    def _in_our_terms(self, bucket: str, body: bytes) -> bytes:
        """Name versions as AWS does, and date those of a listing."""
        if b"<VersionId>" in body or b"VersionId>" in body:
            for theirs, ours in self._ours.items():
                body = body.replace(theirs.encode(), ours.encode())
        return ENTRY.sub(lambda entry: self._dated(bucket, entry.group()), body)

    def _dated(self, bucket: str, entry: bytes) -> bytes:
        """Put the date of a version or object into its entry in a listing."""
        key = KEY.search(entry)
        identity = IDENTITY.search(entry)
        named = identity.group(1).decode() if identity else self._newest.get((bucket, _text(key)), "")
        date = self._stamps.get((bucket, named))
        if date is None:
            return entry
        written = f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03d}Z"
        return DATE.sub(written.encode(), entry)


def _tagging(version: Version) -> Mapping[str, Any]:
    """Return the tags of a version as the API takes them."""
    return {"TagSet": [{"Key": name, "Value": value} for name, value in version.tags.items()]}


class InLocalStack:
    """``ObjectsKept`` of the machinery: LocalStack keeps the objects, and answers S3's API."""

    def __init__(self, localstack: LocalStack, dates: DrillDates) -> None:
        """Keep them in a LocalStack, dated as ``dates`` tells."""
        self.state = self.answers = LocalStackObjects(localstack, dates)


def bucket_of(request: HttpRequest) -> str:
    """Return the bucket that a request names, in its host or at the start of its path; empty for none."""
    labels = request.host.split(".")
    if labels[0] not in {"s3", "s3-control"} and "s3" in labels:
        return request.host.partition(".s3.")[0]
    return unquote(request.target.lstrip("/").partition("?")[0].partition("/")[0])


def _text(found: re.Match[bytes] | None) -> str:
    """Return a key as it was before a listing wrote it in XML, and in its URL's encoding."""
    return unquote(unescape(found.group(1).decode())) if found else ""
