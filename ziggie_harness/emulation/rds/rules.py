"""What the control plane of RDS refuses, rule by rule, each with its source.

Error codes and statuses are those of the botocore service model (rds 2014-10-31). Where the text of a message was seen
in reports from real accounts, the rule says so; the other texts are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ziggie_harness.emulation.rds.copy_rules import (
    copy_has_a_key,
    copy_of_plain_is_plain,
    restores_from_backups,
    restores_what_was_uploaded,
    source_available,
    source_backed_up,
    source_has_room,
    source_known,
    source_password_unmanaged,
)
from ziggie_harness.emulation.rds.instance import State
from ziggie_harness.emulation.rds.refusals import Instances, Refusal, replicas_of, unavailable, unknown
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

RETENTION_DAYS: Final = range(36)
"""BackupRetentionPeriod: "Must be a value from 0 to 35" (botocore service model)."""

IDENTIFIER_LENGTH: Final = 63
"""DBInstanceIdentifier: "Must contain from 1 to 63 letters, numbers, or hyphens" (botocore service model)."""

PASSWORD_LENGTHS: Final = range(8, 129)
"""MasterUserPassword of RDS for PostgreSQL: "Must contain from 8 to 128 characters" (botocore service model)."""

_IDENTIFIER: Final = re.compile(r"[a-z](-?[a-z0-9])*", re.IGNORECASE)
_USERNAME: Final = re.compile(r"[a-z][a-z0-9_]{0,15}", re.IGNORECASE)


def refusal(request: Request, instances: Instances) -> Refusal | None:
    """Return the first objection to a request, or None when RDS accepts it."""
    for rule in RULES[type(request)]:
        objection: Refusal | None = rule(request, instances)
        if objection is not None:
            return objection
    return None


def identifier_form(request: CreateInstance | CreateReplica | RestoreToTime, _: Instances) -> Refusal | None:
    """Demand 1 to 63 letters, digits and single hyphens of a new identifier, a letter first and no hyphen last.

    Source: botocore service model, CreateDBInstance, DBInstanceIdentifier.
    """
    name = request.key.identifier
    if _IDENTIFIER.fullmatch(name) and len(name) <= IDENTIFIER_LENGTH:
        return None
    return Refusal(
        "InvalidParameterValue",
        "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must "
        "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive "
        "hyphens.",
    )


def identifier_unused(request: CreateInstance | CreateReplica | RestoreToTime, instances: Instances) -> Refusal | None:
    """Demand a new identifier that is not in use in that region.

    Source: botocore service model, DBInstanceAlreadyExistsFault. Text: reports of CreateDBInstance.
    """
    return Refusal("DBInstanceAlreadyExists", "DB instance already exists") if request.key in instances else None


def master_user(request: CreateInstance, _: Instances) -> Refusal | None:
    """Demand a master user's name of 1 to 16 letters, digits and underscores, a letter first.

    Source: botocore service model, CreateDBInstance, MasterUsername.
    """
    if _USERNAME.fullmatch(request.master_username):
        return None
    return Refusal("InvalidParameterValue", f"MasterUsername {request.master_username!r} is not a valid user name.")


def master_password(request: CreateInstance, _: Instances) -> Refusal | None:
    """Demand a password of 8 to 128 printable ASCII characters, without slash, double quote and at sign; or none.

    Source: botocore service model, CreateDBInstance, MasterUserPassword.
    """
    word = request.master_password
    if request.password_managed and not word:
        return None
    if (
        not request.password_managed
        and len(word) in PASSWORD_LENGTHS
        and word.isascii()
        and word.isprintable()
        and not set(word) & set('/"@')
    ):
        return None
    return Refusal(
        "InvalidParameterValue",
        "The parameter MasterUserPassword is not a valid password. Only 8 to 128 printable ASCII characters besides "
        "'/', '@', '\"' may be used.",
    )


def retention_range(request: CreateInstance | Promote | Modify, _: Instances) -> Refusal | None:
    """Demand that backups are retained for 0 to 35 days.

    Source: botocore service model, BackupRetentionPeriod.
    """
    days = request.backup_retention_days
    if days is None or days in RETENTION_DAYS:
        return None
    return Refusal("InvalidParameterValue", f"Invalid backup retention period: {days}. It must be between 0 and 35.")


def instance_known(request: Promote | Reboot | Modify | Delete, instances: Instances) -> Refusal | None:
    """Demand an instance that exists in the region that is asked.

    Source: botocore service model, DBInstanceNotFoundFault (status 404).
    """
    return None if request.key in instances else unknown(request.key.identifier)


def key_of_own_region(request: CreateInstance | CreateReplica, _: Instances) -> Refusal | None:
    """Demand a KMS key of the instance's own region.

    Source: botocore service model, KmsKeyId: "you can't use KMS keys from one Amazon Web Services Region in another";
    KMSKeyNotAccessibleFault.
    """
    if not request.key_arn or f":kms:{request.key.region}:" in request.key_arn:
        return None
    return Refusal("KMSKeyNotAccessibleFault", f"{request.key_arn} is no key of {request.key.region}.")


def promotes_a_replica(request: Promote, instances: Instances) -> Refusal | None:
    """Demand that what is promoted is a read replica.

    Source: botocore service model, PromoteReadReplica: "Must match the identifier of an existing read replica DB
    instance". Text: retry tests of Ansible's amazon.aws collection.
    """
    instance = instances.get(request.key)
    if instance is None or instance.source is not None:
        return None
    return Refusal("InvalidDBInstanceState", "DB Instance is not a read replica")


def not_backing_up(request: Promote, instances: Instances) -> Refusal | None:
    """Demand that a replica is not being backed up when it is promoted.

    Source: botocore service model, PromoteReadReplica: "a read replica cannot be promoted to a standalone instance when
    it is in the backing-up status".
    """
    instance = instances.get(request.key)
    return unavailable(instance) if instance and instance.state is State.BACKING_UP else None


def in_available_state(request: Promote | Reboot | Modify, instances: Instances) -> Refusal | None:
    """Demand that an instance is not created, changed, rebooted or deleted just now, and has not failed.

    Source: botocore service model, InvalidDBInstanceStateFault. Text: reports of ModifyDBInstance. A backup does not
    stand in the way of a change here; for promotions it does, by a rule of its own.
    """
    instance = instances.get(request.key)
    busy = instance is not None and instance.state not in {State.AVAILABLE, State.BACKING_UP}
    return unavailable(instance) if instance and busy else None


def failover_needs_multi_az(request: Reboot, instances: Instances) -> Refusal | None:
    """Demand a Multi-AZ instance for a reboot with failover.

    Source: botocore service model, RebootDBInstance, ForceFailover.
    """
    instance = instances.get(request.key)
    if instance is None or instance.multi_az or not request.force_failover:
        return None
    return Refusal(
        "InvalidParameterCombination",
        "Force failover cannot be specified since the instance is not configured for MultiAZ.",
    )


def source_keeps_backups(request: Modify | Promote, instances: Instances) -> Refusal | None:
    """Demand that the source of read replicas keeps its backups.

    Source: botocore service model, BackupRetentionPeriod: "Can't be set to 0 if the DB instance is a source to read
    replicas".
    """
    if request.backup_retention_days != 0 or not replicas_of(request.key, instances):
        return None
    return Refusal("InvalidDBInstanceState", "Backups cannot be disabled on the source of read replicas.")


def not_yet_deleting(request: Delete, instances: Instances) -> Refusal | None:
    """Demand that an instance is deleted once.

    Source: botocore service model, DeleteDBInstance: it "can't be canceled or reverted after it begins". Text: reports
    of DeleteDBInstance.
    """
    instance = instances.get(request.key)
    if instance is None or instance.state is not State.DELETING:
        return None
    return Refusal("InvalidDBInstanceState", f"Instance {request.key.identifier} is already being deleted.")


def final_snapshot_named(request: Delete, _: Instances) -> Refusal | None:
    """Demand that a deletion either names a final snapshot or skips it.

    Source: botocore service model, DeleteDBInstance, SkipFinalSnapshot and FinalDBSnapshotIdentifier. Text of the
    first: reports of DeleteDBInstance.
    """
    if not request.skip_final_snapshot and not request.final_snapshot:
        text = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        return Refusal("InvalidParameterCombination", text)
    if request.skip_final_snapshot and request.final_snapshot:
        text = "FinalDBSnapshotIdentifier cannot be specified when deleting with SkipFinalSnapshot."
        return Refusal("InvalidParameterCombination", text)
    return None


def no_snapshot_of_the_lost(request: Delete, instances: Instances) -> Refusal | None:
    """Demand that a read replica and a failed instance are deleted without a final snapshot.

    Source: botocore service model, DeleteDBInstance, SkipFinalSnapshot: "If you delete a read replica [...] you must
    enable this setting", and the same for the status `failed`.
    """
    instance = instances.get(request.key)
    if instance is None or request.skip_final_snapshot:
        return None
    if instance.source is None and instance.state is not State.FAILED:
        return None
    kind = "a read replica" if instance.source else "a failed instance"
    return Refusal("InvalidParameterCombination", f"A final snapshot cannot be made of {kind}: set SkipFinalSnapshot.")


Rule = Callable[[Any, Instances], Refusal | None]
"""One objection that RDS may have; which request it takes stands in its signature and in RULES."""

RULES: Final[Mapping[type[Request], tuple[Rule, ...]]] = {
    CreateInstance: (
        identifier_form, identifier_unused, master_user, master_password, retention_range, key_of_own_region,
    ),
    CreateReplica: (
        identifier_form, identifier_unused, source_known, source_available, source_backed_up, source_has_room,
        copy_has_a_key, copy_of_plain_is_plain, key_of_own_region, source_password_unmanaged,
    ),
    RestoreToTime: (
        identifier_form, identifier_unused, source_known, restores_from_backups, restores_what_was_uploaded,
    ),
    Promote: (
        instance_known, retention_range, promotes_a_replica, not_backing_up, in_available_state, source_keeps_backups,
    ),
    Reboot: (instance_known, in_available_state, failover_needs_multi_az),
    Modify: (instance_known, retention_range, in_available_state, source_keeps_backups),
    Delete: (instance_known, not_yet_deleting, final_snapshot_named, no_snapshot_of_the_lost),
}  # fmt: skip
"""Every rule by the request that it judges, in the order in which they object."""
