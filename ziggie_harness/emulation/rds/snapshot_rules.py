"""What RDS refuses of snapshots, and of restores from them, rule by rule, each with its source.

Error codes and statuses are those of the botocore service model (rds 2014-10-31); the texts are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ziggie_harness.emulation.rds.instance import SNAPSHOT_AVAILABLE, Key, Snapshot, State
from ziggie_harness.emulation.rds.refusals import Instances, Refusal, unavailable, unknown
from ziggie_harness.emulation.rds.requests import DeleteSnapshot, RestoreSnapshot, SnapshotRequest, TakeSnapshot


@dataclass(frozen=True, slots=True)
class Account:
    """What the rules look at."""

    instances: Instances
    snapshots: Mapping[Key, Snapshot]


def refusal(request: SnapshotRequest, account: Account) -> Refusal | None:
    """Return the first objection to a request, or None when RDS accepts it."""
    for rule in SNAPSHOT_RULES[type(request)]:
        objection: Refusal | None = rule(request, account)
        if objection is not None:
            return objection
    return None


def snapshot_unused(request: TakeSnapshot, account: Account) -> Refusal | None:
    """Demand a snapshot's identifier that is not in use in that region.

    Source: botocore service model, CreateDBSnapshot, DBSnapshotAlreadyExistsFault.
    """
    if request.key not in account.snapshots:
        return None
    text = f"Cannot create the snapshot because a snapshot with the identifier {request.key.identifier} already exists."
    return Refusal("DBSnapshotAlreadyExists", text)


def snapshot_of_the_known(request: TakeSnapshot, account: Account) -> Refusal | None:
    """Demand that there is such an instance. A read replica is one: PostgreSQL's can have snapshots.

    Source: botocore service model, CreateDBSnapshot, DBInstanceNotFoundFault; RDS user guide, "Working with read
    replicas for Amazon RDS for PostgreSQL": "Can you create backups of the replica? Yes. You can create manual
    snapshots".
    """
    return None if request.instance in account.instances else unknown(request.instance.identifier)


def snapshot_of_the_available(request: TakeSnapshot, account: Account) -> Refusal | None:
    """Demand that the instance is available.

    Source: botocore service model, CreateDBSnapshot: "The source DB instance must be in the `available` or
    `storage-optimization` state".
    """
    instance = account.instances.get(request.instance)
    return unavailable(instance) if instance and instance.state is not State.AVAILABLE else None


def snapshot_known(request: RestoreSnapshot | DeleteSnapshot, account: Account) -> Refusal | None:
    """Demand that there is such a snapshot.

    Source: botocore service model, DBSnapshotNotFoundFault.
    """
    key = request.snapshot if isinstance(request, RestoreSnapshot) else request.key
    if key in account.snapshots:
        return None
    return Refusal("DBSnapshotNotFound", f"DBSnapshot not found: {key.identifier}", HTTPStatus.NOT_FOUND)


def snapshot_done(request: RestoreSnapshot | DeleteSnapshot, account: Account) -> Refusal | None:
    """Demand that the snapshot is available.

    Source: botocore service model, DeleteDBSnapshot: "The DB snapshot must be in the `available` state to be deleted";
    RestoreDBInstanceFromDBSnapshot, InvalidDBSnapshotStateFault.
    """
    key = request.snapshot if isinstance(request, RestoreSnapshot) else request.key
    found = account.snapshots.get(key)
    if found is None or found.state == SNAPSHOT_AVAILABLE:
        return None
    return Refusal("InvalidDBSnapshotState", f"The snapshot {key.identifier} is {found.state}, not available.")


def restored_is_unused(request: RestoreSnapshot, account: Account) -> Refusal | None:
    """Demand an identifier that no instance of the region has.

    Source: botocore service model, RestoreDBInstanceFromDBSnapshot, DBInstanceAlreadyExistsFault.
    """
    used = request.key in account.instances
    return Refusal("DBInstanceAlreadyExists", "DB instance already exists") if used else None


Rule = Callable[[Any, Account], Refusal | None]
"""One objection that RDS may have; which request it takes stands in its signature and in SNAPSHOT_RULES."""

SNAPSHOT_RULES: Final[Mapping[type[SnapshotRequest], tuple[Rule, ...]]] = {
    TakeSnapshot: (snapshot_unused, snapshot_of_the_known, snapshot_of_the_available),
    RestoreSnapshot: (snapshot_known, snapshot_done, restored_is_unused),
    DeleteSnapshot: (snapshot_known, snapshot_done),
}
"""Every rule by the request that it judges, in the order in which they object."""
