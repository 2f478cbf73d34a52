"""What IAM answers to who asks beforehand whether a role may do something; moto has no simulation.

Source: IAM API reference, SimulatePrincipalPolicy and EvaluationResult: EvalDecision is allowed, explicitDeny or
implicitDeny; without ResourceArns each action is simulated on every resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import gap
from ziggie_harness.backends.emulated.permissions import decision

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.permissions import Permissions

DECISIONS: Final = {True: "allowed", False: "explicitDeny", None: "implicitDeny"}

SIMULATED: Final = {"PolicySourceArn", "ActionNames", "ResourceArns"}


class IamSimulation:
    """An overlay of the gateway for SimulatePrincipalPolicy of roles; the rest of IAM is moto's."""

    def __init__(self, permissions: Permissions) -> None:
        """Decide as calls are decided."""
        self._permissions = permissions

    def handle(self, call: Call) -> Answer | None:
        """Answer a simulation; a gap for what is not simulated, NoSuchEntity for a role that does not exist."""
        if call.service != "iam" or call.operation != "SimulatePrincipalPolicy":
            return None
        given = call.parameters
        if others := sorted(given.keys() - SIMULATED):
            raise gap("iam SimulatePrincipalPolicy", f"with {', '.join(others)}")
        _, _, name = str(given["PolicySourceArn"]).partition(":role/")
        if not name:
            raise gap("iam SimulatePrincipalPolicy", "of what is no role")
        policies = self._permissions.policies_of(name)
        if policies is None:
            raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": DECISIONS[decision(policies, action, resource)],
            }
            for action in given["ActionNames"]
            for resource in given.get("ResourceArns") or ["*"]
        ]
        return Answer({"EvaluationResults": results, "IsTruncated": False})

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave what moto answered as it is."""
        return answer
