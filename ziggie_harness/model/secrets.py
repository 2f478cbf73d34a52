"""The declared secrets: where they are, how they are copied, who may read them, and the application that does."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StrictBool, StringConstraints
from pydantic.dataclasses import dataclass

from ziggie_harness.model.values import STRICT, Duration, spelled

# Secrets Manager API reference, CreateSecret, Name; botocore service model, NameType (1..512 characters).
SecretName = Annotated[
    str,
    StringConstraints(max_length=512),
    spelled(r"[A-Za-z0-9/_+=.@!-]+", "a secret's name of letters, digits and /_+=.@!-"),
]

MARK: Final = "ziggie-secret-of-a-drill-"
"""What every value begins with that a drill makes, so that it is recognised wherever it must not be."""

Client = Literal["corrected", "as-printed", "as-printed-with-import"]
"""The secret client: of the design, of guide §5 word by word, or that one with the import that it lacks."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Secret:
    """A secret of the primary region with a replica in the secondary one. Its value is made anew for every drill."""

    name: SecretName
    client: Client
    assumed_propagation_seconds: Annotated[
        Duration, Field(validation_alias="assumed_propagation", serialization_alias="assumed_propagation")
    ]
    """How long a change takes to reach the replica: AWS says "asynchronous" and gives no time, so measure yours."""
    replica_key_usable: StrictBool = True
    """The KMS key of the replica's region lets itself be used; the guide names no key and no permissions."""
    readable_in_both: StrictBool = True
    """The application's role may read the secret and use its key in both regions, not in the primary one alone."""
    name_taken: StrictBool = False
    """A secret of the same name stood in the secondary region before, and is not overwritten."""
    promoted_at_failover: StrictBool = True
    """A failover makes the replica a secret of its own, so that it can be rotated."""
    status_from: Literal["describe-secret", "list-secrets"] = "describe-secret"
    """How the owners look whether it is replicated; the guide lists secrets by a filter that does not exist."""
