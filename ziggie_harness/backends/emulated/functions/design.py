"""How declared functions come to be: a role, the code, who may invoke it, each asked for by AWS's own API."""

from __future__ import annotations

import io
import json
import string
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.alerting.topics import SNS
from ziggie_harness.backends.emulated.alerting.watch import LAMBDA_ALARMS
from ziggie_harness.backends.emulated.functions.roles import LAMBDA
from ziggie_harness.backends.emulated.moto_state import ACCOUNT
from ziggie_harness.emulation.eventbridge.permissions import EVENTS
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.api_client import Clients
    from ziggie_harness.model.functions import Function
    from ziggie_harness.model.topology import Role

OPERATOR: Final = CLIENTS
"""Where whoever deploys sits."""

CONTROL_PLANE: Final = "us-east-1"

SERVICES: Final = {"events": EVENTS, "sns": SNS, "alarms": LAMBDA_ALARMS}

RUNTIME: Final = "python3.12"

TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": LAMBDA}, "Action": "sts:AssumeRole"}],
}

MOST_BYTES: Final = 50 * 1024 * 1024
"""More code than this is surely not meant: Lambda takes no larger archive."""

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive, so that the same code has the same digest."""


class FunctionDesign:
    """Declared functions, to be deployed."""

    def __init__(
        self,
        declared: Mapping[str, Function],
        region_of: Callable[[Role], str],
        clients: Clients,
        settings: Mapping[str, str],
    ) -> None:
        """Prepare; regions are declared by their role, ``settings`` are what a function may be told."""
        self._declared, self._region_of, self._clients = declared, region_of, clients
        self._settings = {**settings, "ACCOUNT": ACCOUNT}

    def set_up(self) -> None:
        """Ask AWS for everything. Raises LabError for code or a setting that is not there."""
        for name, function in self._declared.items():
            self._deploy(name, function)

    def _deploy(self, name: str, function: Function) -> None:
        """Make the role of a function, the function, and whom it lets in."""
        region = self._region_of(function.region)
        made = self._clients.client("lambda", region, OPERATOR)
        made.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=self._role(name, function),
            Handler=function.handler,
            Code={"ZipFile": archive_of(Path(function.code))},
            Timeout=int(function.timeout_seconds),
            MemorySize=function.memory_megabytes,
            Environment={"Variables": {key: self._told(name, value) for key, value in function.environment.items()}},
        )
        for service in function.admits:
            made.add_permission(
                FunctionName=name,
                StatementId=service,
                Action="lambda:InvokeFunction",
                Principal=SERVICES[service],
                SourceAccount=ACCOUNT,
            )
        topic = f"arn:aws:sns:{region}:{ACCOUNT}:{function.on_failure}"
        destination = {"DestinationConfig": {"OnFailure": {"Destination": topic}}} if function.on_failure else {}
        made.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=function.retries, **destination)

    def _role(self, name: str, function: Function) -> str:
        """Make the role of a function; return its ARN."""
        iam: Any = self._clients.client("iam", CONTROL_PLANE, OPERATOR)
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        if function.allowed:
            statement = {"Effect": "Allow", "Action": list(function.allowed), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName="declared", PolicyDocument=policy)
        arn: str = made["Role"]["Arn"]
        return arn

    def _told(self, name: str, value: str) -> str:
        """Return the value of a variable with the settings in their places."""
        try:
            return string.Template(value).substitute(self._settings)
        except (KeyError, ValueError) as error:
            known = ", ".join(f"${setting}" for setting in sorted(self._settings))
            raise LabError(
                f"functions.{name}.environment: {value!r} has a setting that is not known: {error}",
                hint=f"known are {known}; a dollar sign is written $$",
            ) from error


def archive_of(folder: Path) -> bytes:
    """Zip the files of a folder; the same files make the same archive."""
    packed = io.BytesIO()
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    if sum(path.stat().st_size for path in files) > MOST_BYTES:
        raise LabError(
            f"{folder} has more than {MOST_BYTES} bytes", hint="name the folder of the function's code alone"
        )
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for path in files:
            made.writestr(zipfile.ZipInfo(str(path.relative_to(folder)), EPOCH), path.read_bytes())
    return packed.getvalue()
