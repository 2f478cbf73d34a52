"""The control plane: states on the drill's clock as AWS documents them, with real databases behind."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated.rds import RdsRefused
from ziggie_harness.emulation.rds.instance import Key, State
from ziggie_harness.emulation.rds.requests import CreateInstance, CreateReplica, Delete, Modify, Promote, Reboot
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.database_events import InstanceChanged
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import Noted

if TYPE_CHECKING:
    from tests.backends.emulated.databases.conftest import Account

PRIMARY, REPLICA = Key("eu-north-1", "ziggie-primary"), Key("eu-west-1", "ziggie-replica")
CREATE = CreateInstance(PRIMARY, "db.t3.medium", "ziggie", "correct horse", backup_retention_days=7)
COPY = CreateReplica(REPLICA, PRIMARY.arn)


def provide(account: Account) -> None:
    """Create primary and replica and wait for both."""
    account.rds.create_instance(CREATE)
    account.await_available(PRIMARY)
    account.rds.create_read_replica(COPY)
    account.await_available(REPLICA)


def states(account: Account, key: Key) -> list[tuple[float, str]]:
    """Return the recorded states of an instance with their drill times."""
    changes = account.lab.journal.history().of_kind(InstanceChanged)
    return [(at, event.state) for at, event in changes if event.instance == key.identifier]


def await_gone(account: Account, key: Key) -> None:
    """Wait until nothing describes an instance any more."""

    def there() -> str | None:
        """Say that it is there."""
        return "it is there" if account.rds.instances(key.region) else None

    wait_until(account.lab.clock, "the deletion", there, at_most_seconds=600, every_seconds=5)


def test_a_replica_is_promoted_through_the_documented_states(account: Account) -> None:
    """Creating, backing-up, available; then modifying, rebooting, available, each for its time; then it takes writes.

    Source: botocore service model, PromoteReadReplica ("Default: 1"); RDS user guide, "Promoting a read replica".
    """
    provide(account)
    timings = account.rds.timings
    account.rds.server(PRIMARY).ask("CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)")
    assert account.rds.describe(REPLICA).source == PRIMARY
    asked = account.lab.clock.now()
    assert account.rds.promote(Promote(REPLICA)).state is State.MODIFYING
    available = account.await_available(REPLICA)
    assert available - asked >= timings.promoting_seconds + timings.rebooting_seconds
    assert [state for _, state in states(account, PRIMARY)] == ["creating", "backing-up", "available"]
    assert [state for _, state in states(account, REPLICA)] == [
        "creating", "available", "modifying", "rebooting", "available",
    ]  # fmt: skip
    times = [at for at, _ in states(account, REPLICA)]
    assert times[3] - times[2] == pytest.approx(timings.promoting_seconds, abs=5.0)
    assert times[4] - times[3] == pytest.approx(timings.rebooting_seconds, abs=5.0)
    promoted = account.rds.describe(REPLICA)
    assert (promoted.source, promoted.backup_retention_days, promoted.multi_az) == (None, 1, False)
    account.rds.server(REPLICA).ask("INSERT INTO orders VALUES (2)")
    assert account.rds.server(PRIMARY).ask("SELECT count(*) FROM pg_replication_slots") == (("0",),)
    with pytest.raises(RdsRefused, match="not a read replica"):
        account.rds.promote(Promote(REPLICA))


def test_hours_of_provisioning_take_little_wall_time(account: Account) -> None:
    """The states take fifteen minutes of drill time; the real work takes less than a second, the bound is generous."""
    started = time.monotonic()
    provide(account)
    assert account.lab.clock.now() > 900
    assert time.monotonic() - started < 10


def test_a_promotion_is_blocked_while_the_replica_is_backed_up(account: Account) -> None:
    """A replica in its backup window cannot be promoted; when the backup is over, it can.

    Source: botocore service model, PromoteReadReplica.
    """
    provide(account)
    account.rds.start_daily_backup(REPLICA)
    with pytest.raises(RdsRefused, match="backing-up") as refused:
        account.rds.promote(Promote(REPLICA))
    assert refused.value.refusal.code == "InvalidDBInstanceState"
    account.await_available(REPLICA)
    account.rds.promote(Promote(REPLICA))


def test_a_reachable_replica_that_is_behind_keeps_the_clock_from_jumping(account: Account) -> None:
    """Real lag takes real time: the clock jumps only after the replica replayed everything."""
    provide(account)
    account.rds.server(PRIMARY).ask("CREATE TABLE orders (id int)")
    account.lab.clock.sleep(5)
    account.rds.server(REPLICA).ask("SELECT pg_wal_replay_pause()")
    account.rds.server(PRIMARY).ask("INSERT INTO orders VALUES (1)")
    assert "behind" in str(account.rds.replication_lag(REPLICA))
    resume = threading.Timer(0.4, lambda: account.rds.server(REPLICA).ask("SELECT pg_wal_replay_resume()"))
    started = time.monotonic()
    resume.start()
    account.lab.clock.sleep(1000)
    assert time.monotonic() - started >= 0.3
    assert account.rds.server(REPLICA).ask("SELECT count(*) FROM orders") == (("1",),)
    assert account.lab.clock.overruled == []


def test_a_cut_replica_does_not_hold_the_clock_and_catches_up(account: Account) -> None:
    """Nothing can arrive over a cut link, so time is skipped; after the heal the replica gets everything."""
    provide(account)
    account.rds.server(PRIMARY).ask("CREATE TABLE orders (id int)")
    account.lab.clock.sleep(5)
    with account.lab.network.isolated("eu-north-1"):
        account.rds.server(PRIMARY).ask("INSERT INTO orders VALUES (1)")
        started = time.monotonic()
        account.lab.clock.sleep(1000)
        assert time.monotonic() - started < 2
        assert "behind" in str(account.rds.replication_lag(REPLICA))
    account.lab.clock.sleep(5)
    assert account.rds.replication_lag(REPLICA) is None


def test_a_replica_is_promoted_while_its_source_is_dark(account: Account) -> None:
    """The promotion needs nothing of the source's region, not even to let go of its slot."""
    provide(account)
    with account.lab.network.isolated("eu-north-1"):
        account.rds.promote(Promote(REPLICA, backup_retention_days=7))
        account.await_available(REPLICA)
        account.rds.server(REPLICA).ask("CREATE TABLE orders (id int)")
    assert account.rds.describe(REPLICA).backup_retention_days == 7


