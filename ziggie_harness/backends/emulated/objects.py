"""The buckets of the embedded world: everything goes through the API of S3, over the lab's network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError

from ziggie_harness.backends.emulated import bucket_settings, object_setup
from ziggie_harness.backends.emulated.api_client import Clients
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.good_versions import good_versions
from ziggie_harness.backends.emulated.object_backup import BackupJob
from ziggie_harness.backends.emulated.object_setup import Side
from ziggie_harness.backends.emulated.s3_replication import Replicator
from ziggie_harness.backends.emulated.s3_state import Place
from ziggie_harness.backends.emulated.version_listings import listed, read_quickly
from ziggie_harness.emulation.s3.eligibility import objection
from ziggie_harness.emulation.s3.records import Status
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.buckets import BucketPair
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.object_events import (
    BucketSettingsCompared,
    ObjectAsked,
    ObjectsCompared,
    ObjectsSurviving,
    ReplicationVerified,
)
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.parity.objects import LEFT, Listed, compare
from ziggie_harness.ports import CLIENTS, Clock

CANARY_SECONDS: Final = 120.0
"""How long a canary is waited for."""

RANSOM: Final = b"pay"


class DeclaredObjects:
    """A pair of buckets as an ``Objects`` of the ports."""

    def __init__(  # noqa: PLR0913 - each is a part of the lab that buckets need
        self,
        topology: Topology,
        pair: BucketPair,
        clock: Clock,
        clients: Clients,
        *,
        replicator: Replicator,
        dates: DrillDates,
        serving: Callable[[], Role | None],
        backup: BackupJob | None = None,
    ) -> None:
        """Use the API through ``clients``; ``serving`` tells which region the public name leads clients to."""
        self._pair, self._clock, self._clients, self._serving = pair, clock, clients, serving
        self._replicator, self._dates, self._backup = replicator, dates, backup
        self._control_plane = topology.region(Role.CONTROL_PLANE)
        self._sides = object_setup.sides(topology, pair)

    def put(self, key: str) -> ObjectAsked:
        """Store an object as a client does."""
        body = _content(key)

        def store(s3: Any, side: Side) -> str:  # noqa: ANN401 - boto3 makes its classes late
            """Store it."""
            s3.put_object(Bucket=side.bucket, Key=key, Body=body)
            return _digest(body)

        return self._ask("put", key, store)

    def get(self, key: str) -> ObjectAsked:
        """Read an object as a client does."""

        def read(s3: Any, side: Side) -> str:  # noqa: ANN401 - boto3 makes its classes late
            """Read it."""
            return _digest(s3.get_object(Bucket=side.bucket, Key=key)["Body"].read())

        return self._ask("get", key, read)

    def surviving(self, role: Role) -> ObjectsSurviving:
        """Return every object that can be read in a region, asked from within."""
        side = self._side(role)

        def read(s3: Any) -> tuple[str, ...]:  # noqa: ANN401 - boto3 makes its classes late
            """List the bucket; an ETag is the MD5 of what is encrypted with S3's own keys alone (S3 API, Object)."""
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=side.bucket)
            listed = [(each["Key"], each["ETag"].strip('"')) for page in pages for each in page.get("Contents", [])]
            if self._pair.encryption == "aws:kms":
                listed = [
                    (key, _digest(s3.get_object(Bucket=side.bucket, Key=key)["Body"].read())) for key, _ in listed
                ]
            return tuple(f"{key} {digest}" for key, digest in listed)

        return ObjectsSurviving(side.region, side.bucket, self._from(side, side.region, read))

    def replication_obstacle(self) -> str | None:
        """Return how much is still to be copied, or None."""
        waiting = {side.bucket: self._replicator.backlog(side.bucket) for side in self._sides}
        told = [f"{count} versions of {bucket} wait" for bucket, count in waiting.items() if count]
        return ", ".join(told) or None

    def canary_obstacle(self) -> str | None:
        """Send an object from the primary region to the secondary; return why it did not arrive, or None."""
        source, destination = self._sides
        key = f"canary/{self._clock.now():.3f}"
        put = {"Bucket": source.bucket, "Key": key, "Body": _content(key)}
        version = self._call(source, CLIENTS, "put_object", **put)["VersionId"]
        seen = {"Bucket": source.bucket, "Key": key, "VersionId": version}

        def pending() -> str | None:
            """Say that it is not decided yet."""
            status = self._call(source, CLIENTS, "head_object", **seen).get("ReplicationStatus")
            return f"its status is {status}" if status == Status.PENDING else None

        try:
            wait_until(self._clock, "the canary", pending, at_most_seconds=CANARY_SECONDS, every_seconds=2.0)
        except WaitTimedOut as error:
            return str(error)
        status = self._call(source, CLIENTS, "head_object", **seen).get("ReplicationStatus")
        if status != Status.COMPLETED:
            return f"the canary {key} has the replication status {status or 'none'} in {source.bucket}"
        there = {"Bucket": destination.bucket, "Key": key, "VersionId": version}
        arrived = self._call(destination, CLIENTS, "get_object", **there)["Body"].read()
        return None if arrived == _content(key) else f"the canary {key} is not in {destination.bucket} what it was"

    def verify(self) -> ReplicationVerified:
        """Find out, in the design's way, whether replication works."""
        source = self._sides[0]
        way = self._pair.verified_by
        if way == "canary":
            obstacle = self.canary_obstacle()
            return ReplicationVerified(source.bucket, way, obstacle is None, obstacle or "the canary arrived")
        rules = self._call(source, CLIENTS, "get_bucket_replication", Bucket=source.bucket)
        enabled = [rule["ID"] for rule in rules["ReplicationConfiguration"]["Rules"] if rule["Status"] == "Enabled"]
        return ReplicationVerified(source.bucket, way, bool(enabled), f"{len(enabled)} rules are enabled")

    def compare(self) -> ObjectsCompared:
        """Compare the buckets, version by version."""
        left, right = self._sides
        found = compare(self._listed(left), self._listed(right), explain=self._explain, described=self._described)
        return ObjectsCompared(
            left.bucket, right.bucket, found.versions_left, found.versions_right, found.only_left, found.only_right,
            found.different, tuple(found.examples),
        )  # fmt: skip

    def compare_settings(self) -> BucketSettingsCompared:
        """Compare the settings of the buckets."""
        left, right = self._sides
        settings = [self._from(side, CLIENTS, partial(bucket_settings.read, side)) for side in self._sides]
        differing = tuple(bucket_settings.differences(left.region, settings[0], right.region, settings[1]))
        return BucketSettingsCompared(left.bucket, right.bucket, tuple(bucket_settings.SETTINGS), differing)

    @contextmanager
    def without_permission(self) -> Iterator[None]:
        """Take from the role that copies what it is permitted, for the block."""
        iam = self._clients.client("iam", self._control_plane, CLIENTS)
        iam.delete_role_policy(RoleName=object_setup.ROLE_NAME, PolicyName=object_setup.POLICY_NAME)
        try:
            yield
        finally:
            object_setup.permit(iam, self._sides)

    def delete_all(self, role: Role) -> int:
        """Delete every object of a region's bucket."""
        side = self._side(role)
        keys = [version.key for version in self._listed(side) if version.latest and not version.delete_marker]
        wanted = [{"Key": key} for key in keys]
        for start in range(0, len(wanted), 1000):
            batch = {"Objects": wanted[start : start + 1000], "Quiet": False}
            self._call(side, CLIENTS, "delete_objects", Bucket=side.bucket, Delete=batch)
        return len(keys)

    def deleted(self, role: Role) -> int:
        """Return how many objects of a region's bucket are hidden by a delete marker."""
        return sum(version.latest and version.delete_marker for version in self._listed(self._side(role)))

    def ransom(self, role: Role) -> int:
        """Overwrite every object of a region's bucket and of the backup, and delete older versions, as S3 lets one."""
        side = self._side(role)
        places = [*self._sides, *([self._backup.side] if self._backup else [])]
        older = [(each, version) for each in places for version in self._listed(each)]
        # Replication carries the overwriting on to the other region; nothing carries it into a backup.
        keys = [(each, v.key) for each, v in older if each.role in {role, Role.WITNESS} and v.latest]
        for each, key in keys:
            self._call(each, CLIENTS, "put_object", Bucket=each.bucket, Key=key, Body=RANSOM)
        for each, version in older:
            s3 = self._clients.client("s3", each.region, CLIENTS)
            try:
                s3.delete_object(Bucket=each.bucket, Key=version.key, VersionId=version.version)
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied":
                    raise
        return sum(each is side for each, _ in keys)

    def restore(self, role: Role, to_seconds: float, caller: str) -> int:
        """Make every object what it was at a drill time, from its versions.

        The copy is a new version, so replication carries it to the other region.
        """
        side = self._side(role)
        second = self._second(to_seconds)

        def put_back(s3: Any) -> int:  # noqa: ANN401 - boto3 makes its classes late
            """Copy what was there over what is."""
            s3.meta.events.register("before-sign.s3.CopyObject", _with_checksum, unique_id="restore")
            changed = 0
            for good, now in good_versions(s3, side.bucket, second):
                if good["VersionId"] != now["VersionId"]:
                    source = {"Bucket": side.bucket, "Key": good["Key"], "VersionId": good["VersionId"]}
                    s3.copy_object(Bucket=side.bucket, Key=good["Key"], CopySource=source)
                    changed += 1
            return changed

        restored: int = self._from(side, caller, put_back)
        return restored

    def restore_from_backup(self, role: Role, to_seconds: float, caller: str) -> int:
        """Make every object what the backup had of it at a drill time."""
        if self._backup is None:
            raise LabError("the buckets have no backup", hint="declare `backup` below the pair of buckets")
        return self._backup.restore(self._side(role), self._second(to_seconds), caller)

    def _second(self, at_seconds: float) -> datetime:
        """Return the whole second of a drill time, as S3 tells times."""
        return self._dates.at(at_seconds).replace(microsecond=0)

    def _ask(self, operation: str, key: str, question: Callable[[Any, Side], str]) -> ObjectAsked:
        """Ask as a client does, and tell how it ended; never raises for what a client may meet."""
        started = self._clock.now()
        role = self._serving() if self._pair.follows_the_name else Role.PRIMARY
        if role is None:
            return ObjectAsked(operation, key, "", "", started, Outcome.REFUSED, "", "the name has no address")
        side = self._side(role)
        outcome, digest, reason = Outcome.ACKNOWLEDGED, "", ""
        try:
            digest = question(self._clients.client("s3", side.region, CLIENTS), side)
        except (ReadTimeoutError, ConnectionClosedError) as error:
            outcome, reason = Outcome.INDETERMINATE, str(error)
        except (ClientError, BotoCoreError) as error:
            outcome, reason = Outcome.REFUSED, str(error)
        return ObjectAsked(operation, key, side.bucket, side.region, started, outcome, digest, reason)

    def _side(self, role: Role) -> Side:
        """Return the bucket of a region."""
        return next(side for side in self._sides if side.role is role)

    def _from(self, side: Side, caller: str, question: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Ask a bucket's region from a site. Raises ApiRefused."""
        return self._clients.ask("s3", side.region, caller, lambda s3: question(read_quickly(s3)))

    def _call(self, side: Side, caller: str, operation: str, **parameters: object) -> Any:  # noqa: ANN401 - as above
        """Make one call to a bucket's region from a site. Raises ApiRefused."""
        return self._from(side, caller, lambda s3: getattr(s3, operation)(**parameters))

    def _listed(self, side: Side) -> Iterator[Listed]:
        """Yield every version of a bucket, page by page, asked from within its region."""
        return listed(side.bucket, partial(self._call, side, side.region, "list_object_versions"))

    def _described(self, side_name: str, version: Listed) -> object:
        """Return metadata, tags and, where the digest does not tell, the content of a version."""
        side = self._sides[0 if side_name == LEFT else 1]
        which = {"Bucket": side.bucket, "Key": version.key, "VersionId": version.version}
        head = self._call(side, side.region, "head_object", **which)
        tags = None
        if head.get("TagCount"):
            tags = self._call(side, side.region, "get_object_tagging", **which)["TagSet"]
        return head["Metadata"], head.get("ContentType"), tags

    def _explain(self, side_name: str, version: Listed) -> str:
        """Say why a version was not copied: by its status, or by the rule that leaves it out."""
        side = self._sides[0 if side_name == LEFT else 1]
        place = Place(side.bucket, version.key, version.version)
        if status := self._replicator.status(place):
            return f"its replication status is {status}"
        known, replication = self._replicator.read(place), self._replicator.replications.get(side.bucket)
        if replication is None:
            return f"{side.bucket} has no replication rules"
        reasons = [objection(known, rule) for rule in replication.rules] if known else []
        return "; ".join(reason for reason in reasons if reason) or "it has no replication status"


def _with_checksum(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's requests have no type
    """Name a checksum: moto asks it of copies to a bucket with Object Lock, S3 of uploads alone (PutObject)."""
    request.headers["x-amz-sdk-checksum-algorithm"] = "CRC32"


def _content(key: str) -> bytes:
    """Return what is stored under a key: nobody else stores the same."""
    return (f"{key}\n" * 32).encode()


def _digest(body: bytes) -> str:
    """Return the digest that S3 tells of a body, too."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
