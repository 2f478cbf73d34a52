"""Inside a living world: what `dig` sees of its DNS, and what a fault that does not bite is worth."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, ClassVar

import pytest

from ziggie_harness.backends.emulated.world import EmulatedWorld
from ziggie_harness.checks.recovery_point import RecoveryPoint
from ziggie_harness.checks.recovery_time import RecoveryTime
from ziggie_harness.checks.single_writer import SingleWriter
from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, probes_found
from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.model.history import FaultDidNotBite
from ziggie_harness.model.topology import Role
from ziggie_harness.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ziggie_harness.model.fidelity import Capability
    from ziggie_harness.ports import World

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("drills_play")]


class Nothing:
    """A fault that hurts nobody."""

    name: ClassVar[str] = "nothing"
    phrase: ClassVar[str] = "nothing happens to the {role} region"
    needs: ClassVar[frozenset[Capability]] = frozenset()

    def strike(self, world: World, target: Role) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def proof(self, world: World, target: Role) -> str | None:
        """See nothing."""
        return None


@contextmanager
def steady(directory: Path) -> Iterator[Drill]:
    """Hold the corrected design in its steady state."""
    (directory / "logs").mkdir(exist_ok=True)
    topology, probes = read_topology(ACTIVE_PASSIVE), tuple(probes_found().values())
    with Drill(backends_found()["embedded"], topology, probes, directory, skips=True) as drill:
        drill.reach_steady_state()
        yield drill


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Return a drill in its steady state, for the tests of this module in their order."""
    with steady(tmp_path_factory.mktemp("drill")) as drill:
        yield drill


@pytest.fixture
def dig(drill: Drill, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return the genuine `dig`, run where the public's clients are."""
    if shutil.which("dig") is None:
        pytest.skip("dig is not installed")
    assert isinstance(drill.world, EmulatedWorld)
    clients = drill.world._parts.network.descriptor("internet")
    with Run(tmp_path) as run, Supervisor(run) as supervisor:

        def ask(*words: str) -> str:
            """Ask one of the zone's name servers."""
            command = ("dig", "@205.251.192.53", *words, "+norecurse", "+tries=1", "+time=3")
            done = supervisor.run("dig", command, environment={}, within_seconds=10, namespace=clients)
            return done.succeeded().output

        yield ask


def test_dig_sees_the_failover_answer(dig: Callable[..., str]) -> None:
    """The answer has authority, the address of the healthy primary alone, and the record's TTL."""
    said = dig("api.ziggie.ai", "A")
    assert "status: NOERROR" in said
    assert "flags: qr aa;" in said
    assert [line.split() for line in answers(said)] == [["api.ziggie.ai.", "60", "IN", "A", "13.48.10.10"]]


@pytest.mark.parametrize(
    ("name", "type_", "status"), [("nobody.ziggie.ai", "A", "NXDOMAIN"), ("api.ziggie.ai", "AAAA", "NOERROR")]
)
def test_dig_sees_what_does_not_exist(dig: Callable[..., str], name: str, type_: str, status: str) -> None:
    """No such name, and no such type: no answer, and the zone's SOA tells for how long that may be remembered."""
    said = dig(name, type_)
    assert f"status: {status}" in said
    assert "flags: qr aa;" in said
    assert not answers(said)
    assert "AUTHORITY: 1" in said
    assert "SOA" in said


def test_a_fault_that_does_not_bite_proves_nothing(drill: Drill) -> None:
    """Whoever was never hurt has not recovered: every check that stands on the fault is UNKNOWN."""
    drill.strike(Nothing(), Role.PRIMARY)
    judgements = [drill.judge(check) for check in (RecoveryTime(900.0, 30.0), RecoveryPoint(5.0), SingleWriter())]
    assert list(drill.history.of_kind(FaultDidNotBite))
    assert [judgement.verdict for judgement in judgements] == [Verdict.UNKNOWN] * 3, judgements


def answers(said: str) -> list[str]:
    """Return the records of the answer section of what dig said."""
    _, _, rest = said.partition(";; ANSWER SECTION:\n")
    return rest.partition("\n\n")[0].splitlines() if rest else []
