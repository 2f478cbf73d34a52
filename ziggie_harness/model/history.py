"""What happened in a drill: events with drill time, in the order in which they were recorded.

An event says what was seen and nothing of what it means; checks draw the conclusions later, perhaps years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from ziggie_harness.model.alert_events import AlertEvent

AUTHORITY = "authority"
"""The vantage of an answer that was asked for at the zone's own name servers, past every cache."""


FAIL_BACK = "fail back"
"""The phase in which the service moves back."""

OBJECTION = "the database objects, SQLSTATE "
"""How the reason of a request begins that a working database refused for its content; the error's code follows."""


ABSENT = "HTTP 404"
"""How the reason of a read begins that was answered, and what it asked for is not there."""


class Outcome(StrEnum):
    """How a request ended, as its client may know it."""

    ACKNOWLEDGED = "acknowledged"
    """The service said that it was done."""
    REFUSED = "refused"
    """The service, or its host, or its name, said no: nothing was done."""
    INDETERMINATE = "indeterminate"
    """The answer never came: it may have been done or not."""


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """The drill entered a phase: provision, steady state, watch, strike, fail over, fail back, judge, tear down."""

    phase: str


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """A client's request through the public name ended."""

    probe: str
    operation: str
    """`write` or `read`."""
    identity: str
    """The unique id that the request wrote or read."""
    started_seconds: float
    outcome: Outcome
    region: str
    """The region that says it answered, or empty."""
    address: str
    reason: str
    writer: str = ""
    """The region whose database acknowledged a write, where the service says so."""


def answered(read: RequestEnded) -> bool:
    """Say whether a read told what is there."""
    return read.outcome is Outcome.ACKNOWLEDGED or read.reason.startswith(ABSENT)


@dataclass(frozen=True, slots=True)
class FaultStruck:
    """A fault is in force from this moment."""

    fault: str
    target: str


@dataclass(frozen=True, slots=True)
class FaultProved:
    """An observation shows that the fault bites."""

    fault: str
    target: str
    proof: str


@dataclass(frozen=True, slots=True)
class FaultDidNotBite:
    """The fault was applied and its effect could not be observed."""

    fault: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaultHealed:
    """A fault is no longer in force."""

    fault: str
    target: str


@dataclass(frozen=True, slots=True)
class NameResolved:
    """A name was looked up: through a cache at a vantage, or at the authority."""

    vantage: str
    name: str
    addresses: tuple[str, ...]
    """Empty when there was no answer; `reason` then says why."""
    ttl_seconds: int
    cached: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndpointChecked:
    """One health checker asked an endpoint once."""

    health_check: str
    checker: str
    healthy: bool
    reason: str


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A health check's status, the opinion of its checkers together, changed."""

    health_check: str
    healthy: bool
    healthy_share: float


@dataclass(frozen=True, slots=True)
class CallMade:
    """Somebody called an AWS API."""

    service: str
    operation: str
    region: str
    """The region whose endpoint was called."""
    caller: str
    """The site that the call came from."""
    status: int
    """The HTTP status; 0 when no answer came."""
    error: str


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A failover finished a step: detected, decided, fenced, promoted, switched."""

    step: str
    detail: str


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """A script of the owner's, run as it is, ended."""

    script: str
    site: str
    """Where it ran; the calls that it made came from there."""
    region: str
    """Where the service was to be when it is done."""
    started_seconds: float
    exit_status: int
    """Negative when a signal ended it."""
    interrupted: bool
    """Whether the operator interrupted it."""
    claims: bool
    """Whether it said that it had done its work."""
    said: str
    """The last lines of its output."""


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
class SecretCopied:
    """A change of a secret arrived in a replica's region, or failed to."""

    secret: str
    source: str
    region: str
    status: str
    """As DescribeSecret tells it: InSync, InProgress while more is under way, Failed."""
    reason: str


@dataclass(frozen=True, slots=True)
class SecretAsked:
    """The application of a region asked for a secret by the owner's client. No value is told, only its digest."""

    region: str
    secret: str
    started_seconds: float
    answered: bool
    digest: str
    """Keyed anew for every drill, so that nobody can look values up; empty without an answer."""
    reason: str
    """What the client raised, or that it had not come back when it was given up."""


@dataclass(frozen=True, slots=True)
class SecretRotated:
    """Somebody gave a secret a new value in a region, as a rotation does at its end."""

    region: str
    secret: str
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SecretSeen:
    """The value of a secret was read in a region by its owners. No value is told, only its digest."""

    region: str
    secret: str
    digest: str
    """Empty when it could not be read; `reason` then says why."""
    reason: str = ""


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


@dataclass(frozen=True, slots=True)
class ObjectAsked:
    """A client's request for an object ended: it stored one, or read one that was acknowledged before."""

    operation: str
    """`put` or `get`."""
    key: str
    bucket: str
    region: str
    """The region of the bucket."""
    started_seconds: float
    outcome: Outcome
    digest: str
    """The MD5 of what was stored, or of what was read."""
    reason: str


