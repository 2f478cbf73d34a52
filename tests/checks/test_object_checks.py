"""The checks of objects, each over literal events: what passes, what fails and why, what proves nothing."""

from __future__ import annotations

import re

import pytest

from ziggie_harness.checks.bucket_settings import BucketSettings
from ziggie_harness.checks.late_objects_told import COPIED_LATE, MISSED, LateObjectsTold
from ziggie_harness.checks.object_parity import ObjectParity
from ziggie_harness.checks.object_recovery_point import ObjectRecoveryPoint
from ziggie_harness.checks.object_service import ObjectService
from ziggie_harness.checks.replication_verified import VerificationTells
from ziggie_harness.checks.replication_watched import ReplicationWatched
from ziggie_harness.model.client_events import Outcome, RequestEnded
from ziggie_harness.model.history import Event, FaultProved, FaultStruck, History
from ziggie_harness.model.object_events import (
    BucketSettingsCompared,
    ObjectAsked,
    ObjectReplicated,
    ObjectsCompared,
    ObjectsSurviving,
    ReplicationMeasured,
    ReplicationNotified,
    ReplicationVerified,
)
from ziggie_harness.model.verdict import Verdict

PASSED, FAILED, UNKNOWN = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN

Timed = tuple[float, Event]

BLOW: tuple[Timed, ...] = ((100.0, FaultStruck("outage", "primary")), (100.0, FaultProved("outage", "primary", "dark")))


def served(region: str = "west", at: float = 300.0) -> Timed:
    """A region that serves at the end."""
    return at, RequestEnded("writes", "write", "w", at - 0.1, Outcome.ACKNOWLEDGED, region, "", "")


def put(at: float, key: str, outcome: Outcome = Outcome.ACKNOWLEDGED, digest: str = "d") -> Timed:
    """Store an object, which takes a tenth of a second."""
    return at, ObjectAsked("put", key, "prod", "north", at - 0.1, outcome, digest, "")


def get(at: float, key: str, digest: str = "d", outcome: Outcome = Outcome.ACKNOWLEDGED) -> Timed:
    """Read an object."""
    return at, ObjectAsked("get", key, "prod", "north", at - 0.1, outcome, digest, "HTTP 404")


def survey(*objects: str) -> Timed:
    """Read what survives in the region that serves."""
    return 400.0, ObjectsSurviving("west", "dr", objects)


def copied(at: float, key: str, status: str = "COMPLETED", reason: str = "") -> Timed:
    """The copying of an object ends."""
    return at, ObjectReplicated("prod", key, "v", "dr", status, reason, 5.0)


@pytest.mark.parametrize(
    ("events", "verdict", "said"),
    [
        ((put(50, "a"), put(99, "b"), served(), survey("a d", "b d")), PASSED, "all 2 acknowledged objects are in dr"),
        ((put(50, "a"), put(99, "b"), served(), survey("a d")), PASSED, "1 of 2 .* b .gone."),
        ((put(50, "a"), put(99, "b"), served(), survey("b d")), FAILED, "RPO 50.0 s of 15 s.* a .gone."),
        ((put(50, "a"), served(), survey("a x")), FAILED, "a .not what was stored."),
        ((put(50, "a"), put(150, "b"), served(), survey("a d")), FAILED, "which no objective excuses"),
        ((put(50, "a"), put(60, "b", Outcome.INDETERMINATE), served(), survey("a d")), PASSED, "all 1"),
        ((put(50, "a"), served()), UNKNOWN, "nobody read the objects of west"),
        ((put(150, "a"), served(), survey("a d")), UNKNOWN, "none could be lost"),
    ],
)
def test_the_recovery_point_of_objects(events: tuple[Timed, ...], verdict: Verdict, said: str) -> None:
    """Lost is what was acknowledged and cannot be read as it was stored, where the service is at the end."""
    judgement = ObjectRecoveryPoint(15).judge(_history(*events))
    assert judgement.verdict is verdict
    _says(said, judgement.sentence)


@pytest.mark.parametrize(
    ("events", "verdict", "said"),
    [
        ((put(90, "a"), put(110, "b"), get(113, "a")), PASSED, "always"),
        ((put(110, "a", Outcome.REFUSED), put(150, "b")), PASSED, "could not store their objects for 40.0 s"),
        ((put(110, "a", Outcome.REFUSED), put(200, "b")), FAILED, "could not store their objects for 90.0 s"),
        ((put(90, "a"), get(110, "a", "x"), get(200, "a")), FAILED, "a is not what was stored"),
        ((put(90, "a"), put(110, "b"), get(120, "a", outcome=Outcome.REFUSED), served(at=400)), FAILED, "280.1 s"),
        ((put(90, "a"),), UNKNOWN, "nobody asked"),
    ],
)
def test_the_service_of_objects(events: tuple[Timed, ...], verdict: Verdict, said: str) -> None:
    """An outage of objects lasts until a client gets again what it asks for."""
    judgement = ObjectService(60).judge(_history(*events))
    assert judgement.verdict is verdict
    _says(said, judgement.sentence)


@pytest.mark.parametrize(
    ("counts", "verdict", "said"),
    [
        ((5, 5, 0, 0, 0), PASSED, "the same 5 versions"),
        ((5, 4, 1, 0, 0), FAILED, "1 only left.*it is older"),
        ((5, 6, 0, 1, 0), FAILED, "1 only right"),
        ((5, 5, 0, 0, 1), FAILED, "1 different"),
        ((0, 0, 0, 0, 0), UNKNOWN, "neither bucket"),
    ],
)
def test_the_parity_of_objects(counts: tuple[int, int, int, int, int], verdict: Verdict, said: str) -> None:
    """Every kind of difference fails, and an empty comparison proves nothing."""
    judgement = ObjectParity().judge(_history((200.0, ObjectsCompared("prod", "dr", *counts, ("a: it is older",)))))
    assert judgement.verdict is verdict
    _says(said, judgement.sentence)


