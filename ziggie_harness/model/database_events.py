"""What a history tells of databases: instances, replicas, writers, losses, loads, and what a look inside shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InstanceChanged:
    """A database instance changed its state, as its control plane tells it."""

    instance: str
    region: str
    state: str


@dataclass(frozen=True, slots=True)
class InstanceDescribed:
    """What the control plane tells of a database instance that takes writes, at the end of a drill."""

    instance: str
    region: str
    multi_az: bool
    backup_retention_days: float
    encrypted: bool


@dataclass(frozen=True, slots=True)
class ReplicaChanged:
    """The database of a region began to follow that of another region and has everything, or ceased to follow it."""

    region: str
    source: str
    follows: bool


@dataclass(frozen=True, slots=True)
class WriterObserved:
    """An observer inside a region tried to write there, past names and caches."""

    region: str
    accepts: bool
    reason: str
    writer: str = ""
    """The region whose database acknowledged it, where the service says so."""


@dataclass(frozen=True, slots=True)
class WritesSurviving:
    """Every write that can be read in a region after recovery."""

    region: str
    identities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WritesRolledBack:
    """Every write in the files to which a region's database put what it took back."""

    region: str
    identities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoresCompared:
    """Two databases were compared, row by row and in what is around the rows."""

    store: str
    """What was compared: PostgreSQL, MongoDB."""
    left: str
    right: str
    rows_left: int
    rows_right: int
    only_left: int
    only_right: int
    different: int
    keys: tuple[str, ...]
    """The first rows that differ, each with how."""
    sentences: tuple[str, ...]
    """What differs and is no row: schema, grants, sequences, options."""
    uncompared: tuple[str, ...]
    """What could not be compared, with its reason."""


@dataclass(frozen=True, slots=True)
class StatementRun:
    """A statement of the owner's SQL was run at a region's database; what is secret in it is left out."""

    region: str
    script: str
    statement: str
    refusal: str
    """The database's own words, empty when it did what it was told."""


@dataclass(frozen=True, slots=True)
class AdmissionTried:
    """Somebody who has no business there tried to enter a region's database: by its password, or by none."""

    region: str
    source: str
    user: str
    admitted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SecretsSought:
    """The places of a region's database where passwords are found were read."""

    region: str
    places: tuple[str, ...]
    readable_in: tuple[str, ...]
    """Where one stands in plain text."""


@dataclass(frozen=True, slots=True)
class ReplicationTold:
    """The owners looked whether a secret is replicated, by the command that they use for it."""

    secret: str
    command: str
    status: str
    """Empty when the command was refused."""
    reason: str


@dataclass(frozen=True, slots=True)
class SlotSeen:
    """What a region's database keeps on its disk for a standby."""

    region: str
    slot: str
    status: str
    """PostgreSQL's wal_status, such as reserved, extended or lost."""
    retained_bytes: int
    bounded: bool


@dataclass(frozen=True, slots=True)
class SlotAlarmed:
    """Somebody was told that a slot is about to lose what a standby still needs."""

    region: str
    slot: str
    status: str
    """PostgreSQL's wal_status at that moment."""
    left_bytes: int
    """How much may still be written before the slot is lost (safe_wal_size)."""


@dataclass(frozen=True, slots=True)
class LagTold:
    """What monitoring told of a replica's lag, beside what the replica really lacked at that moment."""

    region: str
    told_by: str
    """The metric: ReplicaLag, heartbeat."""
    told_seconds: float
    replayed_bytes: int
    """The replica's position in the log."""
    missing_bytes: int
    """How much of its source's log it had not replayed; 0 when it had everything."""


@dataclass(frozen=True, slots=True)
class StrayWriteTried:
    """Somebody inside a region wrote to its database past the service, as a job or a person would."""

    region: str
    accepted: bool
    reason: str
    arrived_in: tuple[str, ...]
    """The other regions whose databases then had the row."""


@dataclass(frozen=True, slots=True)
class LoadBegun:
    """Clients began to write at a constant rate, directly to the database that takes writes."""

    writes_per_second: int


@dataclass(frozen=True, slots=True)
class LoadSurveyed:
    """The ledger of a load was compared with all of its writes that can be read in a region."""

    region: str
    acknowledged: int
    refused: int
    indeterminate: int
    missing: int
    """How many acknowledged ones cannot be read."""
    oldest_missing_seconds: float
    """The drill time at which the first of these was acknowledged; 0 when none is missing."""
    newest_missing_sent_seconds: float
    """The drill time at which the last of these was sent; 0 when none is missing."""
    missing_examples: tuple[str, ...]
    """The first of these."""
    holes: int
    """How many of these were acknowledged before another one that can be read."""
    recovered: int
    """How many indeterminate ones can be read."""
    unexplained: tuple[str, ...]
    """The first ones that can be read although they were refused or never sent."""


@dataclass(frozen=True, slots=True)
class TransfersRead:
    """All transfers of a load that can be read in a region, in one snapshot."""

    region: str
    transfers: int
    halved: int
    """Of how many only one half is there."""
    halved_examples: tuple[str, ...]
    """The first of these."""
