"""moto's state of S3 and of the role that copies, read in our terms and written where moto's own way is not AWS's.

moto's version is pinned: ``missing_internals`` tells what a new version no longer has of what is used here.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.backends.emulated.permissions import decision
from ziggie_harness.emulation.s3.eligibility import KMS
from ziggie_harness.emulation.s3.records import Bucket, Rule, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ziggie_harness.backends.emulated.dates import DrillDates

MODELS: Final = "moto.s3.models"
PARTITION: Final = "aws"

USED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    MODELS: {
        "FakeKey": ("value", "etag", "arn", "version_id", "storage_class", "set_metadata"),
        "FakeBucket": ("is_versioned",),
        "FakeDeleteMarker": ("version_id",),
        "S3Backend": ("get_bucket",),
    },
}
"""Classes of moto, each with the methods and properties that are used here."""

PRINCIPAL: Final = "s3.amazonaws.com"
"""Who assumes the role (guide §3, trust policy)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version is."""

    bucket: str
    key: str
    identity: str


class S3State:
    """The buckets of the account, in all regions."""

    def __init__(self, dates: DrillDates) -> None:
        """Read times as ``dates`` tells them."""
        self._dates = dates

    def buckets(self) -> dict[str, Bucket]:
        """Return every bucket; moto knows nothing useful of their replication."""
        return {
            name: Bucket(name, bucket.region_name, bucket.versioning_status or "", bool(bucket.object_lock_enabled))
            for name, bucket in dict(_backend().buckets).items()
        }

    def versions(self, bucket: str) -> Iterator[tuple[Place, Version]]:
        """Yield every version of a bucket, those of a key from the oldest to the newest."""
        keys = _backend().buckets[bucket].keys
        for key in sorted(keys):
            for stored in list(keys.getlist(key, [])):
                yield Place(bucket, key, str(stored.version_id)), self._read(stored)

    def version(self, place: Place) -> Version | None:
        """Return what is at a place, or None when it is not there any more."""
        stored = _stored(place)
        return None if stored is None else self._read(stored)

    def latest(self, bucket: str, key: str) -> Place | None:
        """Return where the newest version of a key is."""
        found = _backend().buckets[bucket].keys.getlist(key, [])
        return Place(bucket, key, str(found[-1].version_id)) if found else None

    def body(self, place: Place) -> bytes:
        """Return the bytes of a version, none of a delete marker."""
        stored = _stored(place)
        return bytes(getattr(stored, "value", b""))

    def stamp(self, place: Place) -> None:
        """Date a version by the drill's clock: moto dates it by the wall's."""
        if (stored := _stored(place)) is not None:
            stored.last_modified = self._dates.now().replace(tzinfo=None)

    def place_copy(self, source: Place, rule: Rule, body: bytes) -> None:
        """Store a copy of a version under the same version id, with what describes it, among the others by its age.

        Source: S3 user guide, "What does Amazon S3 replicate?": "the replica has the same metadata", creation time and
        version id included.
        """
        original = _stored(source)
        if original is None:
            return
        backend = _backend()
        bucket = backend.buckets[rule.destination]
        made = _marker_of(original) if _is_marker(original) else _copy_of(original, bucket, rule, body)
        made.last_modified = original.last_modified
        others = [one for one in bucket.keys.getlist(source.key, []) if str(one.version_id) != source.identity]
        ordered = sorted([*others, made], key=lambda stored: stored.last_modified)
        bucket.keys.setlist(source.key, ordered)
        if not _is_marker(original):
            tags = backend.tagger.list_tags_for_resource(original.arn)["Tags"]
            backend.tagger.delete_all_tags_for_resource(made.arn)
            backend.tagger.tag_resource(made.arn, tags)

    def subscribed(self, bucket: str, event: str) -> bool:
        """Say whether the notification configuration of a bucket sends an event to somebody.

        Source: S3 user guide, "Supported event types for SQS, SNS, and Lambda": s3:Replication:* covers each of its
        kind. EventBridge is not sent any of them.
        """
        configured = _backend().buckets[bucket].notification_configuration
        if configured is None:
            return False
        targets = (*configured.topic, *configured.queue, *configured.cloud_function)
        wanted = {event, f"{event.rpartition(':')[0]}:*"}
        return any(wanted & set(target.events) for target in targets)

    def role(self, arn: str) -> tuple[bool, Callable[[str, str], bool]]:
        """Return whether S3 may assume a role, and what tells whether its policies allow an action on a resource.

        What holds of its policies, and what is refused as a gap, stands in ``permissions``.
        """
        iam: Any = importlib.import_module("moto.iam.models").iam_backends[ACCOUNT][PARTITION]
        name = arn.rpartition("/")[2]
        found = next((role for role in iam.roles.values() if role.name == name), None)
        if found is None:
            return False, lambda _action, _resource: False
        attached = [policy.document for policy in found.managed_policies.values()]
        policies = [*found.policies.values(), *attached]

        def permits(action: str, resource: str) -> bool:
            """Say whether some policy allows it and none denies it."""
            return decision(policies, action, resource) is True

        return _trusted(found.assume_role_policy_document), permits

    def _read(self, stored: Any) -> Version:  # noqa: ANN401 - moto's classes have no types
        """Return a version in our terms."""
        at = self._dates.seconds(stored.last_modified.replace(tzinfo=dt.UTC))
        if _is_marker(stored):
            return Version(stored.name, str(stored.version_id), at, delete_marker=True)
        tags: dict[str, str] = _backend().tagger.get_tag_dict_for_resource(stored.arn)
        return Version(
            stored.name,
            str(stored.version_id),
            at,
            size_bytes=stored.size,
            tags=tags,
            encryption=stored.encryption or "AES256",
            storage_class=stored.storage_class,
        )


def missing_internals() -> list[str]:
    """Return what of moto is used here and not there."""
    return [
        f"{module}.{name}.{member}"
        for module, classes in USED.items()
        for name, members in classes.items()
        for member in members
        if not hasattr(getattr(importlib.import_module(module), name, None), member)
    ]


def _backend() -> Any:  # noqa: ANN401 - moto's classes have no types
    """Return moto's S3."""
    return importlib.import_module(MODELS).s3_backends[ACCOUNT][PARTITION]