def test_the_settings_of_buckets() -> None:
    """A setting that differs is named; no comparison proves nothing."""
    same = BucketSettingsCompared("prod", "dr", ("CORS", "policy"), ())
    other = BucketSettingsCompared("prod", "dr", ("CORS", "policy"), ("CORS: none in west",))
    nothing = BucketSettingsCompared("prod", "dr", (), ())
    assert BucketSettings().judge(_history((200.0, same))).verdict is PASSED
    _says("differ in CORS: none in west", BucketSettings().judge(_history((200.0, other))).sentence)
    assert BucketSettings().judge(_history((200.0, other))).verdict is FAILED
    assert BucketSettings().judge(_history((200.0, nothing))).verdict is UNKNOWN
    assert BucketSettings().judge(_history((50.0, same))).verdict is UNKNOWN


EVENT = ReplicationNotified("prod", "s3:Replication:OperationFailedReplication", "a", "v")


@pytest.mark.parametrize(
    ("events", "verdict", "said"),
    [
        ((copied(110, "a"), served(at=400)), PASSED, "0 objects were not copied"),
        ((copied(110, "a", "FAILED", "Denied"), served(at=400)), FAILED, r"a failed \(Denied\) at 110.0 s"),
        ((copied(110, "a", "FAILED", "Denied"), (111.0, EVENT), served(at=400)), PASSED, "1 objects"),
        ((copied(110, "a", "FAILED", "Denied"), (300.0, EVENT), served(at=400)), FAILED, "nobody was told"),
        (
            (copied(110, "a", "FAILED"), (120.0, ReplicationMeasured("prod", 0, 0, 0.0, 1)), served(at=400)),
            PASSED,
            "each was told",
        ),
        (
            (copied(110, "a", "FAILED"), (120.0, ReplicationMeasured("prod", 0, 0, 0.0, 0)), served(at=400)),
            FAILED,
            "nobody was told",
        ),
        ((copied(20, "z"), put(110, "a"), served(at=400)), FAILED, "a waited too long at 170.0 s"),
        ((copied(20, "z"), put(110, "a"), copied(160, "a"), served(at=400)), PASSED, "0 objects"),
        ((copied(390, "a", "FAILED"), served(at=400)), PASSED, "0 objects"),
        ((served(at=400),), UNKNOWN, "no object was copied"),
    ],
)
def test_watching(events: tuple[Timed, ...], verdict: Verdict, said: str) -> None:
    """What fails or waits is told in time, by an event or by a metric that shows it."""
    judgement = ReplicationWatched(60).judge(_history(*events))
    assert judgement.verdict is verdict
    _says(said, judgement.sentence)


LATE, AFTER = ReplicationNotified("prod", MISSED, "a", "v"), ReplicationNotified("prod", COPIED_LATE, "a", "v")


@pytest.mark.parametrize(
    ("events", "verdict", "said"),
    [
        ((put(110, "a"), copied(1009, "a"), served(at=2000)), UNKNOWN, "no object waited longer"),
        ((put(110, "a"), (1020, LATE), copied(1300, "a"), (1301, AFTER), served(at=2000)), PASSED, "^1 objects waited"),
        ((put(110, "a"), copied(1300, "a"), (1301, AFTER), served(at=2000)), FAILED, "a in prod.*no s3:.*Missed"),
        ((put(110, "a"), (1090, LATE), copied(1300, "a"), served(at=2000)), FAILED, "no s3:.*Missed"),
        ((put(110, "a"), (1020, LATE), copied(1300, "a"), served(at=2000)), FAILED, "no s3:.*ReplicatedAfter"),
        ((copied(20, "z"), put(110, "a"), (1020, LATE), served(at=2000)), PASSED, "^1 objects waited"),
        ((copied(20, "z"), put(110, "a"), served(at=2000)), FAILED, "a in prod waited longer than 15 min at 1010.0 s"),
        ((copied(20, "z"), put(110, "a"), served(at=1050)), PASSED, "^1 objects waited"),
        ((served(at=2000),), UNKNOWN, "no object waited longer"),
    ],
)
def test_late_objects(events: tuple[Timed, ...], verdict: Verdict, said: str) -> None:
    """Each event that S3 promises is there in time; an object whose time is not over is left out."""
    judgement = LateObjectsTold(60).judge(_history(*events))
    assert judgement.verdict is verdict
    _says(said, judgement.sentence)


@pytest.mark.parametrize(
    ("works", "status", "verdict"),
    [(True, "COMPLETED", PASSED), (False, "FAILED", PASSED), (True, "FAILED", FAILED), (False, "COMPLETED", FAILED)],
)
def test_verifying(works: bool, status: str, verdict: Verdict) -> None:  # noqa: FBT001 - a column of the table
    """A verification is right when it says what the last object says."""
    verified = (120.0, ReplicationVerified("prod", "canary", works, "looked"))
    assert VerificationTells().judge(_history(copied(110, "a", status), verified)).verdict is verdict
    assert VerificationTells().judge(_history(verified, copied(130, "a", status))).verdict is UNKNOWN


def _history(*events: Timed) -> History:
    """Return a history with a fault that bites at 100 s."""
    return History.of(*sorted((*BLOW, *events), key=lambda pair: pair[0]))


def _says(pattern: str, sentence: str) -> None:
    """Find a pattern in a sentence."""
    assert re.search(pattern, sentence), sentence
