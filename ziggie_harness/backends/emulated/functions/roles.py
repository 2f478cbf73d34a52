"""The roles that functions run with: credentials, and whether Lambda may take them on at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ziggie_harness.backends.emulated.moto_state import ACCOUNT, load
from ziggie_harness.backends.emulated.permissions import decision
from ziggie_harness.emulation.eventbridge.permissions import objection
from ziggie_harness.emulation.functions.function import Function

LAMBDA: Final = "lambda.amazonaws.com"

SESSION_SECONDS: Final = 3600


class Roles:
    """Roles as IAM keeps them: moto's state."""

    def __init__(self) -> None:
        """Import moto's roles and sessions."""
        load(("iam", "sts"))

    def trust_objection(self, role_arn: str) -> str | None:
        """Return why Lambda cannot take on a role, or None."""
        role = _role(role_arn)
        if role is None:
            return f"there is no role {role_arn}"
        policy = role.assume_role_policy_document
        read = json.loads(policy) if isinstance(policy, str) else policy
        return objection(read, LAMBDA, "sts:AssumeRole", role_arn, {})

    def objection(self, role_arn: str, action: str, resource: str) -> str | None:
        """Return why a role may not do something, or None."""
        from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is imported late

        iam, name = iam_backends[ACCOUNT]["aws"], role_arn.rpartition("/")[2]
        inline = [iam.get_role_policy(name, policy)[1] for policy in iam.list_role_policies(name)]
        attached, _ = iam.list_attached_role_policies(name)
        if decision([*inline, *attached], action, resource) is True:
            return None
        return f"the role {name} is not authorized to perform {action} on {resource}"

    def credentials(self, function: Function) -> Mapping[str, str]:
        """Return credentials of a function's role, as variables of its environment.

        The session has the name of the function (observed in CloudTrail: assumed-role/ROLE/FUNCTION).
        """
        from moto.sts.models import sts_backends  # noqa: PLC0415 - moto is imported late

        given = sts_backends[ACCOUNT]["aws"].assume_role(
            region_name=function.region,
            role_session_name=function.name,
            role_arn=function.settings.role,
            policy="",
            duration=SESSION_SECONDS,
            external_id="",
        )
        return {
            "AWS_ACCESS_KEY_ID": given.access_key_id,
            "AWS_SECRET_ACCESS_KEY": given.secret_access_key,
            "AWS_SESSION_TOKEN": given.session_token,
        }


def _role(arn: str) -> Any:  # noqa: ANN401 - moto has no types
    """Return a role as moto keeps it, or None."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is imported late

    roles = iam_backends[ACCOUNT]["aws"].roles.values()
    return next((role for role in roles if role.arn == arn), None)
