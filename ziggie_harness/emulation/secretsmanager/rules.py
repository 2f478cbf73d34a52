"""What Secrets Manager refuses, rule by rule, each with its source.

Error codes are those of the botocore service model (secretsmanager 2017-10-17). Where the text of a message was seen in
reports from real accounts, the rule says so; the other texts are ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ziggie_harness.emulation.secretsmanager.requests import (
    NOTHING,
    Amendment,
    Create,
    Delete,
    DeletePolicy,
    Look,
    MoveStage,
    Promote,
    Put,
    PutPolicy,
    Read,
    ReadPolicy,
    Refusal,
    RemoveRegions,
    Replicate,
    Request,
    Restore,
    Rotate,
    Search,
    Tag,
    Untag,
    Update,
)
from ziggie_harness.emulation.secretsmanager.secret import CURRENT, PENDING, Account

FILTER_KEYS: Final = ("all", "name", "tag-key", "description", "tag-value", "primary-region", "owning-service")
"""Source: botocore service model, FilterNameStringType."""

TOKEN_LENGTHS: Final = range(32, 65)
"""Source: botocore service model, ClientRequestTokenType."""

RECOVERY_DAYS: Final = range(7, 31)
"""Source: Secrets Manager API reference, DeleteSecret, RecoveryWindowInDays: "from 7 to 30 days"."""

MOST_NAME: Final = 512
"""Source: botocore service model, NameType."""

_NAME: Final = re.compile(r"[A-Za-z0-9/_+=.@!-]+")


def refusal(request: Request, account: Account) -> Refusal | None:
    """Return the first objection to a request, or None when Secrets Manager accepts it."""
    for rule in RULES[type(request)]:
        objection: Refusal | None = rule(request, account)
        if objection is not None:
            return objection
    return None


def one_value(request: Create | Put | Update, _: Account) -> Refusal | None:
    """Demand a text or bytes for a value and not both, and one of them where a value is put.

    Source: Secrets Manager API reference, PutSecretValue: "You must include SecretBinary or SecretString, but not
    both". Texts: reports of PutSecretValue; moto, which has the second from AWS.
    """
    if request.given.text is not None and request.given.binary is not None:
        text = "You can't specify both a binary secret value and a string secret value in the same secret."
        return Refusal("InvalidParameterException", text)
    if isinstance(request, Put) and request.given.value is None:
        return Refusal("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
    return None


def name_form(request: Create, _: Account) -> Refusal | None:
    """Demand a name of letters, digits and /_+=.@!-, at most 512 characters.

    Source: Secrets Manager API reference, CreateSecret, Name. Text: reports of CreateSecret.
    """
    if _NAME.fullmatch(request.key.name) and len(request.key.name) <= MOST_NAME:
        return None
    text = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
    return Refusal("ValidationException", text)


def name_unused(request: Create, account: Account) -> Refusal | None:
    """Demand a name that no secret of the region has, unless the request is one that was carried out already.

    Source: Secrets Manager API reference, CreateSecret, ResourceExistsException and ClientRequestToken. Text: moto,
    which has it from AWS.
    """
    found = account.secrets.get(request.key)
    if found is None:
        return None
    same = found.version(request.token) if request.token else None
    if same is not None and same.value == request.given.value:
        return None
    text = f"The operation failed because the secret {request.key.name} already exists."
    return Refusal("ResourceExistsException", text)


def token_form(request: Create | Put | Update | Rotate, _: Account) -> Refusal | None:
    """Demand 32 to 64 characters of a ClientRequestToken.

    Source: botocore service model, ClientRequestTokenType. Text: moto, which has it from AWS.
    """
    if not request.token or len(request.token) in TOKEN_LENGTHS:
        return None
    return Refusal("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")


def versions_do_not_change(request: Put | Update, account: Account) -> Refusal | None:
    """Demand that a version keeps its value: the same token with another value is an error.

    Source: Secrets Manager API reference, PutSecretValue, ClientRequestToken: "you can't modify an existing version".
    Text: moto, which has it from AWS.
    """
    secret = account.secrets.get(request.key)
    version = secret.version(request.token) if secret and request.token else None
    if secret is None or version is None or not version.value or request.given.value in {None, version.value}:
        return None
    return Refusal(
        "ResourceExistsException",
        f"You can't use ClientRequestToken {request.token} because that value is already in use for a version of "
        f"secret {secret.arn}.",
    )


def secret_known(
    request: (
        Put
        | Update
        | MoveStage
        | Read
        | Look
        | Replicate
        | RemoveRegions
        | Promote
        | Rotate
        | Delete
        | Restore
        | Amendment
        | ReadPolicy
    ),
    account: Account,
) -> Refusal | None:
    """Demand a secret that exists in the region that is asked.

    Source: botocore service model, ResourceNotFoundException. Text: reports of GetSecretValue. A forced deletion of
    what is not there succeeds (API reference, DeleteSecret, ForceDeleteWithoutRecovery).
    """
    if request.key in account.secrets or (isinstance(request, Delete) and request.forced):
        return None
    return Refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def replicas_are_read_only(
    request: Put | Update | MoveStage | Replicate | RemoveRegions | Rotate | Delete | Restore | Amendment,
    account: Account,
) -> Refusal | None:
    """Demand the primary secret: a replica changes with it alone, but for its own encryption key.

    Source: Secrets Manager user guide, "Promote a replica secret": "A replica secret can't be updated independently
    from its primary secret, except for its encryption key". Text: gruntwork-io/cloud-nuke issue 435.
    """
    secret = account.secrets.get(request.key)
    if secret is None or not secret.primary_region:
        return None
    if isinstance(request, Update) and request.given == NOTHING and request.description is None:
        return None
    return Refusal(
        "InvalidParameterException",
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    )


def promotes_a_replica(request: Promote, account: Account) -> Refusal | None:
    """Demand that what is promoted is a replica, asked for in its own region.

    Source: Secrets Manager API reference, StopReplicationToReplica: "You must call this operation from the Region in
    which you want to promote the replica".
    """
    secret = account.secrets.get(request.key)
    if secret is None or secret.primary_region:
        return None
    return Refusal("InvalidParameterException", f"Secret {request.key.name} is not a replica secret.")


def not_marked_for_deletion(
    request: Put | Update | MoveStage | Read | Replicate | RemoveRegions | Promote | Rotate | Amendment | ReadPolicy,
    account: Account,
) -> Refusal | None:
    """Demand a secret that is not marked for deletion.

    Source: Secrets Manager API reference, DeleteSecret: it "prevents you from accessing it". Text: reports of
    GetSecretValue.
    """
    secret = account.secrets.get(request.key)
    if secret is None or secret.deleted_seconds is None:
        return None
    text = "You can't perform this operation on the secret because it was marked for deletion."
    return Refusal("InvalidRequestException", text)


def copied_into_another_region(request: Create | Replicate, _: Account) -> Refusal | None:
    """Demand that a secret is copied into other regions than its own.

    Source: Secrets Manager API reference, InvalidParameterException. Text: moto, which has it from AWS.
    """
    if all(wanted.region != request.key.region for wanted in request.regions):
        return None
    return Refusal("InvalidParameterException", "Invalid replica region.")


def removes_a_replica(request: RemoveRegions, account: Account) -> Refusal | None:
    """Demand that the secret is copied into each region that is to be removed.

    Source: Secrets Manager API reference, RemoveRegionsFromReplication, InvalidParameterException.
    """
    secret = account.secrets.get(request.key)
    missing = [region for region in request.regions if secret and secret.replica(region) is None]
    if not missing:
        return None
    text = f"Secret {request.key.name} is not replicated to {', '.join(missing)}."
    return Refusal("InvalidParameterException", text)


def deleted_without_replicas(request: Delete, account: Account) -> Refusal | None:
    """Demand that a secret has no replicas when it is deleted.

    Source: Secrets Manager user guide, "Delete a secret". Text: gruntwork-io/cloud-nuke issue 435.
    """
    secret = account.secrets.get(request.key)
    if secret is None or not secret.replicas:
        return None
    regions = ", ".join(replica.region for replica in secret.replicas)
    text = f"You can't delete secret {secret.arn} that still has replica regions [{regions}]."
    return Refusal("InvalidParameterException", text)


def recovery_window(request: Delete, _: Account) -> Refusal | None:
    """Demand 7 to 30 days of a recovery window, and none where recovery is ruled out.

    Source: Secrets Manager API reference, DeleteSecret, RecoveryWindowInDays and ForceDeleteWithoutRecovery. Texts:
    moto, which has them from AWS.
    """
    days = request.recovery_days
    if days is not None and request.forced:
        text = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        return Refusal("InvalidParameterException", text)
    if days is None or days in RECOVERY_DAYS:
        return None
    text = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
    return Refusal("InvalidParameterException", text)


def value_there(request: Read, account: Account) -> Refusal | None:
    """Demand a version with that id or label, by default the current one, and that it has a value by now.

    Source: Secrets Manager API reference, GetSecretValue; user guide, "Lambda rotation functions", create_secret: a
    function looks by GetSecretValue whether the pending version has one. Texts: reports of GetSecretValue.
    """
    secret = account.secrets.get(request.key)
    if secret is None:
        return None
    lost = "Secrets Manager can't find the specified secret value for"
    if request.version:
        version = secret.version(request.version)
        if version is None or not version.value:
            return Refusal("ResourceNotFoundException", f"{lost} VersionId: {request.version}")
        if request.stage and request.stage not in version.stages:
            text = "You provided a VersionStage that is not associated to the provided VersionId."
            return Refusal("InvalidRequestException", text)
        return None
    stage = request.stage or CURRENT
    version = secret.labelled(stage)
    if version is None or not version.value:
        return Refusal("ResourceNotFoundException", f"{lost} staging label: {stage}")
    return None


def label_moves_openly(request: MoveStage, account: Account) -> Refusal | None:
    """Demand that who moves a label names the version that has it, and versions that exist.

    Source: Secrets Manager API reference, UpdateSecretVersionStage, RemoveFromVersionId.
    """
    secret = account.secrets.get(request.key)
    if secret is None:
        return None
    for identity in filter(None, (request.move_to, request.remove_from)):
        if secret.version(identity) is None:
            return Refusal("InvalidParameterException", f"Not a valid version: {identity}")
    holder = secret.labelled(request.stage)
    if holder is None or holder.identity in {request.remove_from, request.move_to}:
        return None
    return Refusal(
        "InvalidParameterException",
        f"The parameter RemoveFromVersionId can't be empty. Staging label {request.stage} is currently attached to "
        f"version {holder.identity}, so you must explicitly reference that version in RemoveFromVersionId.",
    )


def rotation_has_a_function(request: Rotate, account: Account) -> Refusal | None:
    """Demand a function that rotates.

    Source: Secrets Manager API reference, InvalidRequestException: "You tried to enable rotation on a secret that
    doesn't already have a Lambda function ARN configured and you didn't include such an ARN". Text: getmoto/moto,
    pull request 3912, from a real account.
    """
    secret = account.secrets.get(request.key)
    if request.function or (secret and secret.rotation):
        return None
    return Refusal("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")


def no_rotation_under_way(request: Rotate, account: Account) -> Refusal | None:
    """Demand that no rotation is under way, or was given up half-way.

    Source: Secrets Manager API reference, RotateSecret: "If the AWSPENDING staging label is present but not attached to
    the same version as AWSCURRENT, then any later invocation of RotateSecret assumes that a previous rotation request
    is still in progress and returns an error". Text: reports of RotateSecret.
    """
    secret = account.secrets.get(request.key)
    pending = secret.labelled(PENDING) if secret else None
    if pending is None or CURRENT in pending.stages:
        return None
    return Refusal("InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")


def policy_is_an_object(request: PutPolicy, _: Account) -> Refusal | None:
    """Demand a JSON object for a resource policy.

    Source: Secrets Manager API reference, PutResourcePolicy, MalformedPolicyDocumentException. The text is ours.
    """
    try:
        found = json.loads(request.policy)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return None
    return Refusal("MalformedPolicyDocumentException", "This resource policy contains invalid JSON.")


def filter_keys(request: Search, _: Account) -> Refusal | None:
    """Demand filters by what can be searched: replication status is none of it.

    Source: botocore service model, FilterNameStringType. Text: moto, which has it from AWS; the order of the listed
    keys is ours.
    """
    for number, (key, _values) in enumerate(request.filters, 1):
        if key not in FILTER_KEYS:
            return Refusal(
                "ValidationException",
                f"1 validation error detected: Value '{key}' at 'filters.{number}.member.key' failed to satisfy "
                f"constraint: Member must satisfy enum value set: [{', '.join(FILTER_KEYS)}]",
            )
    return None


def key_usable(request: Create | Update, account: Account) -> Refusal | None:
    """Demand a KMS key of the secret's own region that is there, enabled and lets itself be used.

    Source: Secrets Manager API reference, CreateSecret, KmsKeyId and EncryptionFailure.
    """
    obstacle = account.key_obstacle(request.key.region, request.key_id) if request.key_id else None
    return Refusal("EncryptionFailure", obstacle) if obstacle else None


def key_decrypts(request: Read, account: Account) -> Refusal | None:
    """Demand that the KMS key of a secret can be used when its value is read.

    Source: Secrets Manager API reference, GetSecretValue, DecryptionFailure.
    """
    secret = account.secrets.get(request.key)
    obstacle = account.key_obstacle(request.key.region, secret.key_id) if secret and secret.key_id else None
    return Refusal("DecryptionFailure", obstacle) if obstacle else None


Rule = Callable[[Any, Account], Refusal | None]
"""One objection that Secrets Manager may have; which request it takes stands in its signature and in RULES."""

RULES: Final[Mapping[type[Request], tuple[Rule, ...]]] = {
    Create: (one_value, name_form, token_form, name_unused, copied_into_another_region, key_usable),
    Put: (
        secret_known, replicas_are_read_only, not_marked_for_deletion, one_value, token_form, versions_do_not_change,
    ),
    Update: (
        secret_known, replicas_are_read_only, not_marked_for_deletion, one_value, token_form, versions_do_not_change,
        key_usable,
    ),
    MoveStage: (secret_known, replicas_are_read_only, not_marked_for_deletion, label_moves_openly),
    Read: (secret_known, not_marked_for_deletion, value_there, key_decrypts),
    Look: (secret_known,),
    Search: (filter_keys,),
    Replicate: (secret_known, replicas_are_read_only, not_marked_for_deletion, copied_into_another_region),
    RemoveRegions: (secret_known, replicas_are_read_only, not_marked_for_deletion, removes_a_replica),
    Promote: (secret_known, not_marked_for_deletion, promotes_a_replica),
    Rotate: (
        secret_known, replicas_are_read_only, not_marked_for_deletion, token_form, rotation_has_a_function,
        no_rotation_under_way,
    ),
    Delete: (secret_known, replicas_are_read_only, deleted_without_replicas, recovery_window),
    Restore: (secret_known, replicas_are_read_only),
    Tag: (secret_known, replicas_are_read_only, not_marked_for_deletion),
    Untag: (secret_known, replicas_are_read_only, not_marked_for_deletion),
    PutPolicy: (secret_known, replicas_are_read_only, not_marked_for_deletion, policy_is_an_object),
    DeletePolicy: (secret_known, replicas_are_read_only, not_marked_for_deletion),
    ReadPolicy: (secret_known, not_marked_for_deletion),
}  # fmt: skip
"""Every rule by the request that it judges, in the order in which they object."""
