"""A database instance as the control plane of RDS knows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ACCOUNT: Final = "123456789012"
"""The account of every drill: the one that AWS uses in its examples."""

ENDPOINT_SUFFIX: Final = "cziggiedrill"
"""What RDS puts between an instance's name and its region: opaque, and the same in one account and region."""

PORT: Final = 5432
"""RDS API, CreateDBInstance, Port: "Default: 5432" for PostgreSQL."""


SNAPSHOT_CREATING, SNAPSHOT_AVAILABLE = "creating", "available"
"""The states of a snapshot. Source: RDS API reference, DBSnapshot, Status."""

UPLOAD_SECONDS: Final = 300.0
"""How often transaction logs go to where a restore finds them."""


class State(StrEnum):
    """The states that an emulated instance can have (RDS user guide, "Viewing Amazon RDS DB instance status")."""

    CREATING = "creating"
    BACKING_UP = "backing-up"
    AVAILABLE = "available"
    MODIFYING = "modifying"
    REBOOTING = "rebooting"
    DELETING = "deleting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What names an instance: identifiers are unique within one account and region only."""

    region: str
    identifier: str

    @property
    def arn(self) -> str:
        """Its ARN (RDS user guide, "Constructing an ARN for Amazon RDS")."""
        return f"arn:aws:rds:{self.region}:{ACCOUNT}:db:{self.identifier}"

    @property
    def default_encryption_key(self) -> str:
        """The KMS key that AWS makes for RDS in each region, which its alias aws/rds names."""
        return f"arn:aws:kms:{self.region}:{ACCOUNT}:key/aws-rds"

    def seen_from(self, region: str) -> str:
        """How another instance's description names this one: by identifier within a region, by ARN across regions."""
        return self.identifier if region == self.region else self.arn

    @staticmethod
    def of(name: str, region: str) -> Key | None:
        """Return the instance that a name stands for in a region, or None when it is neither an identifier nor an ARN.

        Source: botocore service model, CreateDBInstanceReadReplica, SourceDBInstanceIdentifier: an identifier means the
        same region, another region takes an ARN.
        """
        if ":" not in name:
            return Key(region, name.lower())
        parts = name.split(":")
        if len(parts) != 7 or parts[:3] != ["arn", "aws", "rds"] or parts[5] != "db":  # noqa: PLR2004 - an ARN's parts
            return None
        return Key(parts[3], parts[6].lower())


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance at one moment."""

    key: Key
    state: State
    instance_class: str
    engine_version: str
    master_username: str
    database_name: str
    """The database made with the instance, or empty."""
    allocated_storage_gib: int
    multi_az: bool
    backup_retention_days: int
    address: str
    """The lab's address that its endpoint's name leads to."""
    source: Key | None = None
    """The instance that it replicates, or None for a standalone one."""
    pending_retention_days: int | None = None
    """A change that waits for the maintenance window, which no drill reaches."""
    pending_multi_az: bool | None = None
    """The same for Multi-AZ."""
    key_arn: str = ""
    """The KMS key that its storage is encrypted with, or empty."""
    password_managed: bool = False
    """Whether Secrets Manager holds the master user's password."""
    restorable_from_seconds: float | None = None
    """The drill time of its first backup, or None when there is none to restore from."""

    def latest_restorable_seconds(self, now_seconds: float) -> float | None:
        """Return the latest drill time that it can be restored to, or None.

        RDS user guide, "Restoring a DB instance to a specified time": logs are uploaded every five minutes.
        """
        since = self.restorable_from_seconds
        return None if since is None else since + (now_seconds - since) // UPLOAD_SECONDS * UPLOAD_SECONDS

    @property
    def endpoint(self) -> str:
        """The name that clients connect to."""
        return f"{self.key.identifier}.{ENDPOINT_SUFFIX}.{self.key.region}.rds.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of an instance that somebody asked for; it stays until somebody deletes it."""

    key: Key
    """Its region, and its identifier there; instances have identifiers of their own."""
    state: str
    taken_of: Instance
    """The instance as it was."""
    kept: bool = True
    """Whether its data is behind it; not so with the last snapshot of a deleted instance."""

    @property
    def arn(self) -> str:
        """Its ARN (RDS user guide, "Constructing an ARN for Amazon RDS")."""
        return f"arn:aws:rds:{self.key.region}:{ACCOUNT}:snapshot:{self.key.identifier}"
