"""Checks are total: whatever a history holds, each of them judges it, the same way every time, and never raises."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ziggie_harness.checks.admission import Admission
from ziggie_harness.checks.alert_delivered import AlertDelivered
from ziggie_harness.checks.application_errors import ApplicationErrors
from ziggie_harness.checks.bucket_settings import BucketSettings
from ziggie_harness.checks.credentials import Credentials
from ziggie_harness.checks.data_parity import DataParity
from ziggie_harness.checks.database_protection import DatabaseProtection
from ziggie_harness.checks.dns_state import DnsState
from ziggie_harness.checks.failover_rehearsed import FailoverRehearsed
from ziggie_harness.checks.function_acts import FunctionActs
from ziggie_harness.checks.late_objects_told import LateObjectsTold
from ziggie_harness.checks.no_trace import NoTrace
from ziggie_harness.checks.object_parity import ObjectParity
from ziggie_harness.checks.object_recovery_point import ObjectRecoveryPoint
from ziggie_harness.checks.object_service import ObjectService
from ziggie_harness.checks.one_failover import OneFailover
from ziggie_harness.checks.own_database import OwnDatabase
from ziggie_harness.checks.own_writes import OwnWrites
from ziggie_harness.checks.production_undisturbed import ProductionUndisturbed
from ziggie_harness.checks.readiness import Readiness
from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.checks.replication_verified import VerificationTells
from ziggie_harness.checks.replication_watched import ReplicationWatched
from ziggie_harness.checks.rollback_files import RollbackFiles
from ziggie_harness.checks.script_calls import ScriptCalls
from ziggie_harness.checks.script_claims import ScriptClaims
from ziggie_harness.checks.script_outcome import ScriptOutcome
from ziggie_harness.checks.script_refusals import ScriptRefusals
from ziggie_harness.checks.secret_availability import SecretAvailability
from ziggie_harness.checks.secret_home import SecretHome
from ziggie_harness.checks.secret_mistakes import SecretMistakes
from ziggie_harness.checks.secret_parity import SecretParity
from ziggie_harness.checks.secret_replication import SecretReplication
from ziggie_harness.checks.secret_rotation import SecretRotation
from ziggie_harness.checks.service_available import ServiceAvailable
from ziggie_harness.checks.set_full import SetFull
from ziggie_harness.checks.single_writer import SingleWriter
from ziggie_harness.checks.slot_alarm import SlotAlarm
from ziggie_harness.checks.slot_retention import SlotRetention
from ziggie_harness.checks.stale_reads import StaleReads
from ziggie_harness.checks.statements_accepted import StatementsAccepted
from ziggie_harness.checks.stop_obeyed import StopObeyed
from ziggie_harness.checks.stray_writes import StrayWrites
from ziggie_harness.checks.told_health import ToldHealth
from ziggie_harness.checks.told_lag import ToldLag
from ziggie_harness.checks.unprotected_time import UnprotectedTime
from ziggie_harness.checks.whole_transfers import WholeTransfers
from ziggie_harness.checks.writer_moves import WriterMoves
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.model import history as kinds
from ziggie_harness.model.client_events import AUTHORITY
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.tags import CHECKS
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from ziggie_harness.model.verdict import Judgement


class Check(Protocol):
    """What the tests need of a check."""

    @property
    def name(self) -> str:
        """Return its name in tags and reports."""

    def judge(self, history: History) -> Judgement:
        """Judge a history."""


ALL: tuple[Check, ...] = (
    RecoveryTime(15, 5),
    RecoveryPoint(5),
    DnsState("", (), 60, 1),
    DnsState("a", ("b",), 1, 0, 10),
    SingleWriter(),
    ServiceAvailable(3, "a"),
    ServiceAvailable(3, phase="a"),
    UnprotectedTime(9),
    DatabaseProtection(7),
    StatementsAccepted(),
    ApplicationErrors(),
    Credentials(),
    Admission(),
    SlotRetention(8),
    SlotAlarm(),
    ToldLag(15),
    ToldHealth(),
    OwnDatabase("a"),
    StrayWrites(),
    WriterMoves(1),
    DataParity(("a", "b")),
    RollbackFiles(),
    SetFull(),
    WholeTransfers(),
    StaleReads(),
    OwnWrites(),
    SecretAvailability(5),
    SecretHome(),
    SecretMistakes(),
    SecretParity(),
    SecretReplication(),
    SecretRotation(),
    AlertDelivered(30, "a"),
    ObjectRecoveryPoint(9),
    ObjectService(9),
    ObjectParity(),
    BucketSettings(),
    ReplicationWatched(9),
    LateObjectsTold(9),
    VerificationTells(),
    ScriptCalls(),
    ScriptClaims((("a", "b"),)),
    ScriptRefusals(),
    ScriptOutcome(),
    Readiness("a"),
    FunctionActs(),
    StopObeyed(),
    FailoverRehearsed(),
    NoTrace(),
    ProductionUndisturbed(),
    OneFailover(),
)
BEFOREHAND = {"region-readiness", "failover-rehearsed", "production-undisturbed", "no-trace"}
"""What is judged before anything is broken, and therefore without a fault."""

# A machine with busy cores is slow, which is no finding about a check.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
EACH = pytest.mark.parametrize("check", ALL, ids=[f"{number} {check.name}" for number, check in enumerate(ALL)])

# Few different words, so that regions, names and identities meet.
WORDS = st.sampled_from(["a", "b", "", AUTHORITY, "write", "read", "detected", "promoted"])
SECONDS = st.floats(0, 100)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    *(
        st.builds(
            kind,
            **{
                name: {"str": WORDS, "float": SECONDS, "tuple[str, ...]": st.lists(WORDS, max_size=3).map(tuple)}[
                    annotation
                ]
                for name, annotation in kind.__annotations__.items()
                if annotation in {"str", "float", "tuple[str, ...]"}
            },
        )
        for kind in get_args(kinds.Event)
    )
)
TIMED = st.lists(st.tuples(SECONDS, EVENTS), max_size=40)
BITES: tuple[tuple[float, Event], ...] = ((20.0, FaultStruck("f", "t")), (20.0, FaultProved("f", "t", "dark")))


@EACH
@PATIENT
@given(timed=TIMED, ordered=st.booleans(), bites=st.booleans())
def test_every_history_has_a_judgement(
    check: Check, timed: list[tuple[float, Event]], *, ordered: bool, bites: bool
) -> None:
    """Any events in any order give a judgement with a sentence and finite numbers, and the same when judged again."""
    events = [*timed, *(BITES if bites else ())]
    history = History.of(*(sorted(events, key=lambda pair: pair[0]) if ordered else events))
    judgement = check.judge(history)
    assert judgement.check == check.name
    assert judgement.sentence
    json.dumps(asdict(judgement), allow_nan=False)
    assert check.judge(history) == judgement


@pytest.mark.parametrize("check", [check for check in ALL if check.name not in BEFOREHAND], ids=str)
@PATIENT
@given(timed=TIMED)
def test_without_a_fault_nothing_passes(check: Check, timed: list[tuple[float, Event]]) -> None:
    """A history without a struck fault proves nothing, whatever else it holds."""
    calm = [(at, event) for at, event in timed if not isinstance(event, FaultStruck)]
    assert check.judge(History.of(*calm)).verdict is Verdict.UNKNOWN


def test_every_check_that_a_sabotage_can_name_exists() -> None:
    """The closed set of tags and the checks name the same checks."""
    assert {check.name for check in ALL} == set(CHECKS)


@pytest.mark.parametrize("check", ALL, ids=repr)
def test_every_check_can_be_kept(check: Check) -> None:
    """Its parameters can be written as JSON, so that it can be asked again years later."""
    judged = Judged.by(check, check.judge(History(())))
    assert Judged.of(json.loads(json.dumps(judged.document(), allow_nan=False))) == judged
