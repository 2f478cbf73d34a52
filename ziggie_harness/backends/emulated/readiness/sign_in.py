"""The operator's credentials can be had on the day: from a region that is there, and not from before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role


class SignIn:
    """Looks where the credentials of the owner's scripts come from.

    Source: AWS Fault Isolation Boundaries, "Global services": the global endpoint of STS is in us-east-1 alone for who
    is elsewhere; IAM user guide, "Manage AWS STS in an AWS Region": regional endpoints are recommended.
    """

    name: ClassVar[str] = "sign-in of the operator"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Tell the way that is declared; nothing where the scripts use keys that never expire."""
        operator = sight.topology.operator
        if operator is None:
            return
        wanted = f"the STS of {sight.region}, anew for each script"
        if operator.sign_in == "global":
            where = sight.topology.region(Role.CONTROL_PLANE)
            obstacle = (
                f"the operator signs in at sts.amazonaws.com, which is in {where} and can be dark on the same day"
            )
            yield sight.examined(self.name, "sts.amazonaws.com", wanted, obstacle)
        elif operator.sign_in == "token":
            where = sight.topology.region(Role.PRIMARY)
            obstacle = f"the operator keeps a token of the STS of {where}, and nobody renews it when it has expired"
            yield sight.examined(self.name, f"a token of the STS of {where}", wanted, obstacle)
        else:
            yield sight.examined(self.name, wanted, wanted)
