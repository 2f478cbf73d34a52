"""What Secrets Manager refuses and how it copies: an example for each rule, to which that rule alone objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from ziggie_harness.emulation.secretsmanager import changes, replication, rules
from ziggie_harness.emulation.secretsmanager.requests import (
    Create,
    Delete,
    DeletePolicy,
    Given,
    Look,
    MoveStage,
    Promote,
    Put,
    PutPolicy,
    Read,
    ReadPolicy,
    RemoveRegions,
    Replicate,
    Request,
    Restore,
    Rotate,
    Search,
    Tag,
    Untag,
    Update,
    Wanted,
)
from ziggie_harness.emulation.secretsmanager.search import matches
from ziggie_harness.emulation.secretsmanager.secret import (
    CURRENT,
    PREVIOUS,
    Account,
    Key,
    Replica,
    Rotation,
    Secret,
    Status,
    Version,
    key_of,
)

NORTH, WEST = "eu-north-1", "eu-west-1"
PRIMARY, COPY = Key(NORTH, "keys"), Key(WEST, "keys")
ROTATING = Key(NORTH, "rotating")
ALONE, NOBODY, DELETED = Key(WEST, "alone"), Key(NORTH, "nobody"), Key(NORTH, "deleted")
FUNCTION = "arn:aws:lambda:eu-north-1:123456789012:function:rotation"
BOTH = Given("text", b"bytes")
TOKEN, OTHER_TOKEN = "t" * 32, "u" * 32
VERSION = Version(TOKEN, "one", frozenset({CURRENT}), 1.0)
SECRET: Final = Secret(PRIMARY, "AbCdEf", 1.0, 1.0, versions=(VERSION,), replicas=(Replica(WEST, "", Status.IN_SYNC),))
SECRETS: Final = {
    PRIMARY: SECRET,
    COPY: replication.copied(SECRET, SECRET.replicas[0]),
    ALONE: replace(SECRET, key=ALONE, replicas=()),
    ROTATING: replace(
        SECRET,
        key=ROTATING,
        replicas=(),
        versions=(VERSION, Version(OTHER_TOKEN, "", frozenset({"AWSPENDING"}), 2.0)),
        rotation=Rotation(FUNCTION),
    ),
    DELETED: replace(SECRET, key=DELETED, replicas=(), deleted_seconds=9.0),
}


def no_locked_key(region: str, key_id: str) -> str | None:
    """Let every key be used but one."""
    return f"{key_id} is locked in {region}" if key_id == "locked" else None


ACCOUNT: Final = Account(SECRETS, no_locked_key)
LOCKED: Final = Account({PRIMARY: replace(SECRET, key_id="locked")}, no_locked_key)

ACCEPTED: Final[tuple[Request, ...]] = (
    Create(Key(NORTH, "ziggie/new_+=.@!-1"), Given("value"), regions=(Wanted(WEST),)),
    Create(PRIMARY, Given("one"), TOKEN),
    Create(Key(NORTH, "new"), Given(binary=b"value")),
    Put(PRIMARY, Given("two")),
    Put(PRIMARY, Given("one"), TOKEN),
    Update(PRIMARY, Given("two"), OTHER_TOKEN),
    Update(COPY, key_id="another"),
    MoveStage(PRIMARY, "mine", move_to=TOKEN),
    MoveStage(PRIMARY, CURRENT, remove_from=TOKEN),
    Read(COPY),
    Read(PRIMARY, TOKEN, CURRENT),
    Look(DELETED),
    *(Search(NORTH, ((key, ("x",)),)) for key in rules.FILTER_KEYS),
    Replicate(ALONE, (Wanted(NORTH),)),
    RemoveRegions(PRIMARY, (WEST,)),
    Promote(COPY),
    Rotate(PRIMARY, FUNCTION),
    Put(ROTATING, Given("two"), OTHER_TOKEN, frozenset({"AWSPENDING"})),
    Tag(PRIMARY, {"service": "ziggie"}),
    Untag(PRIMARY, ("service", "another")),
    PutPolicy(PRIMARY, "{}"),
    DeletePolicy(PRIMARY),
    ReadPolicy(COPY),
    Delete(ALONE),
    Delete(ALONE, 7),
    Delete(NOBODY, forced=True),
    Restore(DELETED),
)


def amendments(key: Key) -> tuple[Request, ...]:
    """Return what changes a secret and not its value."""
    return Tag(key, {}), Untag(key, ()), PutPolicy(key, "{}"), DeletePolicy(key)


INVALID, LOST = "InvalidParameterException", "ResourceNotFoundException"
MARKED, EXISTS = "InvalidRequestException", "ResourceExistsException"
THERE = (Wanted(NORTH),)

REFUSED: Final[tuple[tuple[str, Request, str], ...]] = (
    # Secrets Manager API reference, PutSecretValue, SecretBinary and SecretString
    *(("one_value", request, INVALID) for request in (Create(Key(NORTH, "new"), BOTH), Put(PRIMARY, BOTH),
                                                      Update(PRIMARY, BOTH))),
    ("one_value", Put(PRIMARY), MARKED),
    ("rotation_has_a_function", Rotate(PRIMARY), MARKED),
    ("no_rotation_under_way", Rotate(ROTATING, FUNCTION), MARKED),
    ("token_form", Rotate(PRIMARY, FUNCTION, "t"), INVALID),
    ("value_there", Read(ROTATING, stage="AWSPENDING"), LOST),
    ("value_there", Read(ROTATING, OTHER_TOKEN), LOST),
    *(("policy_is_an_object", PutPolicy(PRIMARY, text), "MalformedPolicyDocumentException") for text in ("{", "[]")),
    # Secrets Manager API reference, CreateSecret, Name
    ("name_form", Create(Key(NORTH, "a b")), "ValidationException"),
    ("name_form", Create(Key(NORTH, "a" * 513)), "ValidationException"),
    ("name_unused", Create(PRIMARY, Given("one")), EXISTS),
    ("name_unused", Create(PRIMARY, Given("two"), TOKEN), EXISTS),
    ("copied_into_another_region", Create(Key(NORTH, "new"), regions=THERE), INVALID),
    ("copied_into_another_region", Replicate(PRIMARY, THERE), INVALID),
    # botocore service model, ClientRequestTokenType (32 to 64)
    ("token_form", Create(Key(NORTH, "new"), token="t" * 31), INVALID),
    ("token_form", Put(PRIMARY, Given("x"), "t" * 65), INVALID),
    ("token_form", Update(PRIMARY, Given("x"), "t"), INVALID),
    # Secrets Manager API reference, PutSecretValue, ClientRequestToken
    ("versions_do_not_change", Put(PRIMARY, Given("two"), TOKEN), EXISTS),
    ("versions_do_not_change", Update(PRIMARY, Given("two"), TOKEN), EXISTS),
    # botocore service model, ResourceNotFoundException
    *(
        ("secret_known", request, LOST)
        for request in (
            Put(NOBODY, Given("x")), Update(NOBODY), MoveStage(NOBODY, "x"), Read(NOBODY), Look(NOBODY),
            Replicate(NOBODY, (Wanted(WEST),)), RemoveRegions(NOBODY, (WEST,)), Promote(NOBODY),
            Rotate(NOBODY, FUNCTION), Delete(NOBODY), Restore(NOBODY), *amendments(NOBODY), ReadPolicy(NOBODY),
        )
    ),
    # Secrets Manager user guide, "Promote a replica secret"
    *(
        ("replicas_are_read_only", request, INVALID)
        for request in (
            Put(COPY, Given("x")), Update(COPY, Given("x")), Update(COPY, description="x"),
            MoveStage(COPY, "x", move_to=TOKEN),
            Replicate(COPY, THERE), Rotate(COPY, FUNCTION), Delete(COPY), Restore(COPY), *amendments(COPY),
        )
    ),
    # Secrets Manager API reference, StopReplicationToReplica
    ("promotes_a_replica", Promote(PRIMARY), INVALID),
    ("promotes_a_replica", Promote(ALONE), INVALID),
    # Secrets Manager API reference, DeleteSecret
    *(
        ("not_marked_for_deletion", request, MARKED)
        for request in (
            Put(DELETED, Given("x")), Update(DELETED, Given("x")), MoveStage(DELETED, "x", move_to=TOKEN),
            Read(DELETED), Replicate(DELETED, (Wanted(WEST),)), Rotate(DELETED, FUNCTION), *amendments(DELETED),
            ReadPolicy(DELETED),
        )
    ),
    ("removes_a_replica", RemoveRegions(ALONE, (NORTH,)), INVALID),
    ("deleted_without_replicas", Delete(PRIMARY), INVALID),
    ("recovery_window", Delete(ALONE, 6), INVALID),
    ("recovery_window", Delete(ALONE, 31), INVALID),
    ("recovery_window", Delete(ALONE, 7, forced=True), INVALID),
    # Secrets Manager API reference, GetSecretValue
    ("value_there", Read(PRIMARY, OTHER_TOKEN), LOST),
    ("value_there", Read(PRIMARY, stage=PREVIOUS), LOST),
    ("value_there", Read(PRIMARY, TOKEN, PREVIOUS), MARKED),
    # Secrets Manager API reference, UpdateSecretVersionStage
    ("label_moves_openly", MoveStage(PRIMARY, CURRENT), INVALID),
    ("label_moves_openly", MoveStage(PRIMARY, "x", move_to=OTHER_TOKEN), INVALID),
    # botocore service model, FilterNameStringType; the guide's quick reference has this one (defect G62)
    ("filter_keys", Search(NORTH, (("replication-status", ("Replicated",)),)), "ValidationException"),
    # Secrets Manager API reference, CreateSecret, EncryptionFailure
    ("key_usable", Create(Key(NORTH, "new"), key_id="locked"), "EncryptionFailure"),
    ("key_usable", Update(PRIMARY, key_id="locked"), "EncryptionFailure"),
)  # fmt: skip

OF_NO_SECRET_HERE: Final = {("replicas_are_read_only", RemoveRegions), ("not_marked_for_deletion", RemoveRegions),
                            ("not_marked_for_deletion", Promote), ("key_decrypts", Read)}  # fmt: skip
"""Shown by tests of their own, or with another rule that objects as well."""


@pytest.mark.parametrize("request_", ACCEPTED, ids=repr)
def test_a_correct_request_is_accepted(request_: Request) -> None:
    """No rule raises a false alarm."""
    assert rules.refusal(request_, ACCOUNT) is None


@pytest.mark.parametrize(
    ("name", "request_", "code"),
    REFUSED,
    ids=[f"{number}-{name}-{type(request).__name__}" for number, (name, request, _) in enumerate(REFUSED)],
)
def test_exactly_one_rule_objects(name: str, request_: Request, code: str) -> None:
    """Without its rule each example would be accepted, so a lost rule cannot go unnoticed."""
    objections = {rule.__name__: rule(request_, ACCOUNT) for rule in rules.RULES[type(request_)]}
    objecting = {rule: objection for rule, objection in objections.items() if objection is not None}
    assert list(objecting) == [name]
    assert objecting[name].code == code
    assert rules.refusal(request_, ACCOUNT) == objecting[name]


def test_every_rule_has_an_example() -> None:
    """Each rule is shown at work for each request that it judges."""
    judged = {(rule.__name__, kind) for kind, found in rules.RULES.items() for rule in found}
    assert {(name, type(request)) for name, request, _ in REFUSED} | OF_NO_SECRET_HERE == judged


def test_the_other_examples() -> None:
    """A replica and a deleted secret refuse what is more, and a value cannot be read when its key is locked."""
    for request in (RemoveRegions(COPY, (NORTH,)), RemoveRegions(DELETED, (WEST,))):
        assert rules.refusal(request, ACCOUNT) is not None
    assert rules.replicas_are_read_only(RemoveRegions(COPY, (NORTH,)), ACCOUNT) is not None
    assert rules.not_marked_for_deletion(RemoveRegions(DELETED, (WEST,)), ACCOUNT) is not None
    assert rules.not_marked_for_deletion(Promote(DELETED), ACCOUNT) is not None
    refusal = rules.refusal(Read(PRIMARY), LOCKED)
    assert refusal is not None
    assert refusal.code == "DecryptionFailure"


def test_a_refusal_in_the_words_of_aws() -> None:
    """Source: gruntwork-io/cloud-nuke issue 435, a log of a real account."""
    refusal = rules.refusal(Put(COPY, Given("x")), ACCOUNT)
    assert refusal is not None
    text = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
    assert refusal.message == text


def test_a_new_value_moves_the_labels() -> None:
    """Source: Secrets Manager API reference, PutSecretValue: AWSPREVIOUS goes to what AWSCURRENT was taken from."""
    second = Version(OTHER_TOKEN, "two", frozenset({CURRENT}), 2.0)
    third = Version("v" * 32, "three", frozenset({CURRENT}), 3.0)
    twice = changes.with_value(changes.with_value(SECRET, second), third)
    assert [set(version.stages) for version in twice.versions] == [set(), {PREVIOUS}, {CURRENT}]
    assert twice.changed_seconds == 3.0
    pending = changes.with_value(SECRET, replace(second, stages=frozenset({"AWSPENDING"})))
    assert [set(version.stages) for version in pending.versions] == [{CURRENT}, {"AWSPENDING"}]
    assert changes.with_value(SECRET, replace(VERSION, stages=frozenset())) == SECRET


def test_tags_and_policy_are_changed_one_by_one() -> None:
    """Source: Secrets Manager API reference, TagResource, UntagResource, PutResourcePolicy, DeleteResourcePolicy."""
    tagged = changes.amended(replace(SECRET, tags={"a": "1", "b": "2"}), Tag(PRIMARY, {"b": "3", "c": "4"}), 5.0)
    assert (tagged.tags, tagged.changed_seconds) == ({"a": "1", "b": "3", "c": "4"}, 5.0)
    assert changes.amended(tagged, Untag(PRIMARY, ("a", "nobody")), 6.0).tags == {"b": "3", "c": "4"}
    guarded = changes.amended(tagged, PutPolicy(PRIMARY, "{}"), 7.0)
    assert (guarded.policy, guarded.tags) == ("{}", tagged.tags)
    assert replication.copied(guarded, guarded.replicas[0]).policy == "{}"
    assert changes.amended(guarded, DeletePolicy(PRIMARY), 8.0).policy == ""


def test_labels_move_by_hand() -> None:
    """Source: Secrets Manager API reference, UpdateSecretVersionStage: moving AWSCURRENT moves AWSPREVIOUS too."""
    twice = changes.with_value(SECRET, Version(OTHER_TOKEN, "two", frozenset({CURRENT}), 2.0))
    back = changes.with_moved_stage(twice, MoveStage(PRIMARY, CURRENT, OTHER_TOKEN, TOKEN), 3.0)
    assert [set(version.stages) for version in back.versions] == [{CURRENT}, {PREVIOUS}]
    bare = changes.with_moved_stage(twice, MoveStage(PRIMARY, PREVIOUS, TOKEN), 3.0)
    assert [set(version.stages) for version in bare.versions] == [set(), {CURRENT}]


def test_a_copy_is_the_primary_in_another_region() -> None:
    """Source: Secrets Manager user guide, "Promote a replica secret": same value and metadata, another key."""
    copy = replication.copied(SECRET, Replica(WEST, "a key there", Status.IN_PROGRESS))
    assert copy.versions == SECRET.versions
    assert copy.arn == SECRET.arn.replace(NORTH, WEST)
    assert (copy.key_id, copy.primary_region, copy.replicas) == ("a key there", NORTH, ())


@pytest.mark.parametrize(
    ("primary", "replica", "secrets", "fragment"),
    [
        (SECRET, Replica(WEST, "", Status.IN_PROGRESS), {}, None),
        (SECRET, Replica(WEST, "", Status.IN_PROGRESS), SECRETS, None),
        # Secrets Manager user guide, "Troubleshoot replication": a secret with the same name exists
        (SECRET, Replica(WEST, "", Status.IN_PROGRESS), {COPY: replace(SECRET, key=COPY)}, "keys already exists in"),
        (SECRET, Replica(WEST, "", Status.IN_PROGRESS, overwrites=True), {COPY: replace(SECRET, key=COPY)}, None),
        # the same page: no permissions on the KMS key; the KMS key is disabled or not found
        (SECRET, Replica(WEST, "locked", Status.IN_PROGRESS), {}, "locked is locked in eu-west-1"),
        (replace(SECRET, key_id="locked"), Replica(WEST, "", Status.IN_PROGRESS), {}, "locked is locked in eu-north-1"),
    ],
)
def test_copying_fails_for_a_reason(
    primary: Secret, replica: Replica, secrets: dict[Key, Secret], fragment: str | None
) -> None:
    """Each reason of the troubleshooting page, and nothing else, keeps a secret from being copied."""
    failure = replication.failure(primary, replica, Account(secrets, no_locked_key))
    assert (failure is None) == (fragment is None)
    assert fragment is None or fragment in (failure or "")


def test_a_secret_goes_by_several_names() -> None:
    """Source: Secrets Manager API reference, DescribeSecret, SecretId: a name, an ARN, or a partial ARN."""
    for name in ("keys", SECRET.arn, SECRET.arn.removesuffix("-AbCdEf")):
        assert key_of(name, NORTH) == PRIMARY
    assert key_of(SECRET.arn, WEST) not in SECRETS


def test_a_value_does_not_show() -> None:
    """A text made of a secret, a version or a request holds no value."""
    shown = repr(
        (SECRET, VERSION, Create(PRIMARY, Given("one")), Put(PRIMARY, Given("one")), Update(PRIMARY, Given("one")))
    )
    assert "'one'" not in shown


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("name", "ke", True),
        ("name", "eys", False),
        ("name", "!ke", False),
        ("all", "NORTH", True),
        ("description", "north", True),
        ("tag-key", "own", True),
        ("tag-value", "me", True),
        ("tag-value", "you", False),
        ("primary-region", NORTH, True),
        ("primary-region", WEST, False),
        ("owning-service", "rds", False),
    ],
)
def test_secrets_are_found(key: str, value: str, *, found: bool) -> None:
    """Source: Secrets Manager user guide, "Find secrets"; API reference, Filter."""
    secret = replace(SECRET, description="of the North", tags={"owner": "me"})
    assert matches(secret, Search(NORTH, ((key, (value,)),))) is found
    assert not matches(secret, Search(WEST))
    assert not matches(SECRETS[DELETED], Search(NORTH))
    assert matches(SECRETS[DELETED], Search(NORTH, includes_deleted=True))
