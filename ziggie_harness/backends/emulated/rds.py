"""The control plane of RDS in all regions, with a real PostgreSQL server behind every instance.

States move on the drill's clock as AWS documents them; what happens between them, the copying, promoting and restarting
of databases, is done for real and takes the time that it takes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_install import Installation, find_installation
from ziggie_harness.backends.emulated.postgres_recovery import epoch_of
from ziggie_harness.backends.emulated.rds_databases import Databases
from ziggie_harness.emulation.rds import births, journeys, rules, snapshot_rules
from ziggie_harness.emulation.rds.instance import (
    SNAPSHOT_AVAILABLE,
    SNAPSHOT_CREATING,
    Instance,
    Key,
    Snapshot,
    State,
)
from ziggie_harness.emulation.rds.journeys import Journey, RdsTimings, Work
from ziggie_harness.emulation.rds.refusals import Refusal, replicas_of, unavailable, unknown
from ziggie_harness.emulation.rds.requests import (
    CreateInstance,
    CreateReplica,
    Delete,
    DeleteSnapshot,
    Modify,
    Promote,
    Reboot,
    Request,
    RestoreSnapshot,
    RestoreToTime,
    SnapshotRequest,
    TakeSnapshot,
)
from ziggie_harness.lab.sites import DATABASE_HOST, site_named
from ziggie_harness.model.database_events import InstanceChanged
from ziggie_harness.model.errors import LabError, ZiggieError
from ziggie_harness.model.history import Noted
from ziggie_harness.ports import Actors, Clock, Journal, Network

INSTANCES_PER_REGION: Final = 20
"""How many addresses a site keeps for databases."""

Change = Callable[[Instance], Instance]


class RdsRefused(ZiggieError):
    """The control plane answers a request with an error."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal to whoever asked."""
        super().__init__(f"RDS answers {refusal.code}", refusal.message)
        self.refusal = refusal


