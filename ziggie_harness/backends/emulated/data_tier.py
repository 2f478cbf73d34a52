"""The data tier of a topology: its databases, made, asked, hurt and taken over, whatever engine stands behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ziggie_harness.backends.emulated import mongo_install, postgres_install
from ziggie_harness.backends.emulated.machinery import Supervisor
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.model.database_events import StoresCompared
from ziggie_harness.model.history import Event
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import Clock, Disk, Journal, Loaded, Network, Replay, Server


@dataclass(frozen=True, slots=True)
class Ground:
    """What a data tier is built on."""

    topology: Topology
    clock: Clock
    journal: Journal
    network: Network
    supervisor: Supervisor
    certificates: CertificateAuthority
    directory: Path
    """Where the data goes; it goes with the run."""
    resolv_conf: Callable[[str], Path | None]
    """Makes the file by which what runs in a site resolves names; None where the network has none of its own."""
    postgres: Callable[[], postgres_install.Installation]
    """Finds PostgreSQL; LabError when there is none."""
    mongo: Callable[[], mongo_install.Installation]
    """Finds MongoDB; LabError when there is none."""
    way_out: Callable[[str], Mapping[str, str]] = lambda _site: {}
    """What the environment of the owner's code in a site says so that it finds others; nothing where names do."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What is done again and again while a design lives, such as an owner's job or a metric of AWS."""

    name: str
    every_seconds: float
    """In drill time."""
    do: Callable[[], None]


class DataTier(Protocol):
    """The databases of a topology."""

    @property
    def patience_seconds(self) -> float | None:
        """For how long, in wall time, its obstacle may keep the clock; None for as long as the clock is used to."""

    @property
    def admits_clients(self) -> bool:
        """Whether clients outside every region get in, if they may; else their way is through the service's site."""

    def create(self) -> None:
        """Make the databases and what the service keeps in them; return when writes are replicated."""

    def duties(self) -> Sequence[Duty]:
        """Return what goes on by itself once the databases are made; each is called from one thread of its own."""

    def obstacle(self) -> str | None:
        """Say why time must not be skipped now: databases are at work, such as replicating. Asked at every jump."""

    def service_environment(self, role: Role) -> Mapping[str, str]:
        """Return what the service of a region is told of its database."""

    def server(self, role: Role) -> Server:
        """Return the database server of a region; LabError where there is none."""

    def disk(self, role: Role) -> Disk:
        """Return the disk of a region's database; LabError where it cannot be full."""

    def replay(self, role: Role) -> Replay:
        """Return what applies to a region's replica what it received; LabError where nothing can be stopped."""

    def loaded(self, role: Role) -> Loaded:
        """Return what can be read of a load in a region."""

    def replication_lag(self, role: Role) -> str | None:
        """Return how far the replica in a region is behind, as a sentence, or None when it has everything."""

    def promote(self, role: Role, caller: str) -> None:
        """Have the database of a region accept writes, asked for from a site. Raises ApiRefused."""

    def promotion_obstacle(self, role: Role, caller: str) -> str | None:
        """Return why a region's database does not accept writes of its own yet, seen from a site, or None."""

    def rebuild(self, role: Role, caller: str) -> None:
        """Make a region's database anew as a replica of the other's, asked for from a site.

        What it had is gone, but for what the kind of database keeps. Raises ApiRefused, WaitTimedOut.
        """

    def restore(self, role: Role, to_seconds: float, caller: str) -> None:
        """Make a new database for a region, as its own was at a drill time, asked for from a site.

        What was written to the damaged one since is carried over. Raises ApiRefused, WaitTimedOut.
        """

    def replica_obstacle(self, role: Role) -> str | None:
        """Return why a region's database does not follow the other's with everything that it has, or None."""

    def job(self, role: Role, name: str) -> AbstractContextManager[None]:
        """Run one of the owner's jobs in a region's database for the block. LabError where no such job is known."""

    def job_seen(self, role: Role, name: str) -> str | None:
        """Return what shows that a job was done in a region's database, or None."""

    def compare(self) -> StoresCompared:
        """Compare the databases of the regions, once the second has what it can get. Raises ZiggieError."""

    def lose_host(self, role: Role) -> AbstractContextManager[None]:
        """Lose the host of a region's database for the block; a standby of the same region may take over meanwhile."""

    def begin_backup(self, role: Role) -> None:
        """Let a backup of a region's database begin. LabError where nobody makes any."""

    def inspect(self) -> Iterator[Event]:
        """Yield what shows when the databases are tried past the service; nothing where nobody but AWS can try."""

    def address_of(self, host: str) -> str | None:
        """Return the lab's address of a database's host name, or None when the name is none."""
