"""The same short outage on both clocks: whether idleness is skipped or lived through, the numbers agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, faults_found, probes_found
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.model.history import FaultHealed, FaultStruck
from ziggie_harness.model.topology import Role
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("drills_play")]

OUTAGE_SECONDS = 12.0
"""Shorter than what turns a health check red or lets the writer's lease lapse: service is back with the network."""

AIM_SECONDS = 0.25
"""How far a short outage's RTO may be off, beside the gap between two writes that it tells itself."""


@pytest.mark.parametrize("skips", [True, False], ids=["skipping", "wall"])
def test_a_known_outage_is_measured(tmp_path: Path, skips: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The RTO of an outage is its length; on the wall clock nothing was skipped while it was measured."""
    (tmp_path / "logs").mkdir()
    backend, probes = backends_found()["embedded"], tuple(probes_found().values())
    with Drill(backend, read_topology(ACTIVE_PASSIVE), probes, tmp_path, skips=skips) as drill:
        drill.reach_steady_state()
        skipped_before = drill.clock.skipped_seconds
        drill.strike(faults_found()["region outage"], Role.PRIMARY, for_seconds=OUTAGE_SECONDS)
        drill.conclude(60.0)
        judgement = drill.judge(RecoveryTime(60.0, 30.0))
        skipped_seconds = drill.clock.skipped_seconds - skipped_before
    struck, healed = (next(at for at, _ in drill.history.of_kind(kind)) for kind in (FaultStruck, FaultHealed))
    assert judgement.verdict is Verdict.PASSED, judgement
    rto_seconds, uncertainty_seconds = judgement.measured("RTO"), judgement.measured("RTO uncertainty")
    assert rto_seconds is not None
    assert uncertainty_seconds is not None
    assert abs(rto_seconds - (healed - struck)) <= AIM_SECONDS + uncertainty_seconds, judgement
    assert (skipped_seconds > 0) is skips
