"""The API of Secrets Manager, answered by a control plane of ours. moto's own is never asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import GAP_STATUS
from ziggie_harness.backends.emulated.secrets_manager import SecretsRefused
from ziggie_harness.emulation.secretsmanager import requests, rotation
from ziggie_harness.emulation.secretsmanager.search import matches
from ziggie_harness.emulation.secretsmanager.secret import ACCOUNT, CURRENT, Key, Secret, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.functions.invocations import Invocations
    from ziggie_harness.backends.emulated.permissions import Permissions
    from ziggie_harness.backends.emulated.secrets_manager import EmulatedSecretsManager

SERVICE: Final = "secretsmanager"

AWS_KEY: Final = "alias/aws/secretsmanager"
"""The key that AWS manages, as a replica's status tells it. Source: moto, which has it from AWS."""


class SecretsApi:
    """An overlay of the gateway for the operations that disaster recovery needs; others are told as gaps."""

    def __init__(
        self, manager: EmulatedSecretsManager, permissions: Permissions, functions: Invocations | None = None
    ) -> None:
        """Answer for a control plane those who are permitted to ask; ``functions`` rotate, where there are any."""
        self._manager, self._permissions, self._functions = manager, permissions, functions
        self._operations: Mapping[str, Callable[[Call], dict[str, Any]]] = {
            "CreateSecret": self._create,
            "PutSecretValue": self._put,
            "UpdateSecret": self._update,
            "UpdateSecretVersionStage": self._move_stage,
            "GetSecretValue": self._read,
            "DescribeSecret": self._describe,
            "ListSecretVersionIds": self._list_versions,
            "ListSecrets": self._search,
            "ReplicateSecretToRegions": self._replicate,
            "RemoveRegionsFromReplication": self._remove_regions,
            "StopReplicationToReplica": self._promote,
            "RotateSecret": self._rotate,
            "DeleteSecret": self._delete,
            "RestoreSecret": self._restore,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "PutResourcePolicy": self._put_policy,
            "DeleteResourcePolicy": self._delete_policy,
            "GetResourcePolicy": self._read_policy,
        }

    def handle(self, call: Call) -> Answer | None:
        """Answer every call of Secrets Manager; AwsError for what AWS refuses and for what is not emulated."""
        if call.service != SERVICE:
            return None
        operation = self._operations.get(call.operation)
        if operation is None:
            raise _gap(call.operation)
        self._demand_permission(call)
        try:
            return Answer(operation(call))
        except SecretsRefused as refused:
            raise AwsError(refused.refusal.code, refused.refusal.message) from refused

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave other services' answers alone."""
        return answer

    def _demand_permission(self, call: Call) -> None:
        """Raise AwsError unless the caller may do this to this secret, and use its key where it reads it."""
        named = call.parameters.get("SecretId") or call.parameters.get("Name")
        secret = self._manager.account.secrets.get(key_of(named, call.region)) if named else None
        resource = secret.arn if secret else _arn(named, call.region) if named else "*"
        self._permissions.demand(call, f"{SERVICE}:{call.operation}", resource)
        if secret and secret.key_id and call.operation == "GetSecretValue":
            self._permissions.demand_key(call, secret.key_id)

    def _create(self, call: Call) -> dict[str, Any]:
        """Carry out CreateSecret."""
        given = call.parameters
        for name in ("Type", "CrossAccountPrimaryARN"):
            if name in given:
                raise _gap(f"CreateSecret with {name}")
        secret = self._manager.create(
            requests.Create(
                Key(call.region, given["Name"]),
                _value(given),
                given.get("ClientRequestToken", ""),
                given.get("Description", ""),
                given.get("KmsKeyId", ""),
                _tags(given),
                _wanted(given),
                given.get("ForceOverwriteReplicaSecret", False),
            )
        )
        current = secret.labelled(CURRENT)
        version = {"VersionId": current.identity} if current else {}
        return {**_named(secret), **version, **_replication(secret)}

    def _put(self, call: Call) -> dict[str, Any]:
        """Carry out PutSecretValue."""
        given = call.parameters
        stages = frozenset(given.get("VersionStages", (CURRENT,)))
        request = requests.Put(_key(call), _value(given), given.get("ClientRequestToken", ""), stages)
        secret, version = self._manager.put(request)
        return {**_named(secret), "VersionId": version.identity, "VersionStages": sorted(version.stages)}

    def _update(self, call: Call) -> dict[str, Any]:
        """Carry out UpdateSecret."""
        given = call.parameters
        if "Type" in given:
            raise _gap("UpdateSecret with Type")
        secret, version = self._manager.update(
            requests.Update(
                _key(call),
                _value(given),
                given.get("ClientRequestToken", ""),
                given.get("Description"),
                given.get("KmsKeyId"),
            )
        )
        return {**_named(secret), **({"VersionId": version.identity} if version else {})}

    def _move_stage(self, call: Call) -> dict[str, Any]:
        """Carry out UpdateSecretVersionStage."""
        given = call.parameters
        leaves, goes = given.get("RemoveFromVersionId", ""), given.get("MoveToVersionId", "")
        return _named(self._manager.move_stage(requests.MoveStage(_key(call), given["VersionStage"], leaves, goes)))

    def _read(self, call: Call) -> dict[str, Any]:
        """Carry out GetSecretValue."""
        given = call.parameters
        request = requests.Read(_key(call), given.get("VersionId", ""), given.get("VersionStage", ""))
        self._manager.judge(request)
        secret = self._manager.found(request.key)
        version = secret.version(request.version) if request.version else secret.labelled(request.stage or CURRENT)
        if version is None:
            raise AssertionError("the rules let a version pass that is not there")
        return {
            **_named(secret),
            "VersionId": version.identity,
            "SecretString" if isinstance(version.value, str) else "SecretBinary": version.value,
            "VersionStages": sorted(version.stages),
            "CreatedDate": self._manager.dates.at(version.created_seconds),
        }

    def _describe(self, call: Call) -> dict[str, Any]:
        """Carry out DescribeSecret."""
        return {**self._described(self._looked_at(call), "VersionIdsToStages")}

    def _list_versions(self, call: Call) -> dict[str, Any]:
        """Carry out ListSecretVersionIds."""
        secret, all_of_them = self._looked_at(call), call.parameters.get("IncludeDeprecated", False)
        listed = [version for version in secret.versions if version.stages or all_of_them]
        rows = [
            {
                "VersionId": version.identity,
                "VersionStages": sorted(version.stages),
                "CreatedDate": self._manager.dates.at(version.created_seconds),
            }
            for version in listed
        ]
        return {**_named(secret), "Versions": rows}

    def _search(self, call: Call) -> dict[str, Any]:
        """Carry out ListSecrets, on one page."""
        given = call.parameters
        for name in ("NextToken", "MaxResults", "SortBy", "SortOrder"):
            if name in given:
                raise _gap(f"ListSecrets with {name}")
        filters = tuple((each.get("Key", ""), tuple(each.get("Values", ()))) for each in given.get("Filters", ()))
        request = requests.Search(call.region, filters, given.get("IncludePlannedDeletion", False))
        self._manager.judge(request)
        found = [secret for secret in self._manager.everywhere() if matches(secret, request)]
        return {"SecretList": [self._described(secret, "SecretVersionsToStages") for secret in found]}

    def _replicate(self, call: Call) -> dict[str, Any]:
        """Carry out ReplicateSecretToRegions."""
        overwrites = call.parameters.get("ForceOverwriteReplicaSecret", False)
        secret = self._manager.replicate(requests.Replicate(_key(call), _wanted(call.parameters), overwrites))
        return {"ARN": secret.arn, **_replication(secret)}

    def _remove_regions(self, call: Call) -> dict[str, Any]:
        """Carry out RemoveRegionsFromReplication."""
        regions = tuple(call.parameters["RemoveReplicaRegions"])
        secret = self._manager.remove_regions(requests.RemoveRegions(_key(call), regions))
        return {"ARN": secret.arn, **_replication(secret)}

    def _promote(self, call: Call) -> dict[str, Any]:
        """Carry out StopReplicationToReplica."""
        return {"ARN": self._manager.promote(requests.Promote(_key(call))).arn}

    def _rotate(self, call: Call) -> dict[str, Any]:
        """Carry out RotateSecret: the function is called later, step by step, until one fails."""
        given, functions = call.parameters, self._functions
        request = requests.Rotate(
            _key(call),
            given.get("RotationLambdaARN", ""),
            given.get("ClientRequestToken", ""),
            given.get("RotationRules"),
        )
        self._manager.judge(request)
        if functions is None:
            raise _gap("RotateSecret where no functions are declared: put the new value with PutSecretValue")
        if given.get("RotateImmediately") is False:
            raise _gap("RotateSecret later: no schedule is followed")
        known = self._manager.found(request.key)
        function = request.function or (known.rotation.function if known.rotation else "")
        self._permissions.demand(call, "lambda:InvokeFunction", function)
        if functions.objection(function, rotation.PRINCIPAL, known.arn) is not None:
            raise SecretsRefused(rotation.NOT_LET_IN)

        def work(secret: Secret, token: str) -> None:
            """Call the function for each step; one that fails leaves the pending version as it is."""
            for step in rotation.STEPS:
                told = rotation.event(step, secret.arn, token)
                if not functions.answer_to(function, told, rotation.PRINCIPAL, secret.arn):
                    return

        secret, version = self._manager.rotate(request, work)
        return {**_named(secret), "VersionId": version.identity}

    def _delete(self, call: Call) -> dict[str, Any]:
        """Carry out DeleteSecret."""
        given = call.parameters
        key, forced = _key(call), given.get("ForceDeleteWithoutRecovery", False)
        secret, gone_seconds = self._manager.delete(requests.Delete(key, given.get("RecoveryWindowInDays"), forced))
        named = _named(secret) if secret else {"ARN": _arn(key.name, key.region), "Name": key.name}
        return {**named, "DeletionDate": self._manager.dates.at(gone_seconds)}

    def _restore(self, call: Call) -> dict[str, Any]:
        """Carry out RestoreSecret."""
        return _named(self._manager.restore(requests.Restore(_key(call))))

    def _tag(self, call: Call) -> dict[str, Any]:
        """Carry out TagResource."""
        self._manager.amend(requests.Tag(_key(call), _tags(call.parameters)))
        return {}

    def _untag(self, call: Call) -> dict[str, Any]:
        """Carry out UntagResource."""
        self._manager.amend(requests.Untag(_key(call), tuple(call.parameters["TagKeys"])))
        return {}

    def _put_policy(self, call: Call) -> dict[str, Any]:
        """Carry out PutResourcePolicy."""
        given = call.parameters
        if given.get("BlockPublicPolicy"):
            raise _gap("PutResourcePolicy with BlockPublicPolicy")
        return _named(self._manager.amend(requests.PutPolicy(_key(call), given["ResourcePolicy"])))

    def _delete_policy(self, call: Call) -> dict[str, Any]:
        """Carry out DeleteResourcePolicy."""
        return _named(self._manager.amend(requests.DeletePolicy(_key(call))))

    def _read_policy(self, call: Call) -> dict[str, Any]:
        """Carry out GetResourcePolicy."""
        request = requests.ReadPolicy(_key(call))
        self._manager.judge(request)
        secret = self._manager.found(request.key)
        return {**_named(secret), **({"ResourcePolicy": secret.policy} if secret.policy else {})}

    def _looked_at(self, call: Call) -> Secret:
        """Return the secret that a call looks at."""
        request = requests.Look(_key(call))
        self._manager.judge(request)
        return self._manager.found(request.key)

    def _described(self, secret: Secret, versions: str) -> dict[str, Any]:
        """Write a secret as DescribeSecret and ListSecrets do; ``versions`` is what its labels are called there."""
        dates = self._manager.dates
        described: dict[str, Any] = {
            **_named(secret),
            "CreatedDate": dates.at(secret.created_seconds),
            "LastChangedDate": dates.at(secret.changed_seconds),
            versions: {each.identity: sorted(each.stages) for each in secret.versions if each.stages},
        }
        if secret.description:
            described["Description"] = secret.description
        if secret.key_id:
            described["KmsKeyId"] = secret.key_id
        if secret.rotation:
            described |= {"RotationEnabled": True, "RotationLambdaARN": secret.rotation.function}
            described["RotationRules"] = secret.rotation.rules
        if secret.tags:
            described["Tags"] = [{"Key": key, "Value": value} for key, value in secret.tags.items()]
        if secret.deleted_seconds is not None:
            described["DeletedDate"] = dates.at(secret.deleted_seconds)
        home = secret.primary_region or (secret.key.region if secret.replicas else "")
        if home:
            described["PrimaryRegion"] = home
        if versions == "VersionIdsToStages":
            described |= _replication(secret)
        return described