class EmulatedRds:
    """All instances of the drill's account, for the time of a block. Requests may come from any thread."""

    def __init__(  # noqa: PLR0913, PLR0917 - a control plane needs the whole lab
        self,
        clock: Clock,
        network: Network,
        supervisor: Supervisor,
        journal: Journal,
        directory: Path,
        timings: RdsTimings | None = None,
        installation: Installation | None = None,
    ) -> None:
        """Prepare a control plane whose databases lie below ``directory``; LabError when there is no PostgreSQL.

        Without an ``installation`` this machine's own is found.
        """
        self.timings = timings or RdsTimings()
        self.dates = DrillDates(clock)
        self._clock, self._journal = clock, journal
        self._databases = Databases(network, supervisor, directory, installation or find_installation(supervisor))
        self._lock = threading.RLock()
        self._instances: dict[Key, Instance] = {}
        self._trips: dict[Key, _Trip] = {}
        self._snapshots: dict[Key, Snapshot] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the control plane."""
        self._stack.callback(self._databases.close)
        self._actors: Actors = self._stack.enter_context(self._clock.actors("RDS"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what is under way; the servers end with their supervisor."""
        self._stack.__exit__(kind, error, trace)

    def create_instance(self, request: CreateInstance) -> Instance:
        """Begin a new instance, which is available later; RdsRefused when a rule objects."""
        with self._lock:
            self._judge(request)
            version, address = self._databases.installation.version, self._free_address(request.key.region)
            instance = births.created(request, version, address)
            return self._begin(
                instance, journeys.creation(self.timings, request.backup_retention_days), self._backed_up
            )

    def create_read_replica(self, request: CreateReplica) -> Instance:
        """Begin a new read replica, which is available later; RdsRefused when a rule objects."""
        with self._lock:
            self._judge(request)
            source = self.describe(Key.of(request.source, request.key.region) or request.key)
            instance = births.copied(request, source, self._free_address(request.key.region))
            return self._begin(instance, journeys.replica_creation(self.timings))

    def restore(self, request: RestoreToTime) -> Instance:
        """Begin a new instance as another was at a time; RdsRefused when a rule objects."""
        with self._lock:
            self._judge(request)
            source = self.describe(Key.of(request.source, request.key.region) or request.key)
            history, server = self._journal.history(), self.server(source.key)
            until_epoch_seconds = epoch_of(request.to_seconds, self._clock, history, server)
            self._databases.plan_restore(request.key, source.key, until_epoch_seconds)
            instance = births.restored(request, source, self._free_address(request.key.region))
            return self._begin(instance, journeys.restoration(self.timings))

    def take_snapshot(self, request: TakeSnapshot) -> Snapshot:
        """Begin a snapshot, which is available later; RdsRefused when a rule objects."""
        with self._lock:
            self._judge_snapshot(request)
            instance = self.describe(request.instance)
            taken = self._snapshots[request.key] = Snapshot(request.key, SNAPSHOT_CREATING, instance)
            self._databases.plan_snapshot(request.instance, request.key)

            def done(instance: Instance) -> Instance:
                self._snapshots[request.key] = replace(taken, state=SNAPSHOT_AVAILABLE)
                return instance

            self._begin(instance, journeys.snapshot(self.timings), done)
            return taken

    def restore_snapshot(self, request: RestoreSnapshot) -> Instance:
        """Begin a new instance as a snapshot has it; RdsRefused when a rule objects."""
        with self._lock:
            self._judge_snapshot(request)
            self._databases.plan_snapshot(request.key, request.snapshot)
            source = self._snapshots[request.snapshot].taken_of
            instance = births.from_snapshot(request, source, self._free_address(request.key.region))
            return self._begin(instance, journeys.snapshot_restoration(self.timings))

    def delete_snapshot(self, request: DeleteSnapshot) -> Snapshot:
        """Remove a snapshot; RdsRefused when a rule objects."""
        with self._lock:
            self._judge_snapshot(request)
            self._databases.drop_snapshot(request.key)
            return self._snapshots.pop(request.key)

    def snapshots(self, region: str) -> tuple[Snapshot, ...]:
        """Return every snapshot of a region, in the order of their identifiers."""
        with self._lock:
            return tuple(self._snapshots[key] for key in sorted(self._snapshots) if key.region == region)

    def promote(self, request: Promote) -> Instance:
        """Begin to make a replica a standalone instance; RdsRefused when a rule objects."""
        days = request.backup_retention_days
        with self._lock:
            self._judge(request)
            return self._begin(
                self.describe(request.key),
                journeys.promotion(self.timings),
                lambda promoted: replace(promoted, source=None, backup_retention_days=days),
            )

    def reboot(self, request: Reboot) -> Instance:
        """Begin to restart an instance; RdsRefused when a rule objects."""
        with self._lock:
            self._judge(request)
            return self._begin(self.describe(request.key), journeys.reboot(self.timings))

    def modify(self, request: Modify) -> Instance:
        """Change an instance, now or in a maintenance window that no drill reaches; RdsRefused when a rule objects."""
        with self._lock:
            self._judge(request)
            instance = self.describe(request.key)
            before, after = instance.backup_retention_days, request.backup_retention_days
            if request.multi_az is not None and request.apply_immediately:
                instance = self._keep(replace(instance, multi_az=request.multi_az, pending_multi_az=None))
            elif request.multi_az is not None:
                instance = self._keep(replace(instance, pending_multi_az=request.multi_az))
            if after is None or after == before:
                return instance
            # Between two values that are not zero it applies at once in any case (botocore, ModifyDBInstance).
            if not request.apply_immediately and bool(before) != bool(after):
                return self._keep(replace(instance, pending_retention_days=after))
            return self._begin(
                instance,
                journeys.modification(self.timings, before, after),
                lambda changed: replace(changed, backup_retention_days=after),
            )

    def delete(self, request: Delete) -> Instance:
        """Begin to remove an instance; RdsRefused when a rule objects."""
        with self._lock:
            self._judge(request)
            instance = self.describe(request.key)
            if request.final_snapshot:
                last = Key(request.key.region, request.final_snapshot.lower())
                self._snapshots[last] = Snapshot(last, SNAPSHOT_AVAILABLE, instance, kept=False)
            return self._begin(instance, journeys.deletion(self.timings))

    def start_daily_backup(self, key: Key) -> Instance:
        """Let the backup window of an instance begin, which no request does; RdsRefused when it is not available."""
        with self._lock:
            instance = self.describe(key)
            if instance.state is not State.AVAILABLE:
                raise RdsRefused(unavailable(instance))
            return self._begin(instance, journeys.daily_backup(self.timings))

    def lose_host(self, key: Key) -> None:
        """Kill the server of an instance with its host; the standby of another zone takes over, if there is one."""
        with self._lock:
            self.server(key).kill()
            if self.describe(key).multi_az:
                self._begin(self.describe(key), journeys.host_failover(self.timings))

    def replace_host(self, key: Key) -> None:
        """Give an instance a host again, unless a standby took over."""
        with self._databases.alone(key):
            if not self.server(key).alive():
                self.server(key).start()

    def describe(self, key: Key) -> Instance:
        """Return an instance as it is now; RdsRefused when there is none."""
        found = self._instances.get(key)
        if found is None:
            raise RdsRefused(unknown(key.identifier))
        return found

    def exists(self, key: Key) -> bool:
        """Say whether there is an instance, in whatever state."""
        return key in self._instances

    def instances(self, region: str) -> tuple[Instance, ...]:
        """Return every instance of a region, in the order of their identifiers."""
        with self._lock:
            return tuple(self._instances[key] for key in sorted(self._instances) if key.region == region)

    def replicas(self, key: Key) -> tuple[Key, ...]:
        """Return the replicas of an instance in all regions."""
        with self._lock:
            return replicas_of(key, self._instances)

    def unavailable(self, key: Key) -> str | None:
        """Say why an instance is not available yet, or return None. Meant for ``wait_until``.

        States last minutes, so look every few seconds of drill time: each look is a jump of the clock, which costs.
        """
        instance = self._instances.get(key)
        if instance is None:
            return f"there is no instance {key.identifier} in {key.region}"
        return None if instance.state is State.AVAILABLE else f"{key.identifier} is {instance.state}"

    def address_of(self, host: str) -> str | None:
        """Return the lab's address of an instance's endpoint, or None when the name is none."""
        name = host.lower().removesuffix(".")
        return next((each.address for each in tuple(self._instances.values()) if each.endpoint == name), None)

    def server(self, key: Key) -> PostgresServer:
        """Return the server behind an instance; LabError while there is none."""
        return self._databases.server(key)

    def replication_hold(self) -> Callable[[], str | None]:
        """Return what keeps the clock from jumping while a reachable replica is behind, for ``clock.hold``."""
        return self._databases.replication_obstacle

    def replication_lag(self, key: Key) -> str | None:
        """Say how far a replica is behind, or return None when it has everything; LabError for what is no replica."""
        return self._databases.replication_lag(key)

    def _backed_up(self, created: Instance) -> Instance:
        """Return a new instance with its first backup, where it keeps any."""
        return replace(created, restorable_from_seconds=self._clock.now() if created.backup_retention_days else None)

    def _judge(self, request: Request) -> None:
        """Raise the first objection to a request."""
        objection = rules.refusal(request, self._instances)
        if objection is not None:
            raise RdsRefused(objection)

    def _judge_snapshot(self, request: SnapshotRequest) -> None:
        """Raise the first objection to a request about a snapshot."""
        objection = snapshot_rules.refusal(request, snapshot_rules.Account(self._instances, self._snapshots))
        if objection is not None:
            raise RdsRefused(objection)

    def _free_address(self, region: str) -> str:
        """Return an address for a new instance: the first is where everybody looks for a region's database."""
        site = site_named(region)
        taken = {instance.address for instance in self._instances.values()}
        free = (site.host(DATABASE_HOST + number) for number in range(INSTANCES_PER_REGION))
        address = next((each for each in free if each not in taken), None)
        if address is None:
            text = f"{region} already has {INSTANCES_PER_REGION} instances."
            raise RdsRefused(Refusal("InstanceQuotaExceeded", text))
        return address

    def _begin(self, instance: Instance, journey: Journey, change: Change | None = None) -> Instance:
        """Enter the first stage now, and let an actor go through the others. Called under the lock."""
        begun = self._keep(replace(instance, state=journey[0].state))
        # A journey that is under way, such as a backup, ends where the new one begins.
        trip = self._trips[begun.key] = _Trip(begun.key, journey, change)
        self._actors.start(f"RDS {begun.key.identifier}", lambda: self._travel(trip))
        return begun

    def _keep(self, instance: Instance) -> Instance:
        """Keep an instance as it is now, and record a change of its state. Called under the lock."""
        before = self._instances.get(instance.key)
        self._instances[instance.key] = instance
        if before is None or before.state is not instance.state:
            self._journal.record(InstanceChanged(instance.key.identifier, instance.key.region, instance.state))
        return instance

    def _travel(self, trip: _Trip) -> None:
        """Go through the stages of a journey."""
        try:
            for stage in trip.journey:
                began = self._clock.now()
                self._update(trip, partial(_in_state, state=stage.state))
                self._work(trip, stage.on_entry)
                if stage.seconds:
                    self._clock.sleep_until(began + stage.seconds)
                self._work(trip, stage.on_exit)
                if trip.change and stage is trip.journey[0]:
                    self._update(trip, trip.change)
        except (LabError, OSError) as error:
            self._journal.record(Noted(f"{trip.key.identifier} in {trip.key.region} failed: {error}"))
            self._update(trip, partial(_in_state, state=State.FAILED))
            return
        with self._lock:
            if trip.journey[-1].state is State.DELETING:
                del self._instances[trip.key], self._trips[trip.key]

    def _update(self, trip: _Trip, change: Change) -> None:
        """Change an instance, unless another journey took over meanwhile."""
        with self._lock:
            if self._trips.get(trip.key) is trip:
                self._keep(change(self._instances[trip.key]))

    def _work(self, trip: _Trip, work: Work | None) -> None:
        """Do the work of a stage, unless another journey took over meanwhile."""
        if work is None:
            return
        with self._databases.alone(trip.key):
            if self._trips.get(trip.key) is trip:
                self._databases.perform(work, self._instances[trip.key])


def _in_state(instance: Instance, state: State) -> Instance:
    """Return an instance in another state."""
    return replace(instance, state=state)


@dataclass(frozen=True, slots=True, eq=False)
class _Trip:
    """An instance on a journey; ``change`` happens at the end of its first stage."""

    key: Key
    journey: Journey
    change: Change | None