def _stored(place: Place) -> Any:  # noqa: ANN401 - as above
    """Return moto's object for a version, or None."""
    bucket = _backend().buckets.get(place.bucket)
    found = [] if bucket is None else bucket.keys.getlist(place.key, [])
    return next((stored for stored in list(found) if str(stored.version_id) == place.identity), None)


def _is_marker(stored: Any) -> bool:  # noqa: ANN401 - as above
    """Say whether this is a delete marker."""
    return type(stored).__name__ == "FakeDeleteMarker"


def _marker_of(original: Any) -> Any:  # noqa: ANN401 - as above
    """Copy a delete marker."""
    made = importlib.import_module(MODELS).FakeDeleteMarker(key=original.key)
    made._version_id = str(original.version_id)  # noqa: SLF001 - moto draws it anew, and S3 keeps it
    return made


def _copy_of(original: Any, bucket: Any, rule: Rule, body: bytes) -> Any:  # noqa: ANN401 - as above
    """Copy an object."""
    encrypted = original.encryption in KMS
    made = importlib.import_module(MODELS).FakeKey(
        name=original.name,
        value=body,
        account_id=ACCOUNT,
        region_name=bucket.region_name,
        storage=rule.storage_class or original.storage_class,
        etag=original.etag.strip('"'),
        is_versioned=True,
        version_id=str(original.version_id),
        bucket_name=bucket.name,
        encryption=original.encryption,
        kms_key_id=rule.replica_key if encrypted else None,
        lock_mode=original.lock_mode,
        lock_legal_status=original.lock_legal_status,
        lock_until=original.lock_until,
        checksum_value=original.checksum_value,
    )
    made.checksum_algorithm = original.checksum_algorithm
    made.acl = original.acl
    made.set_metadata(dict(original.metadata), replace=True)
    return made


def _trusted(document: str) -> bool:
    """Say whether a trust policy lets S3 assume its role."""
    policy = json.loads(document)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    for statement in statements:
        services = (statement.get("Principal") or {}).get("Service", [])
        actions = statement.get("Action", [])
        named = services if isinstance(services, list) else [services]
        wanted = actions if isinstance(actions, list) else [actions]
        if statement.get("Effect") == "Allow" and PRINCIPAL in named and {"sts:AssumeRole", "sts:*"} & set(wanted):
            return True
    return False
