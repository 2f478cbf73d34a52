"""The API of Lambda, answered for functions that run on this machine. moto's own is never asked."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.functions.store import CONFLICT, MISSING, arn_of
from ziggie_harness.backends.emulated.moto_state import ACCOUNT, GAP_STATUS
from ziggie_harness.emulation.functions import records
from ziggie_harness.emulation.functions.function import (
    LATEST,
    Destinations,
    Function,
    Settings,
    name_of,
)
from ziggie_harness.emulation.functions.request_rules import INVALID, refusal
from ziggie_harness.emulation.functions.retries import RetryPolicy
from ziggie_harness.model.function_events import FunctionDeployed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.functions.invocations import Invocations
    from ziggie_harness.backends.emulated.functions.roles import Roles
    from ziggie_harness.backends.emulated.functions.store import FunctionStore
    from ziggie_harness.ports import Journal

SERVICE: Final = "lambda"

PYTHON: Final = "python3."
"""The runtimes that are emulated; the code runs with this machine's Python, whichever of them is named."""

EMULATED: Final = frozenset(
    {"FunctionName", "Role", "Handler", "Runtime", "Timeout", "MemorySize", "Environment", "Description", "Code"}
    | {"DeadLetterConfig", "PackageType", "Publish", "Architectures", "ZipFile"}
)
"""The parameters of a deployment that mean something here, or that mean nothing for what a drill shows."""

DEPLOYING: Final = ("CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration")

CONDITIONS: Final = {"SourceArn": ("ArnLike", "AWS:SourceArn"), "SourceAccount": ("StringEquals", "AWS:SourceAccount")}
"""How AddPermission's parameters stand in the policy. Observed."""


