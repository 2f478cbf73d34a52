"""Who may do what: the policies of a role, read where moto keeps them and evaluated by moto's engine.

What holds (tests/backends/emulated/test_secrets.py): Allow and Deny of a role's inline and attached policies, by
action and resource with `*`; no statement means no. What moto's engine cannot tell, such as a Condition, is refused as
a gap rather than guessed. Not evaluated: permission boundaries, policies of an organisation, resource policies of
secrets. Keys that belong to no assumed role are those of an administrator, who provisions and operates. The principals
of a key policy are not told apart: what it allows, it allows everybody.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.calls import AwsError
from ziggie_harness.backends.emulated.moto_state import GAP_STATUS, load
from ziggie_harness.emulation.secretsmanager.secret import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ziggie_harness.backends.emulated.calls import Call, HttpRequest

DENIED: Final = "AccessDeniedException"

TOKEN: Final = "x-amz-security-token"  # noqa: S105 - a header's name
"""The header that shows temporary credentials. Source: AWS, "Signature Version 4 signing process"."""

FORBIDDEN: Final = {"AccessDenied": 403, "AuthorizationError": 403}
"""The HTTP status of a refusal where no service model tells it."""

KEY_ACTIONS: Final = ("kms:GenerateDataKey", "kms:Decrypt")
"""What Secrets Manager does with a key. Source: Secrets Manager user guide, "Secret encryption and decryption"."""

_BEYOND: Final = ('"Condition"', '"NotResource"', '"NotPrincipal"', "${", "?")
"""What shows in a policy that moto's engine would misread; a question mark stands for one character in AWS."""


class Permissions:
    """What callers may do."""

    def __init__(self, *services: str) -> None:
        """Import moto's engine, and more services of which something is demanded."""
        load(("iam", "sts", *services))

    def demand(self, call: Call, action: str, resource: str, code: str = DENIED) -> None:
        """Raise AwsError unless the caller may do this; the text is that of AWS (IAM user guide, "Access denied")."""
        caller = _caller_of(call)
        if caller is None:
            return
        arn, policies = caller
        answer = decision(policies, action, resource)
        if answer is True:
            return
        because = (
            "with an explicit deny in an identity-based policy"
            if answer is False
            else f"because no identity-based policy allows the {action} action"
        )
        text = f"User: {arn} is not authorized to perform: {action} on resource: {resource} {because}"
        raise AwsError(code, text, FORBIDDEN.get(code))

    @staticmethod
    def policies_of(role: str) -> list[Any] | None:
        """Return the inline and attached policies of a role, or None when there is no such role."""
        from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is imported late

        backend = iam_backends[ACCOUNT]["aws"]
        if role not in {known.name for known in backend.get_roles()}:
            return None
        inline = [backend.get_role_policy(role, name)[1] for name in backend.list_role_policies(role)]
        attached, _ = backend.list_attached_role_policies(role)
        return [*inline, *attached]

    def demand_key(self, call: Call, key_id: str) -> None:
        """Raise AwsError unless the caller may decrypt with a key of the region that is called.

        Source: Secrets Manager user guide, "Troubleshoot": "Access to KMS is not allowed".
        """
        caller = _caller_of(call)
        if caller is None:
            return
        found = _key(call.region, key_id)
        if found is None or decision(caller[1], "kms:Decrypt", found.arn) is not True:
            raise AwsError(DENIED, "Access to KMS is not allowed")

    def key_obstacle(self, region: str, key_id: str) -> str | None:
        """Return why a KMS key of a region cannot encrypt and decrypt a secret, or None."""
        found = _key(region, key_id)
        if found is None:
            return f"the KMS key {key_id} is not found in {region}"
        if found.key_state != "Enabled":
            return f"the KMS key {key_id} in {region} is {found.key_state}"
        refused = [action for action in KEY_ACTIONS if decision([found.policy], action, "*") is not True]
        return (
            f"the policy of the KMS key {key_id} in {region} does not allow {', '.join(refused)}" if refused else None
        )


def session_of(request: HttpRequest) -> str:
    """Return the ARN of the role's session whose credentials signed a request; empty for others."""
    access_key = request.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
    if TOKEN not in request.headers:
        return ""
    from moto.sts.models import sts_backends  # noqa: PLC0415 - moto is imported late

    role = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(access_key)
    return str(role.arn) if role else ""


def _caller_of(call: Call) -> tuple[str, list[Any]] | None:
    """Return ARN and policies of the role whose temporary credentials signed a call, or None for others."""
    authorization = call.request.headers.get("authorization", "")
    access_key = authorization.partition("Credential=")[2].partition("/")[0]
    if TOKEN not in call.request.headers:
        return None
    from moto.iam.access_control import AssumedRoleAccessKey, CreateAccessKeyFailure  # noqa: PLC0415 - moto is imported late

    token = {"X-Amz-Security-Token": call.request.headers[TOKEN]}
    try:
        role = AssumedRoleAccessKey(ACCOUNT, "aws", access_key, token)
    except CreateAccessKeyFailure as error:
        text = "The security token included in the request is invalid."
        raise AwsError("UnrecognizedClientException", text) from error
    return role.arn, role.collect_policies()


def decision(policies: Iterable[Any], action: str, resource: str) -> bool | None:
    """Return True for what is allowed, False for what is denied, None for what no statement speaks of.

    Raises AwsError, as a gap, for a policy that moto's engine would misread.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult  # noqa: PLC0415 - moto is imported late

    answers = []
    for policy in policies:
        made = IAMPolicy(policy)
        _demand_plain(json.dumps(made._policy_json))  # noqa: SLF001 - moto has no other way to its text
        answers.append(made.is_action_permitted(action, resource))
    if PermissionResult.DENIED in answers:
        return False
    return True if PermissionResult.PERMITTED in answers else None


def _demand_plain(document: str) -> None:
    """Raise AwsError, as a gap, for a policy that says what moto's engine does not understand."""
    if beyond := [element for element in _BEYOND if element in document]:
        text = f"a policy with {' and '.join(beyond)} is not evaluated: this is a gap of the harness"
        raise AwsError("NotImplemented", text, GAP_STATUS)


def _key(region: str, key_id: str) -> Any:  # noqa: ANN401 - moto has no types
    """Return a key of a region by its ARN, id or alias, or None."""
    from moto.kms.models import kms_backends  # noqa: PLC0415 - moto is imported late

    backend = kms_backends[ACCOUNT][region]
    identity: str | None = backend.get_key_id(key_id)
    if identity and identity.startswith("alias/"):
        identity = backend.get_key_id_from_alias(identity)
    return backend.keys.get(identity) if identity else None
