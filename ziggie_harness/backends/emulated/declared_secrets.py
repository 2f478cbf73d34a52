"""The declared secrets come to life, with their keys and the role of the application: ``Secrets`` of the ports."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.data_tier import Ground
from ziggie_harness.backends.emulated.secret_reader import SecretReader
from ziggie_harness.emulation.secretsmanager.secret import ACCOUNT
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.database_events import ReplicationTold
from ziggie_harness.model.errors import ApiRefused
from ziggie_harness.model.history import Event
from ziggie_harness.model.secret_events import SecretAsked, SecretRotated, SecretSeen
from ziggie_harness.model.secrets import MARK, Secret
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS
from ziggie_harness.service.secret_application import digest

ROLE_NAME: Final = "ziggie-application"

RETRY_MODE: Final = "standard"
"""The retry mode of botocore, pinned: its default changed from legacy to standard within the 1.4x versions."""

CEILING_SECONDS: Final = 600.0
LOOK_SECONDS: Final = 5.0
"""When copying that does not end counts as failed, and how often its status is looked at."""

LOCKED: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}],
}
"""The policy of a KMS key that nobody may encrypt or decrypt with."""

DESCRIPTION: Final = "what the application calls others with"
TAGS: Final = [{"Key": "service", "Value": "ziggie"}]
KEPT: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}],
}
"""What is copied with a value: description, tags and a resource policy, by which nobody deletes the secret."""

OTHER: Final = {Role.PRIMARY: Role.SECONDARY, Role.SECONDARY: Role.PRIMARY}


class DeclaredSecrets:
    """The secrets of a topology, for the time of a world. Values are made here and stay in memory."""

    def __init__(self, ground: Ground, cloud: Cloud, logs: Path) -> None:
        """Prepare; the applications' logs go to ``logs``."""
        self._ground, self._cloud, self._logs = ground, cloud, logs
        self._declared: Mapping[str, Secret] = ground.topology.secrets
        self._key = secrets.token_bytes(32)
        self._keys: dict[Role, str] = {}
        self._readers: dict[Role, SecretReader] = {}

    def create(self) -> None:
        """Make keys, secrets and the role, and wait until copying has succeeded or failed; nothing where none are."""
        if not self._declared:
            return
        self._keys = {role: self._new_key(role) for role in (Role.PRIMARY, Role.SECONDARY)}
        for declared in self._declared.values():
            if declared.name_taken:
                self._ask(Role.SECONDARY, "create_secret", Name=declared.name, SecretString=_new_value())
            replica = {"Region": self._region(Role.SECONDARY), "KmsKeyId": self._keys[Role.SECONDARY]}
            self._ask(
                Role.PRIMARY,
                "create_secret",
                Name=declared.name,
                SecretString=_new_value(),
                KmsKeyId=self._keys[Role.PRIMARY],
                Description=DESCRIPTION,
                Tags=TAGS,
                AddReplicaRegions=[replica],
            )
            self._ask(Role.PRIMARY, "put_resource_policy", SecretId=declared.name, ResourcePolicy=json.dumps(KEPT))
        self._await_copies(Role.PRIMARY)
        self._make_role()
        for told in self._told():
            self._ground.journal.record(told)

    def ask(self, role: Role, patience_seconds: float) -> Sequence[SecretAsked]:
        """Have a region's application ask for its secrets; it is given up when it takes longer than the patience."""
        return [self._reader(role).ask(each.name, each.client, patience_seconds) for each in self._declared.values()]

    def rotate(self, role: Role) -> Sequence[SecretRotated]:
        """Give the secrets new values in a region, asked for from there."""
        return [self._rotated(role, each.name) for each in self._declared.values()]

    def take_over(self, role: Role) -> None:
        """Make a region's replicas secrets of their own, where that is declared. Raises ApiRefused."""
        for each in self._declared.values():
            if each.promoted_at_failover:
                self._ask(role, "stop_replication_to_replica", SecretId=each.name)

    def follow(self, role: Role) -> None:
        """Have the other region's secrets replaced by replicas of a region's own. Raises ApiRefused, WaitTimedOut.

        What the other region still copies into this one has no place any more: its secrets are overwritten.
        """
        other = OTHER[role]
        replica = {"Region": self._region(other), "KmsKeyId": self._keys[other]}
        for each in self._declared.values():
            self._ask(
                role,
                "replicate_secret_to_regions",
                SecretId=each.name,
                AddReplicaRegions=[replica],
                ForceOverwriteReplicaSecret=True,
            )
        self._await_copies(role)

    def inspect(self) -> Iterator[Event]:
        """Yield digests of what each region holds, as its owners read it from outside."""
        for each in self._declared.values():
            for role in (Role.PRIMARY, Role.SECONDARY):
                try:
                    value = self._ask(role, "get_secret_value", CLIENTS, SecretId=each.name)["SecretString"]
                    settings = self._settings(role, each.name)
                except ApiRefused as refusal:
                    yield SecretSeen(self._region(role), each.name, "", str(refusal))
                else:
                    told = digest(json.loads(value), self._key)
                    yield SecretSeen(self._region(role), each.name, told, settings=settings)

    def close(self) -> None:
        """End the applications."""
        for reader in self._readers.values():
            reader.close()

    def _settings(self, role: Role, name: str) -> tuple[str, ...]:
        """Return digests of what is copied with a secret's value. Raises ApiRefused."""
        described = self._ask(role, "describe_secret", CLIENTS, SecretId=name)
        policy = self._ask(role, "get_resource_policy", CLIENTS, SecretId=name).get("ResourcePolicy", "{}")
        tags = {tag["Key"]: tag["Value"] for tag in described.get("Tags", ())}
        found = {"description": described.get("Description", ""), "tags": tags, "policy": json.loads(policy)}
        return tuple(f"{what} {digest({what: value}, self._key)}" for what, value in found.items())

    def _rotated(self, role: Role, name: str) -> SecretRotated:
        """Give one secret a new value."""
        try:
            self._ask(role, "put_secret_value", SecretId=name, SecretString=_new_value())
        except ApiRefused as refusal:
            return SecretRotated(self._region(role), name, accepted=False, reason=str(refusal))
        return SecretRotated(self._region(role), name, accepted=True, reason="")

    def _told(self) -> Iterator[ReplicationTold]:
        """Look whether every secret is replicated, as its owners do."""
        for each in self._declared.values():
            command = f"aws secretsmanager {each.status_from}"
            try:
                if each.status_from == "list-secrets":
                    filters = [{"Key": "replication-status", "Values": ["Replicated"]}]
                    listed = self._ask(Role.PRIMARY, "list_secrets", Filters=filters)["SecretList"]
                    told = ("InSync", "") if each.name in {row["Name"] for row in listed} else ("", "it is not listed")
                else:
                    row = self._copy(Role.PRIMARY, each.name)
                    told = (row["Status"], row.get("StatusMessage", ""))
            except ApiRefused as refusal:
                told = ("", str(refusal))
            yield ReplicationTold(each.name, command, *told)

    def _await_copies(self, source: Role) -> None:
        """Wait until the copying from a region into the other has succeeded or failed."""
        for each in self._declared.values():
            wait_until(
                self._ground.clock,
                f"the copying of {each.name} from {self._region(source)}",
                lambda name=each.name: (  # type: ignore[misc]  # bound now
                    "it is in progress" if self._copy(source, name)["Status"] == "InProgress" else None
                ),
                at_most_seconds=CEILING_SECONDS,
                every_seconds=LOOK_SECONDS,
            )

    def _copy(self, source: Role, name: str) -> Mapping[str, Any]:
        """Return how the copying of a secret into the other region stands."""
        described = self._ask(source, "describe_secret", SecretId=name)
        row: Mapping[str, Any] = described["ReplicationStatus"][0]
        return row

    def _new_key(self, role: Role) -> str:
        """Make a KMS key in a region, with the policy that is declared, and return its ARN."""
        locked = role is Role.SECONDARY and not all(each.replica_key_usable for each in self._declared.values())
        settings = {"Policy": json.dumps(LOCKED)} if locked else {}
        made = self._call("kms", role, self._region(role), lambda kms: kms.create_key(**settings))
        return str(made["KeyMetadata"]["Arn"])

    def _make_role(self) -> None:
        """Make the role of the application, which may read the secrets and use their keys where that is declared."""
        statements = []
        for each in self._declared.values():
            roles = (Role.PRIMARY, Role.SECONDARY) if each.readable_in_both else (Role.PRIMARY,)
            for role in roles:
                arn = f"arn:aws:secretsmanager:{self._region(role)}:{ACCOUNT}:secret:{each.name}-*"
                statements.append({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn})
                statements.append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": self._keys[role]})
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
            ],
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})

        def make(iam: Any) -> None:  # noqa: ANN401 - boto3 makes its classes late
            """Make the role and its policy."""
            iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(trust))
            iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="secrets", PolicyDocument=policy)

        self._call("iam", Role.CONTROL_PLANE, CLIENTS, make)
        for role in (Role.PRIMARY, Role.SECONDARY):
            self._readers[role] = self._make_reader(role)

    def _make_reader(self, role: Role) -> SecretReader:
        """Prepare the application of a region, with credentials of its role from the region's own STS."""
        region = self._region(role)
        arn = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
        given = self._call(
            "sts", role, region, lambda sts: sts.assume_role(RoleArn=arn, RoleSessionName=f"application-{region}")
        )["Credentials"]
        environment = {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_RETRY_MODE": RETRY_MODE,
            "AWS_CA_BUNDLE": str(self._ground.certificates.certificate_path),
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "ZIGGIE_DIGEST_KEY": self._key.hex(),
            **self._ground.way_out(region),
        }
        ground = self._ground
        files = (self._logs / f"application-{region}.log", ground.resolv_conf(region))
        return SecretReader(
            ground.clock,
            ground.supervisor,
            region,
            lambda: ground.network.descriptor(region),
            files=files,
            environment=environment,
        )

    def _reader(self, role: Role) -> SecretReader:
        """Return the application of a region."""
        return self._readers[role]

    def _ask(self, role: Role, operation: str, caller: str = "", **parameters: object) -> Mapping[str, Any]:
        """Call Secrets Manager in a region, from that region unless told otherwise. Raises ApiRefused."""
        caller = caller or self._region(role)
        answer: Mapping[str, Any] = self._call(
            "secretsmanager", role, caller, lambda client: getattr(client, operation)(**parameters)
        )
        return answer

    def _call(self, service: str, role: Role, caller: str, question: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as boto3
        """Call a service in a region from a site. Raises ApiRefused."""
        return self._cloud.clients.ask(service, self._region(role), caller, question)

    def _region(self, role: Role) -> str:
        """Return the region of a role."""
        return self._ground.topology.region(role)


def _new_value() -> str:
    """Make a value as guide §5 has them: a JSON object of keys, each with the mark that betrays it."""
    return json.dumps({name: MARK + secrets.token_urlsafe(24) for name in ("anthropic", "openai")})
