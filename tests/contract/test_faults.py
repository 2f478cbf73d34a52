"""Every fault, on every backend that this machine has: it bites, it shows that it bites, and it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, faults_found
from ziggie_harness.drill.stage import designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.kernel.waiting import wait_until
from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.history import FaultHealed, FaultProved, FaultStruck
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import document_of, override
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ziggie_harness.ports import Backend, Fault

FAULTS = faults_found().plugins

OF_THE_REPLICA = frozenset({"replication stall", "replication lag"})
"""What hurts a replica shows only when there is something to replicate."""

CEILING_SECONDS = 120.0
"""In drill time: longer than a lease, a reconnection and a catch-up take together."""


@pytest.fixture(scope="module", params=sorted(backends_found().plugins))
def backend(request: pytest.FixtureRequest) -> Backend:
    """Give each backend."""
    return backends_found()[request.param]


@pytest.fixture(scope="module")
def drill(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Let the corrected design, with alerts and buckets, live once for all faults, without probes."""
    buckets = document_of(read_topology(designs()["replicated-buckets"]))["buckets"]
    topology = override(read_topology(designs()["alerted"]), {"buckets": buckets})
    if reason := backend.limitation(topology.needs):
        pytest.skip(reason)
    directory: Path = tmp_path_factory.mktemp("drill")
    (directory / "logs").mkdir()
    with Drill(backend, topology, (), directory, skips=True) as drill:
        yield drill


def _fault(backend: Backend, name: str) -> Fault:
    """Return a fault; skip what this machine cannot do."""
    if reason := backend.limitation(FAULTS[name].needs):
        pytest.skip(reason)
    return FAULTS[name]


def _recovered(drill: Drill, region: Role) -> str | None:
    """Say why a region is not as it was before it was hurt, or return None."""
    number = f"{drill.clock.now():.6f}"
    return (
        drill.world.unhealthy(CLIENTS, region)
        or drill.world.writer_obstacle(Role.PRIMARY, f"contract-{number}")
        or drill.world.replication_lag(Role.SECONDARY)
    )


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_bites_and_is_undone(backend: Backend, drill: Drill, name: str) -> None:
    """A struck fault is proved by an observation; healed, the region serves, writes and replicates as before."""
    fault = _fault(backend, name)
    target = Role.SECONDARY if name in OF_THE_REPLICA else Role.PRIMARY
    wait_until(drill.clock, "health", lambda: _recovered(drill, target), at_most_seconds=CEILING_SECONDS)
    before = len(drill.history.records)
    if Capability.OBJECTS in fault.needs:
        # Without probes nobody stores anything, and what the fault before has hidden cannot be hurt again.
        assert {drill.world.objects.put(f"contract/{name}/{key}").outcome for key in "ab"} == {Outcome.ACKNOWLEDGED}
    if name in OF_THE_REPLICA:
        with fault.strike(drill.world, target):
            assert drill.world.writer_obstacle(Role.PRIMARY, f"contract-{name}".replace(" ", "-")) is None
            assert fault.proof(drill.world, target)
    else:
        drill.strike(fault, target)
        drill.heal(target)
        kinds = [type(record.event) for record in drill.history.records[before:]]
        assert [kind for kind in kinds if kind in {FaultStruck, FaultProved, FaultHealed}] == [
            FaultStruck,
            FaultProved,
            FaultHealed,
        ]
    wait_until(drill.clock, "recovery", lambda: _recovered(drill, target), at_most_seconds=CEILING_SECONDS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_undone_when_its_block_fails(backend: Backend, drill: Drill, name: str) -> None:
    """Whatever ends the block, the fault ends with it."""
    fault = _fault(backend, name)
    target = Role.SECONDARY if name in OF_THE_REPLICA else Role.PRIMARY
    with pytest.raises(KeyError, match="anything"), fault.strike(drill.world, target):
        raise KeyError("anything")
    wait_until(drill.clock, "recovery", lambda: _recovered(drill, target), at_most_seconds=CEILING_SECONDS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_says_what_it_is(name: str) -> None:
    """Its phrase names a role, it says what it needs, and the classes' own sentences document it."""
    fault = FAULTS[name]
    assert "{role}" in fault.phrase
    assert fault.needs
    assert type(fault).__doc__