@dataclass(frozen=True, slots=True)
class ObjectReplicated:
    """The copying of one version of an object to another bucket ended."""

    bucket: str
    key: str
    version: str
    destination: str
    status: str
    """S3's ReplicationStatus: COMPLETED or FAILED."""
    reason: str
    """S3's failure reason, empty when it was copied."""
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class ReplicationNotified:
    """S3 sent an event on the replication of an object, such as s3:Replication:OperationMissedThreshold."""

    bucket: str
    event: str
    key: str
    version: str


@dataclass(frozen=True, slots=True)
class ReplicationMeasured:
    """CloudWatch has a bucket's replication metrics of one minute."""

    bucket: str
    pending_operations: int
    pending_bytes: int
    latency_seconds: float
    """How long the oldest pending one has waited."""
    failed_operations: int


@dataclass(frozen=True, slots=True)
class ReplicationVerified:
    """The owner found out, in the design's way, whether replication works."""

    bucket: str
    way: str
    """`configuration` or `canary`."""
    works: bool
    finding: str


@dataclass(frozen=True, slots=True)
class ObjectsSurviving:
    """Every object that can be read in a region's bucket after recovery."""

    region: str
    bucket: str
    objects: tuple[str, ...]
    """Key and MD5 of the current version of each, with a space between."""


@dataclass(frozen=True, slots=True)
class ObjectsCompared:
    """The buckets of two regions were compared, version by version."""

    left: str
    right: str
    versions_left: int
    versions_right: int
    only_left: int
    only_right: int
    different: int
    examples: tuple[str, ...]
    """The first versions that differ, each with how and, where it is known, why."""


@dataclass(frozen=True, slots=True)
class BucketSettingsCompared:
    """The settings of two regions' buckets were compared."""

    left: str
    right: str
    compared: tuple[str, ...]
    differing: tuple[str, ...]
    """The settings that are not the same, each with how."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A sentence for the reader: why a wait ended, what a process said last."""

    sentence: str


Event = (
    PhaseEntered
    | RequestEnded
    | FaultStruck
    | FaultProved
    | FaultDidNotBite
    | FaultHealed
    | NameResolved
    | EndpointChecked
    | HealthChanged
    | CallMade
    | StepTaken
    | ScriptEnded
    | InstanceChanged
    | InstanceDescribed
    | ReplicaChanged
    | WriterObserved
    | WritesSurviving
    | WritesRolledBack
    | StoresCompared
    | StatementRun
    | AdmissionTried
    | SecretsSought
    | SecretCopied
    | SecretAsked
    | SecretRotated
    | SecretSeen
    | ReplicationTold
    | SlotSeen
    | SlotAlarmed
    | LagTold
    | StrayWriteTried
    | LoadBegun
    | LoadSurveyed
    | TransfersRead
    | ObjectAsked
    | ObjectReplicated
    | ReplicationNotified
    | ReplicationMeasured
    | ReplicationVerified
    | ObjectsSurviving
    | ObjectsCompared
    | BucketSettingsCompared
    | Noted
    | AlertEvent
)

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Record:
    """An event with its place in the order and its drill time."""

    sequence: int
    at_seconds: float
    skipped_seconds: float
    """How much of the drill time up to here was skipped idleness."""
    event: Event


@dataclass(frozen=True, slots=True)
class History:
    """The records of one drill, in order."""

    records: tuple[Record, ...]

    @staticmethod
    def of(*timed: tuple[float, Event]) -> History:
        """Build a history from (drill seconds, event) pairs, as tests of checks do."""
        return History(tuple(Record(number, at, 0.0, event) for number, (at, event) in enumerate(timed)))

    def of_kind(self, kind: type[E]) -> Iterator[tuple[float, E]]:
        """Yield (drill seconds, event) of each event of that kind."""
        for record in self.records:
            if isinstance(record.event, kind):
                yield record.at_seconds, record.event

    def first_fault_seconds(self) -> float | None:
        """Return the drill time from which the first fault was in force, or None."""
        return next((at for at, _ in self.of_kind(FaultStruck)), None)

    def requests(self, operation: str) -> Sequence[tuple[float, RequestEnded]]:
        """Return the ended requests of one operation, ordered by the moment they started."""
        ended = [(at, event) for at, event in self.of_kind(RequestEnded) if event.operation == operation]
        return sorted(ended, key=lambda pair: pair[1].started_seconds)

    @property
    def end_seconds(self) -> float:
        """Return the drill time of the last record, 0 for an empty history."""
        return self.records[-1].at_seconds if self.records else 0.0

    @property
    def skipped_seconds(self) -> float:
        """Return how much of the drill's time was skipped idleness."""
        return self.records[-1].skipped_seconds if self.records else 0.0