def test_a_copy_over_a_cut_link_fails_with_its_reason(account: Account) -> None:
    """The instance is `failed` and the journal says why; it can be deleted without a snapshot and made again."""
    account.rds.create_instance(CREATE)
    account.await_available(PRIMARY)
    with account.lab.network.isolated("eu-west-1"):
        account.rds.create_read_replica(COPY)
        wait_until(account.lab.clock, "it", lambda: failure_missing(account), at_most_seconds=900, every_seconds=5)
    notes = [event.sentence for _, event in account.lab.journal.history().of_kind(Noted)]
    assert any("ziggie-replica in eu-west-1 failed" in note and "vanish" in note for note in notes)
    account.rds.delete(Delete(REPLICA, skip_final_snapshot=True))
    await_gone(account, REPLICA)
    account.rds.create_read_replica(COPY)
    account.await_available(REPLICA)


def failure_missing(account: Account) -> str | None:
    """Say in which state the replica is, unless it failed."""
    state = account.rds.describe(REPLICA).state
    return None if state is State.FAILED else f"it is {state}"


def test_a_reboot_restarts_the_server_even_a_hanging_one(account: Account) -> None:
    """The server is down while the instance is rebooting; a frozen one is killed and recovers."""
    account.rds.create_instance(CREATE)
    account.await_available(PRIMARY)
    server = account.rds.server(PRIMARY)
    before = server.ask("SELECT pg_postmaster_start_time()")
    server.freeze()
    account.rds.reboot(Reboot(PRIMARY))
    account.lab.clock.sleep(1)
    assert not server.answers(1.0)
    account.await_available(PRIMARY)
    assert server.ask("SELECT pg_postmaster_start_time()") != before


def test_changes_of_the_retention_wait_or_apply(account: Account) -> None:
    """Disabling backups waits for a window unless it is to be applied; between two periods it applies at once.

    Source: botocore service model, ModifyDBInstance, BackupRetentionPeriod.
    """
    account.rds.create_instance(CREATE)
    account.await_available(PRIMARY)
    assert account.rds.modify(Modify(PRIMARY, backup_retention_days=0)).pending_retention_days == 0
    assert account.rds.describe(PRIMARY).backup_retention_days == 7
    account.rds.modify(Modify(PRIMARY, backup_retention_days=3, multi_az=True, apply_immediately=True))
    account.lab.clock.sleep(1)
    instance = account.rds.describe(PRIMARY)
    assert (instance.backup_retention_days, instance.multi_az, instance.state) == (3, True, State.AVAILABLE)
    account.rds.modify(Modify(PRIMARY, backup_retention_days=0, apply_immediately=True))
    account.await_available(PRIMARY)
    with pytest.raises(RdsRefused, match="Automated backups are not enabled"):
        account.rds.create_read_replica(COPY)


def test_an_instance_can_be_deleted_while_it_is_created(account: Account) -> None:
    """The deletion takes over: what was under way ends, and nothing of the instance is left."""
    account.rds.create_instance(CREATE)
    account.rds.delete(Delete(PRIMARY, skip_final_snapshot=True))
    await_gone(account, PRIMARY)
    account.lab.clock.sleep(1000)
    assert [state for _, state in states(account, PRIMARY)] == ["creating", "deleting"]
    with pytest.raises(LabError, match="no database stands behind"):
        account.rds.server(PRIMARY)


def test_an_endpoint_leads_to_the_database_of_its_region(account: Account) -> None:
    """The first instance of a region has the address where everybody looks for its database; a second has another."""
    account.rds.create_instance(CREATE)
    second = account.rds.create_instance(CreateInstance(Key("eu-north-1", "other"), "db.t3.micro", "me", "long enough"))
    name = account.rds.describe(PRIMARY).endpoint
    assert name.startswith("ziggie-primary.")
    assert name.endswith(".eu-north-1.rds.amazonaws.com")
    assert account.rds.address_of(name.upper() + ".") == site_named("eu-north-1").host(DATABASE_HOST)
    assert second.address == site_named("eu-north-1").host(DATABASE_HOST + 1)
    assert account.rds.address_of("nobody.eu-north-1.rds.amazonaws.com") is None


@pytest.mark.parametrize("multi_az", [True, False])
def test_a_lost_host_is_replaced_by_a_standby_alone(account: Account, multi_az: bool) -> None:  # noqa: FBT001 - two designs
    """With a standby in another zone the same data is back after a minute or two; without one, nothing comes back.

    Source: RDS user guide, "Failing over a Multi-AZ DB instance".
    """
    account.rds.create_instance(replace(CREATE, multi_az=multi_az))
    account.await_available(PRIMARY)
    server = account.rds.server(PRIMARY)
    server.ask("CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)")
    account.rds.lose_host(PRIMARY)
    assert not server.alive()
    account.lab.clock.sleep(account.rds.timings.failing_over_seconds + 5)
    assert server.alive() is multi_az
    account.rds.replace_host(PRIMARY)
    assert server.ask("SELECT id FROM orders") == (("1",),)