def _key(call: Call) -> Key:
    """Return the secret that a call names."""
    return key_of(call.parameters["SecretId"], call.region)


def _named(secret: Secret) -> dict[str, Any]:
    """Write what most answers begin with."""
    return {"ARN": secret.arn, "Name": secret.key.name}


def _arn(named: str, region: str) -> str:
    """Return the ARN of a name that nobody has, as permissions are asked for it."""
    return named if named.startswith("arn:") else f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{named}"


def _value(given: Mapping[str, Any]) -> requests.Given:
    """Read the value that a request gives."""
    return requests.Given(given.get("SecretString"), given.get("SecretBinary"))


def _tags(given: Mapping[str, Any]) -> Mapping[str, str]:
    """Read the tags that a request gives."""
    return {tag["Key"]: tag.get("Value", "") for tag in given.get("Tags", ())}


def _wanted(given: Mapping[str, Any]) -> tuple[requests.Wanted, ...]:
    """Read the regions that a secret is to be copied into."""
    regions = given.get("AddReplicaRegions", ())
    return tuple(requests.Wanted(each["Region"], each.get("KmsKeyId", "")) for each in regions)


def _replication(secret: Secret) -> dict[str, Any]:
    """Write how the copying stands, for a secret that is copied."""
    if not secret.replicas:
        return {}
    rows = [
        {
            "Region": replica.region,
            "KmsKeyId": replica.key_id or AWS_KEY,
            "Status": replica.status.value,
            **({"StatusMessage": replica.message} if replica.message else {}),
        }
        for replica in secret.replicas
    ]
    return {"ReplicationStatus": rows}


def _gap(what: str) -> AwsError:
    """Return the error for what AWS has and this emulation lacks, so that nobody takes it for an outage."""
    return AwsError(
        "NotImplemented", f"secretsmanager {what} is not emulated: this is a gap of the harness", GAP_STATUS
    )
