"""Given and Then: clients that write far more than the probes do, and what must be true of what survives of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, then

from ziggie_harness.checks.own_writes import OwnWrites
from ziggie_harness.checks.set_full import SetFull
from ziggie_harness.checks.stale_reads import StaleReads
from ziggie_harness.checks.whole_transfers import WholeTransfers
from ziggie_harness.probes._session import Session
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage


@given(sentence(r"clients have made (?P<times>\d+) writes a second for (?P<duration>\d.*)"), converters=CONVERTERS)
def clients_have_made_writes(stage: Stage, times: int, duration: float) -> None:
    """Let clients write and transfer directly in the primary region's database, until the failover begins."""
    stage.drill.load(times, duration)


@given(
    sentence(r"clients have transferred by halves (?P<times>\d+) times a second for (?P<duration>\d.*)"),
    converters=CONVERTERS,
)
def clients_have_transferred_by_halves(stage: Stage, times: int, duration: float) -> None:
    """The same with a mistake: each half of a transfer is a transaction of its own."""
    stage.drill.load(times, duration, whole_transfers=False)


@given(sentence(r"(?P<times>\d+) clients read back each of their own writes"), converters=CONVERTERS)
def clients_read_back_their_own_writes(stage: Stage, times: int) -> None:
    """Let some clients write and read in turn, each what it wrote itself."""
    for number in range(1, times + 1):
        stage.drill.join(Session(f"session-{number}"))


@then("each client finds what it wrote")
def each_client_finds_what_it_wrote(stage: Stage) -> None:
    """Judge whether a client's read missed a write that the same client had been told was done."""
    stage.hold([OwnWrites()])


@then("what survives of the load has no holes")
def what_survives_has_no_holes(stage: Stage) -> None:
    """Judge whether the survivor is a past state of what was acknowledged."""
    stage.hold([SetFull()])


@then("no transfer is half applied")
def no_transfer_is_half_applied(stage: Stage) -> None:
    """Judge whether each transfer is there as a whole, or not at all."""
    stage.hold([WholeTransfers()])


@then("no client reads the past")
def no_client_reads_the_past(stage: Stage) -> None:
    """Judge whether a read missed what had been acknowledged before."""
    stage.hold([StaleReads()])
