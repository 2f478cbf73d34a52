"""The checks of secrets, on histories written out event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.secret_availability import SecretAvailability
from ziggie_harness.checks.secret_home import SecretHome
from ziggie_harness.checks.secret_mistakes import SecretMistakes
from ziggie_harness.checks.secret_parity import SecretParity
from ziggie_harness.checks.secret_replication import SecretReplication
from ziggie_harness.checks.secret_rotation import SecretRotation
from ziggie_harness.model.database_events import ReplicationTold
from ziggie_harness.model.history import CallMade, Event, FaultHealed, FaultProved, FaultStruck, History
from ziggie_harness.model.secret_events import SecretAsked, SecretRotated, SecretSeen
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from ziggie_harness.ports import Check

NORTH, WEST, NAME = "eu-north-1", "eu-west-1", "ziggie/api-keys"
FAULT: tuple[tuple[float, Event], ...] = (
    (10.0, FaultStruck("API silent", "primary")),
    (10.1, FaultProved("API silent", "primary", "silence")),
)
HEALED = (30.0, FaultHealed("API silent", "primary"))
DENIED, GONE = "AccessDeniedException", "ResourceNotFoundException"

Rows = dict[str, tuple["Check", tuple[tuple[float, Event], ...], Verdict, str]]


def asked(at: float, seconds: float, region: str = NORTH, reason: str = "") -> tuple[float, Event]:
    """Tell of a question that ended at a time, after so many seconds; with a reason it got no secret."""
    digest = "" if reason else "d1"
    return at, SecretAsked(region, NAME, at - seconds, answered=not reason, digest=digest, reason=reason)


def call(at: float, region: str, error: str = "", caller: str = NORTH) -> tuple[float, Event]:
    """Tell of a call for the secret's value."""
    return at, CallMade("secretsmanager", "GetSecretValue", region, caller, 400 if error else 200, error)


def told(status: str, reason: str = "") -> tuple[float, Event]:
    """Tell of what the owners were told before the fault."""
    return 5.0, ReplicationTold(NAME, "aws secretsmanager describe-secret", status, reason)


def seen(region: str, digest: str, reason: str = "", *settings: str) -> tuple[float, Event]:
    """Tell of what was read in a region at the end."""
    return 50.0, SecretSeen(region, NAME, digest, reason, settings)


