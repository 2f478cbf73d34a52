"""How Secrets Manager has a function rotate a secret: four calls, one after the other.

Source: Secrets Manager user guide, "Rotation by Lambda function" and "Lambda rotation functions"; the names of the
steps are those that AWS's own functions expect (aws-samples/aws-secrets-manager-rotation-lambdas). The guide's
RotationToken is for functions that rotate in another account, and is left out.
"""

from __future__ import annotations

import json
from typing import Final

from ziggie_harness.emulation.secretsmanager.requests import Refusal

PRINCIPAL: Final = "secretsmanager.amazonaws.com"
"""Whom the function's policy has to let in. Source: Secrets Manager user guide, "Permissions for rotation"."""

STEPS: Final = ("createSecret", "setSecret", "testSecret", "finishSecret")

NOT_LET_IN: Final = Refusal(
    "AccessDeniedException",
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the "
    f"principal {PRINCIPAL}",
)
"""Text: reports of RotateSecret. That a function which does not exist is refused alike is an assumption."""


def event(step: str, secret_arn: str, token: str) -> str:
    """Return what a function is told at a step."""
    return json.dumps({"Step": step, "SecretId": secret_arn, "ClientRequestToken": token})
