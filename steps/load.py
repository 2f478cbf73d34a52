"""Given: clients that write far more than the probes do, and keep account of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given

from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage


@given(sentence(r"clients have made (?P<times>\d+) writes a second for (?P<duration>\d.*)"), converters=CONVERTERS)
def clients_have_made_writes(stage: Stage, times: int, duration: float) -> None:
    """Let clients write directly to the database of the primary region, until the failover begins."""
    stage.drill.load(times, duration)
