"""The real PostgreSQL servers behind the instances of RDS, and the replication between them."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.backends.emulated.postgres import PostgresServer
from ziggie_harness.backends.emulated.postgres_install import Installation, template
from ziggie_harness.backends.emulated.postgres_recovery import archiving, recover
from ziggie_harness.backends.emulated.postgres_replication import Replication
from ziggie_harness.backends.emulated.templates import copy_directory
from ziggie_harness.emulation.rds.instance import PORT, Instance, Key
from ziggie_harness.emulation.rds.journeys import Work
from ziggie_harness.model.errors import LabError
from ziggie_harness.ports import Network


class Databases:
    """Servers by instance. Work on several instances may go on at once; on one, ``alone`` keeps it in order."""

    def __init__(self, network: Network, supervisor: Supervisor, directory: Path, installation: Installation) -> None:
        """Make the template of a PostgreSQL's data when this machine has none; LabError when that fails."""
        self.installation = installation
        self._template = template(self.installation, supervisor, guarded=not network.own_names)
        self._network, self._supervisor, self._directory = network, supervisor, directory
        self._servers: dict[Key, PostgresServer] = {}
        self._replications: dict[Key, Replication] = {}
        self._turns: dict[Key, threading.Lock] = {}
        self._restores: dict[Key, tuple[Key, float]] = {}
        self._snapshots: dict[Key, PostgresServer] = {}
        self._snapshots_planned: dict[Key, Key] = {}

    def close(self) -> None:
        """Hang up; the servers themselves end with their supervisor."""
        for replication in self._replications.values():
            replication.close()

    def server(self, key: Key) -> PostgresServer:
        """Return the server behind an instance; LabError while there is none."""
        found = self._servers.get(key)
        if found is None:
            raise LabError(f"no database stands behind {key.arn}", "it is being created or was deleted", "wait for it")
        return found

    def alone(self, key: Key) -> AbstractContextManager[object]:
        """Keep others from working on an instance for a block."""
        return self._turns.setdefault(key, threading.Lock())

    def plan_restore(self, key: Key, source: Key, until_epoch_seconds: float) -> None:
        """Keep from what and to which moment of its server's clock a new instance is going to be restored."""
        self._restores[key] = (source, until_epoch_seconds)

    def plan_snapshot(self, key: Key, snapshot: Key) -> None:
        """Keep as which snapshot an instance is going to be copied, or from which it is going to be restored."""
        self._snapshots_planned[key] = snapshot

    def drop_snapshot(self, snapshot: Key) -> None:
        """Remove what a snapshot keeps."""
        if kept := self._snapshots.pop(snapshot, None):
            kept.disk.close()

    def perform(self, work: Work, instance: Instance) -> None:
        """Do what a stage of an instance's journey is about; LabError when it cannot be done."""
        works: dict[Work, Callable[[Instance], None]] = {
            Work.CREATE: self._create,
            Work.COPY: self._copy,
            Work.RESTORE: self._restore,
            Work.SNAPSHOT: self._take_snapshot,
            Work.RESTORE_SNAPSHOT: self._restore_snapshot,
            Work.PROMOTE: self._promote,
            Work.STOP: self._stop,
            Work.START: self._start,
            Work.REMOVE: self._remove,
        }
        works[work](instance)

    def replication_obstacle(self) -> str | None:
        """Say which replica is behind its source and can catch up now, or return None. Meant for ``clock.hold``."""
        for replication in tuple(self._replications.values()):
            source = replication.source
            stalled = self._network.stalled(replication.replica.site, source.address, source.port)
            if replication.replica.replay_stopped:
                stalled = f"the replay of {replication.replica.name} is stopped"
            if sentence := replication.obstacle(stalled):
                return sentence
        return None

    def replication_lag(self, key: Key) -> str | None:
        """Say how far a replica is behind its source, whether it can catch up or not; None when it has everything.

        LabError for what is no replica; None too where one of the two servers cannot be asked.
        """
        replication = self._replications.get(key)
        if replication is None:
            raise LabError(f"{key.arn} replicates nothing", hint="ask a read replica")
        return replication.obstacle(None)

    def _create(self, instance: Instance) -> None:
        """Make a fresh server."""
        self._placed(instance).create(self._template, instance.master_username, instance.database_name)

    def _copy(self, instance: Instance) -> None:
        """Make a replica: a base backup over the network, then streaming."""
        if instance.source is None:
            raise LabError(f"{instance.key.arn} has no source to be copied from", hint="create it as a read replica")
        source, replica, slot = self.server(instance.source), self._placed(instance), slot_of(instance.key)
        replica.base_backup(source, slot)
        replica.start()
        self._replications[instance.key] = Replication(source, replica, slot)

    def _restore(self, instance: Instance) -> None:
        """Make a server as another was at a moment. What that one was made of is its first backup, a cold one."""
        source, until_epoch_seconds = self._restores.pop(instance.key)
        server, archive = self._placed(instance), self._archive(source)
        recover(server, self._template, self.server(source), archive, until_epoch_seconds)

    def _take_snapshot(self, instance: Instance) -> None:
        """Copy a running server's data, as it is, to a disk of its own that no server runs on."""
        snapshot = self._snapshots_planned.pop(instance.key)
        place = self._directory / snapshot.region / "snapshots" / snapshot.identifier
        kept = self._server(instance, place, archive=None)
        kept.clone(self.server(instance.key))
        self._snapshots[snapshot] = kept

    def _restore_snapshot(self, instance: Instance) -> None:
        """Make a server of what a snapshot keeps; it follows nobody."""
        kept = self._snapshots[self._snapshots_planned.pop(instance.key)]
        server = self._placed(instance)
        copy_directory(kept.disk.seen, server.disk.seen)
        server.start()
        server.await_primary()

    def _promote(self, instance: Instance) -> None:
        """Make a replica a primary, and end its replication."""
        self.server(instance.key).promote()
        self._unlink(instance.key)

    def _stop(self, instance: Instance) -> None:
        """Stop the server for a reboot; one that hangs is killed, as its host would be."""
        server = self.server(instance.key)
        if server.frozen:
            server.kill()
        else:
            server.stop()

    def _start(self, instance: Instance) -> None:
        """Start the server after a reboot, unless somebody did."""
        server = self.server(instance.key)
        if not server.alive():
            server.start()

    def _remove(self, instance: Instance) -> None:
        """End the server and remove its data and backups; what it logged stays for the evidence."""
        self._unlink(instance.key)
        server = self._servers.pop(instance.key, None)
        if server is not None:
            server.kill()
            server.disk.close()
        shutil.rmtree(self._archive(instance.key), ignore_errors=True)

    def _unlink(self, key: Key) -> None:
        """End a replication; its source keeps no more for it, if it can be told."""
        replication = self._replications.pop(key, None)
        if replication is None:
            return
        replication.close()
        source = replication.source
        cut_off = self._network.stalled(replication.replica.site, source.address, source.port)
        if cut_off is None and source.alive() and not source.frozen:
            source.drop_slot(replication.slot)

    def _placed(self, instance: Instance) -> PostgresServer:
        """Return a server in the site of an instance's region, not started."""
        archive = self._archive(instance.key)
        archive.mkdir(parents=True, exist_ok=True)
        server = self._servers[instance.key] = self._server(instance, self._place(instance.key), archive)
        return server

    def _server(self, instance: Instance, place: Path, archive: Path | None) -> PostgresServer:
        """Describe a server of an instance, or of what is kept of one, in a directory."""
        return PostgresServer(
            instance.key.identifier,
            instance.key.region,
            instance.address,
            PORT,
            supervisor=self._supervisor,
            network=self._network,
            directory=place,
            installation=self.installation,
            setup=archiving(archive) if archive else None,
        )

    def _archive(self, key: Key) -> Path:
        """Return where the finished segments of an instance's log are kept."""
        return self._place(key) / "archive"

    def _place(self, key: Key) -> Path:
        """Return the directory of an instance."""
        return self._directory / key.region / key.identifier


def slot_of(key: Key) -> str:
    """Return the name of the slot that a source keeps for a replica; PostgreSQL allows 63 of a-z, 0-9 and _."""
    return f"{key.identifier}_{key.region}".replace("-", "_")[:63]
