"""Whoever calls with a role's credentials may do what its policies allow, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.iam.demands import ACCESS_DENIED, DENIED_CODES, demand_of

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.calls import Answer, Call
    from ziggie_harness.backends.emulated.permissions import Permissions


class CallerPermissions:
    """An overlay of the gateway that comes before all others; it answers nothing itself."""

    def __init__(self, permissions: Permissions) -> None:
        """Judge by the policies of roles."""
        self._permissions = permissions

    def handle(self, call: Call) -> Answer | None:
        """Raise AwsError when the caller's role may not do this. Administrators may."""
        demand = demand_of(call.service, call.operation, call.region, ACCOUNT, call.parameters)
        if demand is not None:
            code = DENIED_CODES.get(call.service, ACCESS_DENIED)
            self._permissions.demand(call, demand.action, demand.resource, code)
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave answers alone."""
        return answer
