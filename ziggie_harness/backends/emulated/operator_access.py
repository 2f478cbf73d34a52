"""How the owner's scripts come by their credentials: a role of the operator's, entered as the design declares it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ziggie_harness.backends.emulated.api_client import ACCESS_KEY, SECRET_KEY, Clients
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import CLIENTS

PROFILE: Final = "operator"

STS_ENDPOINTS: Final = {"regional": "regional", "global": "legacy"}
"""botocore's setting for each way to sign in. Source: AWS SDKs and tools guide, "AWS STS regional endpoints"."""


class OperatorAccess:
    """The declared operator's role, and what a script is given to enter it; keys of an administrator without one."""

    def __init__(self, topology: Topology, clients: Clients) -> None:
        """Know the design; nothing is made yet."""
        self._topology, self._declared, self._clients = topology, topology.operator, clients
        self._token: Mapping[str, str] = {}

    @property
    def role_arn(self) -> str:
        """The ARN of the role; empty without one."""
        return f"arn:aws:iam::{ACCOUNT}:role/{self._declared.role}" if self._declared else ""

    def create(self) -> None:
        """Make the role and its policy, and fetch credentials where the operator keeps them for later."""
        if self._declared is None:
            return
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
            ],
        }
        allowed = {"Effect": "Allow", "Action": list(self._declared.actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam = self._client("iam", Role.CONTROL_PLANE)
        iam.create_role(RoleName=self._declared.role, AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName=self._declared.role, PolicyName="recovery", PolicyDocument=policy)
        if self._declared.sign_in == "token":
            given = self._client("sts", Role.PRIMARY).assume_role(RoleArn=self.role_arn, RoleSessionName=PROFILE)
            self._token = {
                "AWS_ACCESS_KEY_ID": given["Credentials"]["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": given["Credentials"]["SecretAccessKey"],
                "AWS_SESSION_TOKEN": given["Credentials"]["SessionToken"],
            }

    def environment(self, place: Path) -> Mapping[str, str]:
        """Return what a script is told of credentials; a profile that enters the role is written to its place.

        Its region is the secondary one: a profile at home in the region that is lost gets no credentials there.
        """
        nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_DEFAULT_REGION": self._topology.region(Role.PRIMARY)}
        if self._declared is None:
            return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, **nothing}
        if self._declared.sign_in == "token":
            return {**self._token, **nothing}
        config = place / "aws-config"
        config.write_text(
            f"[profile {PROFILE}]\n"
            f"region = {self._topology.region(Role.SECONDARY)}\n"
            f"role_arn = {self.role_arn}\n"
            "source_profile = keys\n"
            f"sts_regional_endpoints = {STS_ENDPOINTS[self._declared.sign_in]}\n"
            "[profile keys]\n"
            f"aws_access_key_id = {ACCESS_KEY}\n"
            f"aws_secret_access_key = {SECRET_KEY}\n",
            encoding="utf-8",
        )
        return {"AWS_PROFILE": PROFILE, "AWS_CONFIG_FILE": str(config)}

    def _client(self, service: str, role: Role) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client of the operator's."""
        return self._clients.client(service, self._topology.region(role), CLIENTS)
