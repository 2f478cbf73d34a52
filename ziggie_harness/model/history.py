"""What happened in a drill: events with drill time, in the order in which they were recorded.

An event says what was seen and nothing of what it means; checks draw the conclusions later, perhaps years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ziggie_harness.model.alert_events import AlertEvent
from ziggie_harness.model.client_events import NameResolved, RequestEnded
from ziggie_harness.model.database_events import (
    AdmissionTried,
    InstanceChanged,
    InstanceDescribed,
    LagTold,
    LoadBegun,
    LoadSurveyed,
    ReplicaChanged,
    ReplicationTold,
    SecretsSought,
    SlotAlarmed,
    SlotSeen,
    StatementRun,
    StoresCompared,
    StrayWriteTried,
    TransfersRead,
    WriterObserved,
    WritesRolledBack,
    WritesSurviving,
)
from ziggie_harness.model.function_events import FunctionEvent
from ziggie_harness.model.object_events import (
    BucketSettingsCompared,
    ObjectAsked,
    ObjectReplicated,
    ObjectsBackedUp,
    ObjectsCompared,
    ObjectsSurviving,
    ReplicationMeasured,
    ReplicationNotified,
    ReplicationVerified,
)
from ziggie_harness.model.readiness_events import ReadinessExamined
from ziggie_harness.model.rehearsal_events import RehearsalEvent
from ziggie_harness.model.scaling_events import ScalingEvent
from ziggie_harness.model.secret_events import SecretAsked, SecretCopied, SecretRotated, SecretSeen

FAIL_BACK = "fail back"
"""The phase in which the service moves back."""


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """The drill entered a phase: provision, steady state, watch, strike, fail over, fail back, judge, tear down."""

    phase: str


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
class EndpointChecked:
    """One health checker asked an endpoint once."""

    health_check: str
    checker: str
    healthy: bool
    reason: str
    address: str = ""
    """The address of the endpoint; empty when its name is asked for before each request."""


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A health check's status, the opinion of its checkers together, changed."""

    health_check: str
    healthy: bool
    healthy_share: float
    address: str = ""
    """The address of the endpoint; empty when its name is asked for before each request."""


@dataclass(frozen=True, slots=True)
class HealthTold:
    """What a health check told of a region, and what a client found who asked the region for the public name then."""

    health_check: str
    """Its name in the design."""
    region: str
    healthy: bool
    said: str
    """What most of its checkers said last."""
    refusal: str
    """Why the client was not served; empty when it was."""


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
    role: str = ""
    """The ARN of the role's session that the call was signed with; empty for administrators, who have none."""


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
    | HealthTold
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
    | ObjectsBackedUp
    | ObjectsSurviving
    | ObjectsCompared
    | BucketSettingsCompared
    | ReadinessExamined
    | Noted
    | AlertEvent
    | FunctionEvent
    | ScalingEvent
    | RehearsalEvent
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
