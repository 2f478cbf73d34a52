"""The emulated requests to Secrets Manager, with the defaults that AWS documents (botocore service model)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ziggie_harness.emulation.secretsmanager.secret import CURRENT, Key

RECOVERY_DAYS: Final = 30
"""RecoveryWindowInDays: "If you don't use either, then by default Secrets Manager uses a 30 day recovery window"."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A region that a secret is to be copied into (ReplicaRegionType)."""

    region: str
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the API answers."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a secret as a request gives it: as a text, in bytes, or not at all."""

    text: str | None = field(default=None, repr=False)
    binary: bytes | None = field(default=None, repr=False)

    @property
    def value(self) -> str | bytes | None:
        """The one that is given."""
        return self.binary if self.text is None else self.text


NOTHING: Final = Given()


@dataclass(frozen=True, slots=True)
class Create:
    """CreateSecret."""

    key: Key
    given: Given = NOTHING
    token: str = ""
    description: str = ""
    key_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[Wanted, ...] = ()
    overwrites: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """PutSecretValue."""

    key: Key
    given: Given = NOTHING
    token: str = ""
    stages: frozenset[str] = frozenset({CURRENT})


@dataclass(frozen=True, slots=True)
class Update:
    """UpdateSecret; what is None stays as it is."""

    key: Key
    given: Given = NOTHING
    token: str = ""
    description: str | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class MoveStage:
    """UpdateSecretVersionStage."""

    key: Key
    stage: str
    remove_from: str = ""
    move_to: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """GetSecretValue."""

    key: Key
    version: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """DescribeSecret and ListSecretVersionIds: they answer for a secret that is marked for deletion, too."""

    key: Key


@dataclass(frozen=True, slots=True)
class Search:
    """ListSecrets: pairs of a filter's key and its values."""

    region: str
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    includes_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Replicate:
    """ReplicateSecretToRegions."""

    key: Key
    regions: tuple[Wanted, ...]
    overwrites: bool = False


@dataclass(frozen=True, slots=True)
class RemoveRegions:
    """RemoveRegionsFromReplication."""

    key: Key
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promote:
    """StopReplicationToReplica."""

    key: Key


@dataclass(frozen=True, slots=True)
class Rotate:
    """RotateSecret."""

    key: Key
    function: str = ""
    """The ARN of the function that rotates, or nothing for the one that the secret has."""
    token: str = ""
    rules: Mapping[str, object] | None = None
    """The rotation rules, or None for those that the secret has."""


@dataclass(frozen=True, slots=True)
class Delete:
    """DeleteSecret."""

    key: Key
    recovery_days: int | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Restore:
    """RestoreSecret."""

    key: Key


@dataclass(frozen=True, slots=True)
class Tag:
    """TagResource."""

    key: Key
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Untag:
    """UntagResource."""

    key: Key
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PutPolicy:
    """PutResourcePolicy."""

    key: Key
    policy: str


@dataclass(frozen=True, slots=True)
class DeletePolicy:
    """DeleteResourcePolicy."""

    key: Key


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """GetResourcePolicy."""

    key: Key


Amendment = Tag | Untag | PutPolicy | DeletePolicy
"""What changes a secret and not its value."""

Request = (
    Create | Put | Update | MoveStage | Read | Look | Search | Replicate | RemoveRegions | Promote | Rotate | Delete
    | Restore | Amendment | ReadPolicy
)  # fmt: skip