class LambdaApi:
    """An overlay of the gateway."""

    def __init__(self, store: FunctionStore, invocations: Invocations, roles: Roles, journal: Journal) -> None:
        """Answer for functions."""
        self._store, self._invocations, self._roles, self._journal = store, invocations, roles, journal
        self._operations: Mapping[str, Callable[[Call], dict[str, Any]]] = {
            "CreateFunction": self._create,
            "UpdateFunctionCode": self._update_code,
            "UpdateFunctionConfiguration": self._update_configuration,
            "GetFunction": self._get,
            "GetFunctionConfiguration": lambda call: _configuration(self._named(call)),
            "ListFunctions": self._list,
            "DeleteFunction": self._delete,
            "AddPermission": self._add_permission,
            "RemovePermission": self._remove_permission,
            "GetPolicy": self._get_policy,
            "PutFunctionEventInvokeConfig": self._put_event_invoke_config,
            "GetFunctionEventInvokeConfig": lambda call: _event_invoke_config(self._named(call)),
            "Invoke": self._invoke,
        }

    def handle(self, call: Call) -> Answer | None:
        """Answer every call of Lambda; AwsError for what AWS refuses and for what is not emulated."""
        if call.service != SERVICE:
            return None
        operation = self._operations.get(call.operation)
        if operation is None:
            raise _gap(call.operation)
        _demand_emulated(call)
        if refused := refusal(call.operation, call.parameters):
            raise AwsError(refused.code, refused.message)
        return Answer(operation(call))

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave other services' answers alone."""
        return answer

    def _named(self, call: Call) -> Function:
        """Return the function that a call names."""
        return self._store.demand(_arn(call))

    def _create(self, call: Call) -> dict[str, Any]:
        """Carry out CreateFunction."""
        given = call.parameters
        settings = _changed(Settings(given["Role"], given.get("Handler", ""), given.get("Runtime", "")), given)
        self._demand_role(settings.role)
        function = Function(call.region, name_of(given["FunctionName"]), ACCOUNT, settings, given["Code"]["ZipFile"])
        self._store.add(function)
        self._deployed(function)
        return _configuration(function)

    def _update_code(self, call: Call) -> dict[str, Any]:
        """Carry out UpdateFunctionCode."""
        archive: bytes = call.parameters["ZipFile"]
        function = self._store.change(_arn(call), lambda before: replace(before, archive=archive))
        self._deployed(function)
        return _configuration(function)

    def _update_configuration(self, call: Call) -> dict[str, Any]:
        """Carry out UpdateFunctionConfiguration."""
        given = call.parameters
        if "Role" in given:
            self._demand_role(given["Role"])
        changed = self._store.change(
            _arn(call), lambda before: replace(before, settings=_changed(before.settings, given))
        )
        return _configuration(changed)

    def _get(self, call: Call) -> dict[str, Any]:
        """Carry out GetFunction; its code cannot be downloaded."""
        return {"Configuration": _configuration(self._named(call))}

    def _list(self, call: Call) -> dict[str, Any]:
        """Carry out ListFunctions, on one page."""
        return {"Functions": [_configuration(each) for each in self._store.of_region(call.region)]}

    def _delete(self, call: Call) -> dict[str, Any]:
        """Carry out DeleteFunction."""
        self._store.remove(_arn(call))
        return {"StatusCode": HTTPStatus.NO_CONTENT.value}

    def _add_permission(self, call: Call) -> dict[str, Any]:
        """Carry out AddPermission."""
        given, function = call.parameters, self._named(call)
        if any(each["Sid"] == given["StatementId"] for each in function.statements):
            told = f"The statement id ({given['StatementId']}) provided already exists. Please provide a new statement "
            raise AwsError(CONFLICT, f"{told}id, or remove the existing statement.")
        principal: str = given["Principal"]
        conditions: dict[str, dict[str, str]] = {}
        for name, (operator, key) in CONDITIONS.items():
            if name in given:
                conditions.setdefault(operator, {})[key] = given[name]
        statement = {
            "Sid": given["StatementId"],
            "Effect": "Allow",
            "Principal": {"Service": principal} if principal.endswith(".amazonaws.com") else {"AWS": principal},
            "Action": given["Action"],
            "Resource": function.arn,
            **({"Condition": conditions} if conditions else {}),
        }
        self._store.change(function.arn, lambda before: before.letting_in(statement))
        return {"Statement": json.dumps(statement)}

    def _remove_permission(self, call: Call) -> dict[str, Any]:
        """Carry out RemovePermission."""
        function, identity = self._named(call), call.parameters["StatementId"]
        if all(each["Sid"] != identity for each in function.statements):
            raise AwsError(MISSING, f"Statement {identity} is not found in resource policy.")
        self._store.change(function.arn, lambda before: before.without(identity))
        return {}

    def _get_policy(self, call: Call) -> dict[str, Any]:
        """Carry out GetPolicy."""
        policy = self._named(call).policy
        if policy is None:
            raise AwsError(MISSING, "The resource you requested does not exist.")
        return {"Policy": json.dumps(policy)}

    def _put_event_invoke_config(self, call: Call) -> dict[str, Any]:
        """Carry out PutFunctionEventInvokeConfig, which forgets what was configured before."""
        given, default = call.parameters, RetryPolicy()
        retries = RetryPolicy(
            given.get("MaximumRetryAttempts", default.retries),
            float(given.get("MaximumEventAgeInSeconds", default.age_seconds)),
        )
        wanted = given.get("DestinationConfig") or {}
        destinations = Destinations(
            (wanted.get("OnSuccess") or {}).get("Destination", ""),
            (wanted.get("OnFailure") or {}).get("Destination", ""),
        )
        changed = self._store.change(
            _arn(call), lambda before: replace(before, retries=retries, destinations=destinations)
        )
        return _event_invoke_config(changed)

    def _invoke(self, call: Call) -> dict[str, Any]:
        """Carry out Invoke."""
        given, function = call.parameters, self._named(call)
        kind = given.get("InvocationType", "RequestResponse")
        event = (given.get("Payload") or b"{}").decode()
        if kind == "DryRun":
            return {"StatusCode": HTTPStatus.NO_CONTENT.value}
        if kind == "Event":
            self._invocations.queue(function, event, call.caller_site)
            return {"StatusCode": HTTPStatus.ACCEPTED.value}
        _, outcome = self._invocations.answer(function, event, call.caller_site)
        tail = outcome.log.encode()[-records.TAIL_BYTES :]
        return {
            "StatusCode": HTTPStatus.OK.value,
            "ExecutedVersion": LATEST,
            "Payload": outcome.payload.encode(),
            **({"FunctionError": records.UNHANDLED} if outcome.failed else {}),
            **({"LogResult": base64.b64encode(tail).decode()} if given.get("LogType") == "Tail" else {}),
        }

    def _demand_role(self, role: str) -> None:
        """Raise AwsError unless Lambda can take on a role. Observed: the message."""
        if self._roles.trust_objection(role):
            raise AwsError(INVALID, "The role defined for the function cannot be assumed by Lambda.")

    def _deployed(self, function: Function) -> None:
        """Record that a function has code."""
        told = FunctionDeployed(function.name, function.region, function.settings.handler, function.code_sha256)
        self._journal.record(told)


