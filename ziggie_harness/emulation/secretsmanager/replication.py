"""How a primary secret gets into another region: what stands against it, and what the copy is.

How long it takes is not documented. A topology states it, as an assumption; ``PROPAGATION_SECONDS`` is used where
nothing is stated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ziggie_harness.emulation.secretsmanager.secret import Account, Key, Replica, Secret

PROPAGATION_SECONDS: Final = 5.0
"""An assumption: how long a change takes to reach a replica. AWS says "asynchronous and eventually consistent"
(Secrets Manager user guide, "How Secrets Manager authorizes cross-account replication") and gives no time."""

SUCCEEDED: Final = "Replication succeeded"
"""The message of a copy that is in sync. Source: moto, which has it from AWS."""


def failure(primary: Secret, replica: Replica, account: Account) -> str | None:
    """Return why a primary secret cannot be copied into a region, as AWS tells it, or None."""
    objections = (rule(primary, replica, account) for rule in REPLICATION_RULES)
    return next((objection for objection in objections if objection), None)


def name_free(primary: Secret, replica: Replica, account: Account) -> str | None:
    """Fail where a secret of the same name exists that is no replica of this one, unless it is to be overwritten.

    Source: Secrets Manager user guide, "Troubleshoot replication", "A secret with the same name exists in the selected
    Region"; API reference, ForceOverwriteReplicaSecret. Text: moto, which has it from AWS.
    """
    found = account.secrets.get(Key(replica.region, primary.key.name))
    if found is None or found.primary_region == primary.key.region or replica.overwrites:
        return None
    return f"Replication failed: Secret name {primary.key.name} already exists in region {replica.region}."


def keys_usable(primary: Secret, replica: Replica, account: Account) -> str | None:
    """Fail where the key of the primary cannot decrypt, or that of the replica cannot encrypt.

    Source: Secrets Manager user guide, "Troubleshoot replication", "No permissions available on the KMS key" and "The
    KMS key is disabled or not found". The text is ours.
    """
    for region, key_id in ((primary.key.region, primary.key_id), (replica.region, replica.key_id)):
        obstacle = account.key_obstacle(region, key_id) if key_id else None
        if obstacle:
            return f"Replication failed: {obstacle}"
    return None


REPLICATION_RULES: Final[tuple[Callable[[Secret, Replica, Account], str | None], ...]] = (name_free, keys_usable)
"""Every reason for which copying fails, in the order in which they are looked at."""


def copied(primary: Secret, replica: Replica) -> Secret:
    """Return the copy of a primary secret in a region: everything but its region and its encryption key.

    Source: Secrets Manager user guide, "Promote a replica secret": "It has the same secret value and metadata as the
    primary, but it can be encrypted with a different KMS key"; StopReplicationToReplica: "The ARN is the same as the
    original primary secret except the Region is changed".
    """
    return replace(
        primary,
        key=Key(replica.region, primary.key.name),
        key_id=replica.key_id,
        replicas=(),
        primary_region=primary.key.region,
    )
