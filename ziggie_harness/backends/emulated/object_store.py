"""Buckets in the lab: S3's overlays, what copies objects, and the declared pair, for topologies that have one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from ziggie_harness.backends.emulated import object_setup
from ziggie_harness.backends.emulated.calls import Overlay
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.backends.emulated.machinery import ObjectsKept, State
from ziggie_harness.backends.emulated.object_backup import BackupJob
from ziggie_harness.backends.emulated.objects import DeclaredObjects
from ziggie_harness.backends.emulated.s3_jobs import S3Jobs
from ziggie_harness.backends.emulated.s3_overlay import SERVICE, S3Buckets
from ziggie_harness.backends.emulated.s3_replication import Replicator
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.buckets import BucketPair
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import Clock, Journal, Paths


class ObjectStore:
    """S3 for one topology: its overlays are known before AWS's endpoints are, its buckets are made after."""

    def __init__(  # noqa: PLR0913 - each is a part of the lab that S3 needs
        self,
        topology: Topology,
        pair: BucketPair,
        clock: Clock,
        paths: Paths,
        journal: Journal,
        *,
        kept: ObjectsKept,
        trust: Trust,
    ) -> None:
        """Prepare the overlays before what keeps the objects."""
        self._topology, self._pair, self._clock, self._journal = topology, pair, clock, journal
        self._dates = DrillDates(clock)
        lag = pair.assumed_lag_seconds
        self._replicator = Replicator(clock, paths, journal, kept.state, trust=trust, lag_seconds=lag)
        self.overlays: tuple[Overlay, ...] = (
            S3Buckets(kept.state, self._replicator, self._dates),
            S3Jobs(self._replicator),
        )
        self.elsewhere: Mapping[str, State] = {SERVICE: kept.answers} if kept.answers else {}
        """The services whose state is not moto's."""

    def create(self, cloud: Cloud, stack: ExitStack, serving: Callable[[], Role | None]) -> DeclaredObjects:
        """Make the declared buckets, and copy for as long as the stack lives; ``serving`` leads clients to a region."""
        self._replicator.endpoint_of = cloud.place_of
        stack.enter_context(self._replicator)
        object_setup.set_up(cloud.clients, self._clock, self._topology, self._pair)
        job = self._backed_up(cloud, stack)
        return DeclaredObjects(
            self._topology, self._pair, self._clock, cloud.clients, replicator=self._replicator, dates=self._dates,
            serving=serving, backup=job,
        )  # fmt: skip

    def _backed_up(self, cloud: Cloud, stack: ExitStack) -> BackupJob | None:
        """Make the declared backup and fill it for as long as the stack lives; return None without one."""
        if (declared := self._pair.backup) is None:
            return None
        job = BackupJob(self._topology, self._pair, declared, cloud.clients, self._clock, self._journal)
        job.create()
        stack.enter_context(self._clock.actors("object backup")).start("object backup", job.repeat)
        return job