def _arn(call: Call) -> str:
    """Return the ARN of the function that a call names in the region that is called."""
    return arn_of(call.region, name_of(call.parameters["FunctionName"]))


def _changed(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Return settings with those that a request gives."""
    return Settings(
        role=given.get("Role", settings.role),
        handler=given.get("Handler", settings.handler),
        runtime=given.get("Runtime", settings.runtime),
        timeout_seconds=given.get("Timeout", settings.timeout_seconds),
        memory_megabytes=given.get("MemorySize", settings.memory_megabytes),
        environment=(given["Environment"].get("Variables") or {}) if "Environment" in given else settings.environment,
        description=given.get("Description", settings.description),
        dead_letter_arn=(given.get("DeadLetterConfig") or {}).get("TargetArn", settings.dead_letter_arn),
    )


def _demand_emulated(call: Call) -> None:
    """Raise AwsError, as a gap, for a deployment that asks for more than is emulated."""
    given = call.parameters
    if call.operation not in DEPLOYING:
        return
    if others := sorted((given.keys() | (given.get("Code") or {}).keys()) - EMULATED):
        raise _gap(f"{call.operation} with {', '.join(others)}")
    if given.get("PackageType", "Zip") != "Zip" or not given.get("Runtime", PYTHON).startswith(PYTHON):
        raise _gap(f"{call.operation} of anything but Python in a zip file")


def _configuration(function: Function) -> dict[str, Any]:
    """Write a function as Lambda describes it (botocore service model lambda, shape FunctionConfiguration)."""
    settings = function.settings
    dead_letters = {"DeadLetterConfig": {"TargetArn": settings.dead_letter_arn}} if settings.dead_letter_arn else {}
    return {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Runtime": settings.runtime,
        "Role": settings.role,
        "Handler": settings.handler,
        "CodeSize": len(function.archive),
        "CodeSha256": function.code_sha256,
        "Description": settings.description,
        "Timeout": settings.timeout_seconds,
        "MemorySize": settings.memory_megabytes,
        "Environment": {"Variables": dict(settings.environment)},
        "Version": LATEST,
        "PackageType": "Zip",
        # An assumption: a new function, or a changed one, can be invoked at once.
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **dead_letters,
    }


def _event_invoke_config(function: Function) -> dict[str, Any]:
    """Write how a function's asynchronous invocations are configured."""
    destinations = function.destinations
    wanted = {"OnSuccess": destinations.on_success, "OnFailure": destinations.on_failure}
    return {
        "FunctionArn": f"{function.arn}:{LATEST}",
        "MaximumRetryAttempts": function.retries.retries,
        "MaximumEventAgeInSeconds": int(function.retries.age_seconds),
        "DestinationConfig": {kind: {"Destination": arn} if arn else {} for kind, arn in wanted.items()},
    }


def _gap(what: str) -> AwsError:
    """Return the error for what AWS has and this emulation lacks, so that nobody takes it for an outage."""
    return AwsError("NotImplemented", f"lambda {what} is not emulated: this is a gap of the harness", GAP_STATUS)
