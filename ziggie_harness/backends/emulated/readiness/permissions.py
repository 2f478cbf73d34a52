"""The role of the owner's scripts may do what moving the service takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from ziggie_harness.backends.emulated.readiness import Sight
from ziggie_harness.model.databases import RdsPostgres
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.topology import Role

PROMOTION: Final = ("rds:DescribeDBInstances", "rds:PromoteReadReplica")
NOTIFICATION: Final = ("sns:Publish",)


class PermissionsOfTheOperator:
    """Asks IAM to simulate the role's policies. Source: IAM API reference, SimulatePrincipalPolicy."""

    name: ClassVar[str] = "permissions of the operator"

    def examine(self, sight: Sight) -> Iterator[ReadinessExamined]:
        """Ask about each action; nothing where the scripts use keys of an administrator."""
        operator = sight.topology.operator
        if operator is None:
            return
        promotes = isinstance(sight.topology.database, RdsPostgres)
        needed = (*(PROMOTION if promotes else ()), *(NOTIFICATION if operator.tells else ()))
        answer = sight.ask("iam", sight.topology.region(Role.CONTROL_PLANE), lambda iam: iam.simulate_principal_policy(
            PolicySourceArn=sight.operator_arn, ActionNames=list(needed)))  # fmt: skip
        decided = {row["EvalActionName"]: row["EvalDecision"] for row in answer["EvaluationResults"]}
        refused = [action for action in needed if decided.get(action) != "allowed"]
        found = ", ".join(f"{action}: {decided.get(action, 'not told')}" for action in needed)
        obstacle = f"the operator's role {operator.role} may not call {' and '.join(refused)}" if refused else ""
        yield sight.examined(self.name, found, f"{', '.join(needed)} allowed", obstacle)
