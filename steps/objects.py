"""When and Then: what is promised of the objects in the buckets, and of what copies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_bdd import then, when

from ziggie_harness.checks.bucket_settings import BucketSettings
from ziggie_harness.checks.late_objects_told import LateObjectsTold
from ziggie_harness.checks.object_parity import ObjectParity
from ziggie_harness.checks.object_service import ObjectService
from ziggie_harness.checks.replication_verified import VerificationTells
from ziggie_harness.checks.replication_watched import ReplicationWatched
from ziggie_harness.kernel.waiting import WaitTimedOut, wait_until
from ziggie_harness.model.history import Noted
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage

CEILING_SECONDS: Final = 900.0
"""How long what is still to be copied is waited for before the buckets are compared."""


@when("the owner verifies the replication of objects")
def the_owner_verifies_the_replication(stage: Stage) -> None:
    """Find out, in the design's way, whether objects are copied; what comes out is judged later."""
    stage.drill.journal.record(stage.drill.world.objects.verify())


@then("the owner is told the truth about the replication")
def the_owner_is_told_the_truth(stage: Stage) -> None:
    """Judge whether the verification said what the objects say."""
    stage.hold([VerificationTells()])


@then("both buckets hold the same objects")
def both_buckets_hold_the_same_objects(stage: Stage) -> None:
    """Wait until everything is copied that will be, compare the buckets, and judge what differs."""
    drill = stage.drill
    drill.conclude()
    try:
        wait_until(
            drill.clock,
            "the copying of objects",
            drill.world.objects.replication_obstacle,
            at_most_seconds=CEILING_SECONDS,
            every_seconds=5.0,
        )
    except WaitTimedOut as error:
        drill.journal.record(Noted(str(error)))
    drill.journal.record(drill.world.objects.compare())
    stage.hold([ObjectParity()])


@then("both buckets have the same settings")
def both_buckets_have_the_same_settings(stage: Stage) -> None:
    """Compare what no replication carries: lifecycle, CORS, policy, notifications, tags, encryption, Object Lock."""
    stage.drill.conclude()
    stage.drill.journal.record(stage.drill.world.objects.compare_settings())
    stage.hold([BucketSettings()])


@then(sentence(r"clients are without their objects for at most (?P<duration>\d.*)"), converters=CONVERTERS)
def clients_are_without_their_objects_for_at_most(stage: Stage, duration: float) -> None:
    """Judge the longest time in which clients could not store objects, or not read them as they were stored."""
    stage.hold([ObjectService(duration)])


@then(sentence(r"objects that are not copied are told within (?P<duration>\d.*)"), converters=CONVERTERS)
def objects_that_are_not_copied_are_told(stage: Stage, duration: float) -> None:
    """Judge whether S3 told somebody of each object that failed or waits."""
    stage.hold([ReplicationWatched(duration)])


@then(
    sentence(r"each object that waits longer than 15 min is told by events within (?P<duration>\d.*)"),
    converters=CONVERTERS,
)
def late_objects_are_told(stage: Stage, duration: float) -> None:
    """Judge whether S3 sent an event of each object that waited too long, and another once it was copied."""
    stage.hold([LateObjectsTold(duration)])
