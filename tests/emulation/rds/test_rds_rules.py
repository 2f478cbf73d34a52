"""What the control plane of RDS refuses: an example for each rule, to which that rule alone objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from ziggie_harness.emulation.rds import copy_rules, rules
from ziggie_harness.emulation.rds.instance import Instance, Key, State
from ziggie_harness.emulation.rds.refusals import Refusal, replicas_of
from ziggie_harness.emulation.rds.requests import (
    CreateInstance,
    CreateReplica,
    Delete,
    Modify,
    Promote,
    Reboot,
    Request,
    RestoreToTime,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE, REPLICA = Key("eu-north-1", "source"), Key("eu-west-1", "replica")
NOBODY, FRESH = Key("eu-north-1", "nobody"), Key("eu-west-1", "fresh")

STANDALONE: Final = Instance(
    key=SOURCE,
    state=State.AVAILABLE,
    instance_class="db.t3.medium",
    engine_version="18.4",
    master_username="ziggie",
    database_name="",
    allocated_storage_gib=20,
    multi_az=False,
    backup_retention_days=7,
    address="13.48.10.30",
    restorable_from_seconds=100.0,
)
COPY: Final = replace(STANDALONE, key=REPLICA, source=SOURCE, backup_retention_days=0, restorable_from_seconds=None)
ACCOUNT: Final = {SOURCE: STANDALONE, REPLICA: COPY}
NEW: Final = CreateInstance(FRESH, "db.t3.medium", "ziggie", "correct horse")
SHORT, SLASH = (replace(NEW, master_password=word) for word in ("short", "with/slash"))
NEW_REPLICA: Final = CreateReplica(FRESH, SOURCE.arn)
RESTORED: Final = RestoreToTime(FRESH, SOURCE.arn, to_seconds=400.0, asked_seconds=450.0)

KEYS: Final = {region: f"arn:aws:kms:{region}:123456789012:key/orders" for region in ("eu-north-1", "eu-west-1")}
ENCRYPTED: Final = {SOURCE: replace(STANDALONE, key_arn=KEYS["eu-north-1"])}

ACCEPTED: Final[tuple[Request, ...]] = (
    NEW,
    NEW_REPLICA,
    replace(NEW, key_arn=KEYS["eu-west-1"]),
    replace(NEW, master_password="", password_managed=True),
    RESTORED,
    replace(RESTORED, to_seconds=100.0),
    CreateReplica(Key("eu-north-1", "near"), "Source"),
    Promote(REPLICA),
    Reboot(SOURCE),
    Modify(SOURCE, backup_retention_days=1),
    Delete(REPLICA, skip_final_snapshot=True),
    Delete(SOURCE, final_snapshot="last"),
)
"""Requests to which nothing is to be objected in ACCOUNT."""

NAMES: Final = [Key("eu-west-1", f"r{number}") for number in range(copy_rules.REPLICAS_OF_ONE_SOURCE)]
CROWD: Final = {key: replace(COPY, key=key) for key in NAMES}


def source_is(state: State) -> Mapping[Key, Instance]:
    """Return the account with the source in another state."""
    return {**ACCOUNT, SOURCE: replace(STANDALONE, state=state)}


def replica_is(state: State) -> Mapping[Key, Instance]:
    """Return the account with the replica in another state."""
    return {**ACCOUNT, REPLICA: replace(COPY, state=state)}


STATE, VALUE, MIX = "InvalidDBInstanceState", "InvalidParameterValue", "InvalidParameterCombination"

REFUSED: Final[tuple[tuple[str, Request, Mapping[Key, Instance], str], ...]] = (
    # botocore service model, CreateDBInstance, DBInstanceIdentifier
    ("identifier_form", replace(NEW, key=Key("eu-west-1", "1st")), ACCOUNT, VALUE),
    ("identifier_form", replace(NEW, key=Key("eu-west-1", "a--b")), ACCOUNT, VALUE),
    ("identifier_form", replace(NEW_REPLICA, key=Key("eu-west-1", "end-")), ACCOUNT, VALUE),
    ("identifier_form", replace(NEW, key=Key("eu-west-1", "a" * 64)), ACCOUNT, VALUE),
    # botocore service model, DBInstanceAlreadyExistsFault
    ("identifier_unused", replace(NEW, key=SOURCE), ACCOUNT, "DBInstanceAlreadyExists"),
    ("identifier_unused", replace(NEW_REPLICA, key=REPLICA), ACCOUNT, "DBInstanceAlreadyExists"),
    # botocore service model, CreateDBInstance, MasterUsername and MasterUserPassword
    ("master_user", replace(NEW, master_username="1st"), ACCOUNT, VALUE),
    ("master_user", replace(NEW, master_username="a" * 17), ACCOUNT, VALUE),
    ("master_password", SHORT, ACCOUNT, VALUE),
    ("master_password", SLASH, ACCOUNT, VALUE),
    # botocore service model, BackupRetentionPeriod: "Must be a value from 0 to 35"
    ("retention_range", replace(NEW, backup_retention_days=36), ACCOUNT, VALUE),
    ("retention_range", Promote(REPLICA, backup_retention_days=-1), ACCOUNT, VALUE),
    ("retention_range", Modify(SOURCE, backup_retention_days=36), ACCOUNT, VALUE),
    # botocore service model, DBInstanceNotFoundFault
    ("instance_known", Promote(NOBODY), ACCOUNT, "DBInstanceNotFound"),
    ("instance_known", Reboot(NOBODY), ACCOUNT, "DBInstanceNotFound"),
    ("instance_known", Modify(NOBODY), ACCOUNT, "DBInstanceNotFound"),
    ("instance_known", Delete(NOBODY, skip_final_snapshot=True), ACCOUNT, "DBInstanceNotFound"),
    # botocore service model, CreateDBInstanceReadReplica, SourceDBInstanceIdentifier: another region takes an ARN
    ("source_known", replace(NEW_REPLICA, source="source"), ACCOUNT, "DBInstanceNotFound"),
    ("source_known", replace(NEW_REPLICA, source="arn:aws:s3:::source"), ACCOUNT, "DBInstanceNotFound"),
    ("source_available", NEW_REPLICA, source_is(State.CREATING), STATE),
    # botocore service model, CreateDBInstanceReadReplica: the source "must have backup retention enabled"
    ("source_backed_up", NEW_REPLICA, {**ACCOUNT, SOURCE: replace(STANDALONE, backup_retention_days=0)}, STATE),
    ("source_has_room", NEW_REPLICA, {SOURCE: STANDALONE, **CROWD}, "InstanceQuotaExceeded"),
    # botocore service model, CreateDBInstanceReadReplica, KmsKeyId
    ("copy_has_a_key", NEW_REPLICA, ENCRYPTED, MIX),
    ("copy_of_plain_is_plain", replace(NEW_REPLICA, key_arn=KEYS["eu-west-1"]), ACCOUNT, MIX),
    ("key_of_own_region", replace(NEW_REPLICA, key_arn=KEYS["eu-north-1"]), ENCRYPTED, "KMSKeyNotAccessibleFault"),
    ("key_of_own_region", replace(NEW, key_arn=KEYS["eu-north-1"]), ACCOUNT, "KMSKeyNotAccessibleFault"),
    # RDS user guide, "Limitations for Secrets Manager integration with Amazon RDS"
    ("source_password_unmanaged", NEW_REPLICA, {SOURCE: replace(STANDALONE, password_managed=True)}, MIX),
    ("master_password", replace(NEW, password_managed=True), ACCOUNT, VALUE),
    # botocore service model, RestoreDBInstanceToPointInTime; RDS user guide: logs are uploaded every five minutes
    ("identifier_form", replace(RESTORED, key=Key("eu-west-1", "1st")), ACCOUNT, VALUE),
    ("identifier_unused", replace(RESTORED, key=SOURCE), ACCOUNT, "DBInstanceAlreadyExists"),
    ("source_known", replace(RESTORED, source="nobody"), ACCOUNT, "DBInstanceNotFound"),
    ("restores_from_backups", replace(RESTORED, source=REPLICA.arn), ACCOUNT, "PointInTimeRestoreNotEnabled"),
    ("restores_what_was_uploaded", replace(RESTORED, to_seconds=99.0), ACCOUNT, VALUE),
    ("restores_what_was_uploaded", replace(RESTORED, to_seconds=400.1), ACCOUNT, VALUE),
    # botocore service model, PromoteReadReplica
    ("promotes_a_replica", Promote(SOURCE), ACCOUNT, STATE),
    ("not_backing_up", Promote(REPLICA), replica_is(State.BACKING_UP), STATE),
    ("in_available_state", Promote(REPLICA), replica_is(State.MODIFYING), STATE),
    ("in_available_state", Reboot(SOURCE), source_is(State.FAILED), STATE),
    ("in_available_state", Modify(SOURCE), source_is(State.REBOOTING), STATE),
    # botocore service model, RebootDBInstance, ForceFailover
    ("failover_needs_multi_az", Reboot(SOURCE, force_failover=True), ACCOUNT, MIX),
    # botocore service model, BackupRetentionPeriod: not 0 for the source of read replicas
    ("source_keeps_backups", Modify(SOURCE, backup_retention_days=0), ACCOUNT, STATE),
    (
        "source_keeps_backups",
        Promote(REPLICA, backup_retention_days=0),
        {**ACCOUNT, FRESH: replace(COPY, key=FRESH, source=REPLICA)},
        STATE,
    ),
    # botocore service model, DeleteDBInstance
    ("not_yet_deleting", Delete(SOURCE, final_snapshot="last"), source_is(State.DELETING), STATE),
    ("final_snapshot_named", Delete(SOURCE), ACCOUNT, MIX),
    ("final_snapshot_named", Delete(SOURCE, skip_final_snapshot=True, final_snapshot="last"), ACCOUNT, MIX),
    ("no_snapshot_of_the_lost", Delete(REPLICA, final_snapshot="last"), ACCOUNT, MIX),
    ("no_snapshot_of_the_lost", Delete(SOURCE, final_snapshot="last"), source_is(State.FAILED), MIX),
)


@pytest.mark.parametrize("request_", ACCEPTED, ids=repr)
def test_a_correct_request_is_accepted(request_: Request) -> None:
    """No rule raises a false alarm."""
    assert rules.refusal(request_, ACCOUNT) is None


@pytest.mark.parametrize(
    ("name", "request_", "account", "code"),
    REFUSED,
    ids=[f"{number}-{name}-{type(request).__name__}" for number, (name, request, _, _) in enumerate(REFUSED)],
)
def test_exactly_one_rule_objects(name: str, request_: Request, account: Mapping[Key, Instance], code: str) -> None:
    """Without its rule each example would be accepted, so a lost rule cannot go unnoticed."""
    objections = {rule.__name__: rule(request_, account) for rule in rules.RULES[type(request_)]}
    objecting = {rule: objection for rule, objection in objections.items() if objection is not None}
    assert list(objecting) == [name]
    assert objecting[name].code == code
    assert rules.refusal(request_, account) == objecting[name]


def test_every_rule_has_an_example() -> None:
    """Each rule is shown at work for each request that it judges."""
    judged = {(kind, rule.__name__) for kind, found in rules.RULES.items() for rule in found}
    assert {(type(request), name) for name, request, _, _ in REFUSED} == judged


def test_an_unknown_instance_is_not_found() -> None:
    """Source: botocore service model, DBInstanceNotFoundFault, httpStatusCode 404."""
    refusal = rules.refusal(Reboot(NOBODY), ACCOUNT)
    assert refusal == Refusal("DBInstanceNotFound", "DBInstance nobody not found.", 404)


def test_names_of_instances() -> None:
    """An identifier means the own region, an ARN any; descriptions name across regions by ARN.

    Source: RDS user guide, "Constructing an ARN for Amazon RDS".
    """
    assert SOURCE.arn == "arn:aws:rds:eu-north-1:123456789012:db:source"
    assert Key.of("Source", "eu-west-1") == Key("eu-west-1", "source")
    assert Key.of(SOURCE.arn, "eu-west-1") == SOURCE
    assert Key.of("arn:aws:rds:eu-north-1:123456789012:snapshot:source", "eu-west-1") is None
    assert (SOURCE.seen_from("eu-north-1"), SOURCE.seen_from("eu-west-1")) == ("source", SOURCE.arn)
    assert replicas_of(SOURCE, ACCOUNT) == (REPLICA,)
