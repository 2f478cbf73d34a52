"""What S3 refuses, leaves out and gives up: an example for each rule, to which that rule alone objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from ziggie_harness.emulation.s3 import bucket_rules, eligibility, failures
from ziggie_harness.emulation.s3.bucket_rules import PutReplication, PutVersioning, Request, UseBucket
from ziggie_harness.emulation.s3.failures import Attempt
from ziggie_harness.emulation.s3.records import Bucket, Replication, Rule, Version

if TYPE_CHECKING:
    from collections.abc import Callable

PROD, DR = Bucket("prod", "eu-north-1"), Bucket("dr", "eu-west-1")
ACCOUNT: Final = {"prod": PROD, "dr": DR}
RULE: Final = Rule("everything", "dr", delete_markers=True)
VERSION: Final = Version("orders/1", "v1", stored_seconds=100.0, size_bytes=5)
MARKER: Final = replace(VERSION, delete_marker=True)
KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/objects"


def put(*rules: Rule) -> PutReplication:
    """Ask for a replication configuration of the primary bucket."""
    return PutReplication("prod", Replication("arn:aws:iam::123456789012:role/r", rules))


ACCEPTED: Final[tuple[Request, ...]] = (
    put(RULE),
    put(replace(RULE, filtered=False, priority=None, delete_markers=None)),
    put(replace(RULE, tags={"a": "b"}, delete_markers=False)),
    put(RULE, replace(RULE, identity="other", priority=2)),
    put(replace(RULE, time_control_minutes=15, metrics=True)),
    put(replace(RULE, kms_objects=True, replica_key=KEY)),
    put(replace(RULE, new_owner=True, account="123456789012")),
    PutVersioning("prod", "Suspended"),
    UseBucket("prod", "eu-north-1"),
    UseBucket("nobody", "eu-north-1"),
)
"""Requests that S3 accepts."""

REPLICATED: Final = {**ACCOUNT, "prod": replace(PROD, replication=put(RULE).replication)}
INVALID: Final = "InvalidRequest"

REFUSED: Final = (
    ("asked_in_its_region", UseBucket("prod", "eu-west-1"), ACCOUNT, "PermanentRedirect"),
    ("rules_counted", put(), ACCOUNT, "MalformedXML"),
    ("source_versioned", put(RULE), {**ACCOUNT, "prod": replace(PROD, versioning="")}, INVALID),
    ("source_versioned", put(RULE), {**ACCOUNT, "prod": replace(PROD, versioning="Suspended")}, INVALID),
    ("destination_exists", put(replace(RULE, destination="nobody")), ACCOUNT, INVALID),
    ("destination_versioned", put(RULE), {**ACCOUNT, "dr": replace(DR, versioning="")}, INVALID),
    ("filter_settles_delete_markers", put(replace(RULE, delete_markers=None)), ACCOUNT, INVALID),
    ("filter_has_priority", put(replace(RULE, priority=None)), ACCOUNT, INVALID),
    ("tags_exclude_delete_markers", put(replace(RULE, tags={"a": "b"})), ACCOUNT, INVALID),
    ("priorities_differ", put(RULE, replace(RULE, identity="other")), ACCOUNT, INVALID),
    ("time_control_is_measured", put(replace(RULE, time_control_minutes=15)), ACCOUNT, INVALID),
    ("time_control_has_its_threshold", put(replace(RULE, time_control_minutes=5, metrics=True)), ACCOUNT, INVALID),
    ("kms_copies_have_a_key", put(replace(RULE, kms_objects=True)), ACCOUNT, INVALID),
    ("new_owner_is_named", put(replace(RULE, new_owner=True)), ACCOUNT, INVALID),
    ("existing_objects_unsupported", put(replace(RULE, existing_objects=True)), ACCOUNT, INVALID),
    ("versioning_carries_replication", PutVersioning("prod", "Suspended"), REPLICATED, "InvalidBucketState"),
    (
        "versioning_carries_object_lock",
        PutVersioning("prod", "Suspended"),
        {**ACCOUNT, "prod": replace(PROD, locked=True)},
        "InvalidBucketState",
    ),
)


@pytest.mark.parametrize("request_", ACCEPTED, ids=repr)
def test_a_correct_request_is_accepted(request_: Request) -> None:
    """No rule raises a false alarm."""
    assert bucket_rules.refusal(request_, ACCOUNT) is None


@pytest.mark.parametrize(
    ("name", "request_", "account", "code"),
    REFUSED,
    ids=[f"{number}-{name}" for number, (name, *_) in enumerate(REFUSED)],
)
def test_exactly_one_rule_objects(name: str, request_: Request, account: dict[str, Bucket], code: str) -> None:
    """Without its rule each example would be accepted, so a lost rule cannot go unnoticed."""
    objections = {rule.__name__: rule(request_, account) for rule in bucket_rules.RULES[type(request_)]}
    objecting = {rule: objection for rule, objection in objections.items() if objection is not None}
    assert list(objecting) == [name]
    assert objecting[name].code == code
    assert bucket_rules.refusal(request_, account) == objecting[name]


def test_every_rule_has_an_example() -> None:
    """Each rule is shown at work."""
    judged = {(kind, rule.__name__) for kind, found in bucket_rules.RULES.items() for rule in found}
    assert {(type(request), name) for name, request, _, _ in REFUSED} == judged


COPIED: Final = (
    (VERSION, RULE),
    (MARKER, RULE),
    (MARKER, replace(RULE, filtered=False, delete_markers=None)),
    (replace(VERSION, tags={"a": "b", "c": "d"}), replace(RULE, tags={"a": "b"})),
    (replace(VERSION, encryption="aws:kms"), replace(RULE, kms_objects=True)),
    (replace(VERSION, replica=True, modified=True), replace(RULE, replica_modifications=True)),
)

LEFT_OUT: Final = (
    ("rule_enabled", VERSION, replace(RULE, enabled=False)),
    ("key_has_prefix", VERSION, replace(RULE, prefix="logs/")),
    ("tags_fit", VERSION, replace(RULE, tags={"a": "b"})),
    ("tags_fit", replace(VERSION, tags={"a": "c"}), replace(RULE, tags={"a": "b"})),
    ("stored_after_the_rule", VERSION, replace(RULE, since_seconds=100.1)),
    ("stored_after_the_rule", replace(VERSION, modified=True), replace(RULE, since_seconds=100.1)),
    ("not_a_replica", replace(VERSION, replica=True), RULE),
    ("not_a_replica", replace(VERSION, replica=True), replace(RULE, replica_modifications=True)),
    ("not_a_replica", replace(VERSION, replica=True, modified=True), RULE),
    ("kms_selected", replace(VERSION, encryption="aws:kms"), RULE),
    ("not_archived", replace(VERSION, storage_class="GLACIER"), RULE),
    ("marker_wanted", MARKER, replace(RULE, delete_markers=False)),
    ("marker_wanted", MARKER, replace(RULE, filtered=False, delete_markers=False)),
)


@pytest.mark.parametrize(("version", "rule"), COPIED)
def test_what_fits_is_copied(version: Version, rule: Rule) -> None:
    """No condition leaves out what AWS copies."""
    assert eligibility.objection(version, rule) is None


@pytest.mark.parametrize(
    ("name", "version", "rule"), LEFT_OUT, ids=[f"{number}-{name}" for number, (name, *_) in enumerate(LEFT_OUT)]
)
def test_exactly_one_condition_leaves_it_out(name: str, version: Version, rule: Rule) -> None:
    """Without its condition each example would be copied."""
    objecting = [condition.__name__ for condition in eligibility.CONDITIONS if condition(version, rule)]
    assert objecting == [name]


def test_every_condition_has_an_example() -> None:
    """Each condition is shown at work."""
    assert {name for name, *_ in LEFT_OUT} == {condition.__name__ for condition in eligibility.CONDITIONS}


def test_the_highest_priority_decides_for_each_destination() -> None:
    """Source: botocore service model, ReplicationRule, Priority: "The higher the number, the higher the priority"."""
    low, high = replace(RULE, priority=1), replace(RULE, identity="ia", priority=9, storage_class="STANDARD_IA")
    far = replace(RULE, identity="far", destination="far")
    misfit = replace(RULE, identity="misfit", priority=99, prefix="logs/")
    found = eligibility.chosen(VERSION, Replication("r", (high, low, far, misfit)))
    assert {rule.identity for rule in found} == {"far", "ia"}


def permits(*refused: str) -> Callable[[str, str], bool]:
    """Return policies that allow everything but some actions."""
    return lambda action, _: action not in refused


def attempt(version: Version = VERSION, *refused: str) -> Attempt:
    """Return an attempt that succeeds unless an action is refused."""
    return Attempt(version, replace(RULE, replica_key=KEY), PROD, DR, assumable=True, permits=permits(*refused))


TAGGED, ENCRYPTED = replace(VERSION, tags={"a": "b"}), replace(VERSION, encryption="aws:kms")
GIVEN_UP: Final = (
    ("DstBucketNotFound", replace(attempt(), destination=None)),
    ("DstBucketUnversioned", replace(attempt(), destination=replace(DR, versioning="Suspended"))),
    ("DstBucketObjectLockConfigMissing", replace(attempt(), source=replace(PROD, locked=True))),
    ("AssumeRoleNotPermitted", replace(attempt(), assumable=False)),
    ("SrcGetObjectNotPermitted", attempt(VERSION, "s3:GetObjectVersionForReplication")),
    ("SrcGetObjectNotPermitted", attempt(ENCRYPTED, "kms:Decrypt")),
    ("SrcGetTaggingNotPermitted", attempt(TAGGED, "s3:GetObjectVersionTagging")),
    ("DstPutObjectNotPermitted", attempt(VERSION, "s3:ReplicateObject")),
    ("DstPutObjectNotPermitted", attempt(ENCRYPTED, "kms:Encrypt")),
    ("DstPutTaggingNotPermitted", attempt(TAGGED, "s3:ReplicateTags")),
    ("DstDelObjNotPermitted", attempt(MARKER, "s3:ReplicateDelete")),
)


@pytest.mark.parametrize(
    ("name", "tried"), GIVEN_UP, ids=[f"{number}-{name}" for number, (name, _) in enumerate(GIVEN_UP)]
)
def test_exactly_one_reason_gives_up(name: str, tried: Attempt) -> None:
    """Source: S3 user guide, "Amazon S3 replication failure reasons"; without its reason each would be copied."""
    assert [check.__name__ for check in failures.REASONS if check(tried)] == [name]
    assert failures.reason(tried) == name


@pytest.mark.parametrize("version", [VERSION, MARKER, TAGGED, ENCRYPTED])
def test_what_is_permitted_is_copied(version: Version) -> None:
    """No reason gives up what AWS copies, and a permission that is not needed is not asked for."""
    assert failures.reason(attempt(version)) is None
    assert failures.reason(attempt(VERSION, "s3:ReplicateDelete", "s3:ReplicateTags", "kms:Decrypt")) is None


def test_every_reason_has_an_example() -> None:
    """Each reason is shown at work."""
    assert {name for name, _ in GIVEN_UP} == {check.__name__ for check in failures.REASONS}


def test_nobody_is_told_without_metrics() -> None:
    """Source: S3 user guide, "Receiving replication failure events with Amazon S3 Event Notifications"."""
    measured = replace(RULE, metrics=True)
    controlled = replace(measured, time_control_minutes=15)
    assert list(failures.failure_notices(RULE)) == []
    assert list(failures.failure_notices(measured)) == [failures.FAILED_EVENT]
    assert list(failures.late_notices(measured, 901.0, copied=False)) == []
    assert list(failures.late_notices(controlled, 900.0, copied=False)) == []
    assert list(failures.late_notices(controlled, 901.0, copied=False)) == [failures.MISSED_EVENT]
    assert list(failures.late_notices(controlled, 901.0, copied=True)) == [failures.LATE_EVENT]
