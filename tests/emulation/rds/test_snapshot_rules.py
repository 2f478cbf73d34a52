"""What RDS refuses of snapshots: an example for each rule, to which that rule alone objects."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Final

import pytest

from ziggie_harness.emulation.rds.instance import SNAPSHOT_AVAILABLE, SNAPSHOT_CREATING, Instance, Key, Snapshot, State
from ziggie_harness.emulation.rds.requests import DeleteSnapshot, RestoreSnapshot, SnapshotRequest, TakeSnapshot
from ziggie_harness.emulation.rds.snapshot_rules import SNAPSHOT_RULES, Account, refusal

REPLICA, COPY = Key("eu-west-1", "replica"), Key("eu-west-1", "copy")
OLD, YOUNG, NEW = (Key("eu-west-1", name) for name in ("old", "young", "new"))

INSTANCE: Final = Instance(
    key=REPLICA,
    state=State.AVAILABLE,
    instance_class="db.t3.medium",
    engine_version="18.4",
    master_username="ziggie",
    database_name="",
    allocated_storage_gib=20,
    multi_az=False,
    backup_retention_days=0,
    address="34.240.20.30",
    source=Key("eu-north-1", "source"),
)
ACCOUNT: Final = Account(
    {REPLICA: INSTANCE},
    {OLD: Snapshot(OLD, SNAPSHOT_AVAILABLE, INSTANCE), YOUNG: Snapshot(YOUNG, SNAPSHOT_CREATING, INSTANCE)},
)
BUSY: Final = replace(ACCOUNT, instances={REPLICA: replace(INSTANCE, state=State.BACKING_UP)})

REFUSED: Final[tuple[tuple[str, SnapshotRequest, Account, str], ...]] = (
    ("snapshot_unused", TakeSnapshot(OLD, REPLICA), ACCOUNT, "DBSnapshotAlreadyExists"),
    ("snapshot_of_the_known", TakeSnapshot(NEW, COPY), ACCOUNT, "DBInstanceNotFound"),
    ("snapshot_of_the_available", TakeSnapshot(NEW, REPLICA), BUSY, "InvalidDBInstanceState"),
    ("snapshot_known", RestoreSnapshot(COPY, NEW), ACCOUNT, "DBSnapshotNotFound"),
    ("snapshot_known", DeleteSnapshot(NEW), ACCOUNT, "DBSnapshotNotFound"),
    ("snapshot_done", RestoreSnapshot(COPY, YOUNG), ACCOUNT, "InvalidDBSnapshotState"),
    ("snapshot_done", DeleteSnapshot(YOUNG), ACCOUNT, "InvalidDBSnapshotState"),
    ("restored_is_unused", RestoreSnapshot(REPLICA, OLD), ACCOUNT, "DBInstanceAlreadyExists"),
)


@pytest.mark.parametrize(("rule", "request_", "account", "code"), REFUSED)
def test_one_rule_objects(rule: str, request_: SnapshotRequest, account: Account, code: str) -> None:
    """Each request is refused by the rule that it is an example of, and by no other."""
    found = {each.__name__: each(request_, account) for each in SNAPSHOT_RULES[type(request_)]}
    assert {name for name, objection in found.items() if objection} == {rule}
    objection = refusal(request_, account)
    assert objection is not None
    assert objection.code == code


@pytest.mark.parametrize("request_", [TakeSnapshot(NEW, REPLICA), RestoreSnapshot(COPY, OLD), DeleteSnapshot(OLD)])
def test_what_breaks_no_rule_is_accepted(request_: SnapshotRequest) -> None:
    """A replica can have snapshots, and an instance of its own is made of one."""
    assert refusal(request_, ACCOUNT) is None


def test_every_rule_has_an_example() -> None:
    """A rule without one could be broken unseen."""
    assert {rule for rule, *_ in REFUSED} == {rule.__name__ for rule in chain.from_iterable(SNAPSHOT_RULES.values())}