ROWS: Rows = {
    "in time": (SecretAvailability(5), (*FAULT, asked(20, 4.9)), Verdict.PASSED, "after 4.9 s at the latest"),
    "too late": (SecretAvailability(5), (*FAULT, asked(20, 5.1)), Verdict.FAILED, "waited 5.1 s of 5 s"),
    "one of two without": (
        SecretAvailability(5),
        (*FAULT, asked(20, 1), call(24.5, WEST, DENIED), asked(25, 1, reason="SecretDenied")),
        Verdict.FAILED,
        f"1 of 2 times an application got no secret: the one in {NORTH} asked for {NAME}: SecretDenied, after {WEST}",
    ),
    "nobody asked": (SecretAvailability(5), FAULT, Verdict.UNKNOWN, "no application asked"),
    "asked without a fault": (SecretAvailability(5), (asked(20, 1),), Verdict.UNKNOWN, "the fault never bit"),
    "a denial is told": (
        SecretMistakes(),
        (*FAULT, call(19.5, NORTH, DENIED), asked(20, 1, reason="SecretDenied")),
        Verdict.PASSED,
        "1 times a refusal was told",
    ),
    "a denial is hidden": (
        SecretMistakes(),
        (*FAULT, call(19.4, NORTH, DENIED), call(19.6, WEST), asked(20, 1)),
        Verdict.FAILED,
        f"was answered {DENIED} by {NORTH}",
    ),
    "a missing secret is hidden": (
        SecretMistakes(),
        (*FAULT, call(19.4, NORTH, GONE), call(19.6, WEST), asked(20, 1)),
        Verdict.FAILED,
        f"was answered {GONE}",
    ),
    "an outage is no mistake": (
        SecretMistakes(),
        (*FAULT, call(19.4, NORTH, "ThrottlingException"), call(19.6, WEST), asked(20, 1)),
        Verdict.UNKNOWN,
        "no application was denied",
    ),
    "others' denials are not the application's": (
        SecretMistakes(),
        (*FAULT, call(19.4, NORTH, DENIED, caller="internet"), asked(20, 1)),
        Verdict.UNKNOWN,
        "no application was denied",
    ),
    "home again": (
        SecretHome(),
        (*FAULT, call(19.5, WEST), asked(20, 1), HEALED, call(39.5, NORTH), asked(40, 1)),
        Verdict.PASSED,
        "1 applications read in their own region again",
    ),
    "still abroad": (
        SecretHome(),
        (*FAULT, HEALED, call(39.5, WEST), asked(40, 1)),
        Verdict.FAILED,
        f"the application in {NORTH} did not read in its own region",
    ),
    "first abroad, then home": (
        SecretHome(),
        (*FAULT, HEALED, call(39.4, WEST), call(39.5, NORTH), asked(40, 1)),
        Verdict.FAILED,
        "did not read in its own region",
    ),
    "no answer at home": (SecretHome(), (*FAULT, HEALED, asked(40, 1, reason="x")), Verdict.FAILED, "did not read"),
    "asked before the healing": (SecretHome(), (*FAULT, asked(20, 1), HEALED), Verdict.UNKNOWN, "no application asked"),
    "rotated": (
        SecretRotation(),
        (*FAULT, (20.0, SecretRotated(WEST, NAME, accepted=True, reason=""))),
        Verdict.PASSED,
        "all 1 rotations were accepted",
    ),
    "not rotated": (
        SecretRotation(),
        (*FAULT, (20.0, SecretRotated(WEST, NAME, accepted=False, reason="Operation not permitted"))),
        Verdict.FAILED,
        f"{NAME} cannot be rotated in {WEST}, where the service is now: Operation not permitted",
    ),
    "no rotation": (SecretRotation(), FAULT, Verdict.UNKNOWN, "nobody tried"),
    "the same": (SecretParity(), (*FAULT, seen(NORTH, "a"), seen(WEST, "a")), Verdict.PASSED, "1 secrets are the same"),
    "different": (SecretParity(), (*FAULT, seen(NORTH, "a"), seen(WEST, "b")), Verdict.FAILED, "different values in"),
    "the last look counts": (
        SecretParity(),
        (*FAULT, seen(NORTH, "a"), seen(WEST, "b"), seen(WEST, "a")),
        Verdict.PASSED,
        "the same",
    ),
    "not there": (
        SecretParity(),
        (*FAULT, seen(NORTH, "a"), seen(WEST, "", "not found")),
        Verdict.FAILED,
        f"{NAME} cannot be read in {WEST}: not found",
    ),
    "other tags": (
        SecretParity(),
        (*FAULT, seen(NORTH, "a", "", "policy 1", "tags 2"), seen(WEST, "a", "", "policy 1", "tags 3")),
        Verdict.FAILED,
        "different tags in",
    ),
    "no policy": (
        SecretParity(),
        (*FAULT, seen(NORTH, "a", "", "policy 1"), seen(WEST, "b")),
        Verdict.FAILED,
        "different values and policy in",
    ),
    "read in one region": (SecretParity(), (*FAULT, seen(NORTH, "a")), Verdict.UNKNOWN, "no secret was read in two"),
    "in sync": (SecretReplication(), (told("InSync"), *FAULT), Verdict.PASSED, "all 1 secrets are replicated"),
    "failed": (
        SecretReplication(),
        (told("Failed", "the name is taken"), *FAULT),
        Verdict.FAILED,
        "its replica is Failed: the name is taken",
    ),
    "refused": (
        SecretReplication(),
        (told("", "ValidationException"), *FAULT),
        Verdict.FAILED,
        f"nobody can tell whether {NAME} is replicated: `aws secretsmanager describe-secret` says ValidationException",
    ),
    "nobody looked": (SecretReplication(), FAULT, Verdict.UNKNOWN, "nobody looked"),
}


@pytest.mark.parametrize(("check", "events", "verdict", "fragment"), ROWS.values(), ids=ROWS)
def test_judges_secrets(check: Check, events: tuple[tuple[float, Event], ...], verdict: Verdict, fragment: str) -> None:
    """Each history gets its verdict, and a sentence that names what was found."""
    judgement = check.judge(History.of(*events))
    assert fragment in judgement.sentence
    assert judgement.verdict is verdict
