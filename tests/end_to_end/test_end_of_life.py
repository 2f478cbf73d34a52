"""Nothing outlives a run: not after `kill -9` and a sweep, and not after Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.end_to_end.conftest import CONFINED, required, written_feature
from ziggie_harness.cli.drill import INTERRUPTED
from ziggie_harness.evidence.numbers import numbers
from ziggie_harness.evidence.run_record import read_run
from ziggie_harness.kernel import segments
from ziggie_harness.model.history import FaultHealed, FaultStruck

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.end_to_end.conftest import Place

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("drills_play")]

CEILING_SECONDS: Final = 20.0
"""How long an end is waited for on a busy machine; it comes within a second on a quiet one."""


OF_AN_ENGINE: Final = ("veth", "br-", "docker")
"""How interfaces of a container engine are called, whose containers come and go beside these tests."""


def interfaces() -> set[Path]:
    """Return the network interfaces that this process sees, but for those of a container engine."""
    return {path for path in Path("/sys/class/net").iterdir() if not path.name.startswith(OF_AN_ENGINE)}


@contextmanager
def held(pids: Iterable[int]) -> Iterator[set[int]]:
    """Hold the network namespaces that processes are in open, and yield their numbers.

    The kernel gives the number of a namespace that ended to the next one, such as that of a test beside this one; while
    a namespace is held open, its number is its own. It is held without a process in it.
    """
    with ExitStack() as stack:
        found = set()
        for pid in pids:
            with suppress(OSError):
                descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
                stack.callback(os.close, descriptor)
                found.add(os.fstat(descriptor).st_ino)
        yield found


def inhabited() -> set[int]:
    """Return the numbers of the network namespaces that processes of this machine are in."""
    found = set()
    for pid in everybody():
        with suppress(OSError):
            found.add(Path(f"/proc/{pid}/ns/net").stat().st_ino)
    return found


def own_network() -> int:
    """Return the number of the network namespace that this test is in."""
    return Path("/proc/self/ns/net").stat().st_ino


def everybody() -> list[int]:
    """Return all processes of this machine."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def test_after_a_kill_and_a_sweep_nothing_is_left(place: Place) -> None:
    """SIGKILL in the middle of an outage: its processes die with it, and the sweep removes its directory."""
    before = interfaces()
    with place.started(place.command(*place.outage)) as run:
        runs = place.await_blow(run)
        with held(place.living(runs)) as found:
            regions = found - {own_network()}
            assert len(regions) >= 3, "its servers live in regions of their own"
            run.send_signal(signal.SIGKILL)
            run.wait()
            assert place.await_true(lambda: not place.living(runs), CEILING_SECONDS), f"alive: {place.living(runs)}"
            assert not regions & inhabited()
    assert interfaces() == before
    assert {path.name for path in place.state.iterdir()} == runs
    swept = place.finish(place.ziggie("sweep"))
    assert swept.returncode == 0, swept.stderr
    assert [f"removed {place.state / run}" for run in sorted(runs)] == swept.stdout.splitlines()
    assert not list(place.state.iterdir())


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_without_namespaces_nothing_is_left_either(place: Place, blow: signal.Signals) -> None:
    """The death signal ends what a killed run started; after the sweep, or Ctrl-C, no memory of a database is left."""
    required(*CONFINED, "true")
    command = place.command(str(written_feature(place)), "-n", "0", "-k", "server")
    with place.started([*CONFINED, *command]) as run:
        runs = place.await_blow(run)
        started = place.living(runs)
        assert started & {each.maker for each in segments.segments()}, "a database server has shared memory"
        os.killpg(run.pid, blow)
        run.wait(3 * CEILING_SECONDS)
        assert place.await_true(lambda: not place.living(runs), CEILING_SECONDS), f"alive: {place.living(runs)}"
    if blow is signal.SIGKILL:
        swept = place.finish(place.ziggie("sweep"))
        assert swept.returncode == 0, swept.stderr
    assert not list(place.state.iterdir())
    assert not started & {each.maker for each in segments.segments()}


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("whole_terminal", [True, False], ids=["terminal", "process"])
def test_after_an_interrupt_nothing_is_left(place: Place, workers: str, *, whole_terminal: bool) -> None:
    """Ctrl-C, to all processes of the terminal or to the first alone: the run ends by itself and takes all with it."""
    before = interfaces()
    with place.started(place.command(*place.outage, "-n", workers)) as run:
        runs = place.await_blow(run)
        with held(place.living(runs)) as found:
            if whole_terminal:
                os.killpg(run.pid, signal.SIGINT)
            else:
                run.send_signal(signal.SIGINT)
            assert run.wait(3 * CEILING_SECONDS) == pytest.ExitCode.INTERRUPTED, place.output()
            assert not list(place.state.iterdir())
            assert place.await_true(lambda: not place.living(runs), CEILING_SECONDS), f"alive: {place.living(runs)}"
            assert not (found - {own_network()}) & inhabited()
    assert interfaces() == before
    if workers == "0":
        assert "the run was interrupted before the scenario had ended" in place.output()


def test_ziggie_drill_seals_what_it_plays_and_what_is_interrupted(place: Place) -> None:
    """Played to its end it ends with 0 and prints the numbers that were sealed; after Ctrl-C with 130, sealed too."""
    command = place.ziggie("drill", *place.outage, "--json", "--evidence", str(place.evidence))
    done = place.finish(command)
    assert done.returncode == 0, done.stdout + done.stderr
    [scenario] = json.loads(done.stdout)["scenarios"]
    assert numbers(read_run(place.evidence).scenarios[0].row).items() <= scenario.items()
    shutil.rmtree(place.evidence)
    with place.started(command) as run:
        runs = place.await_blow(run)
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(3 * CEILING_SECONDS) == INTERRUPTED, place.output()
        assert not list(place.state.iterdir())
        assert place.await_true(lambda: not place.living(runs), CEILING_SECONDS), f"alive: {place.living(runs)}"
    [bundle] = read_run(place.evidence).bundles
    assert bundle.verdict == "ERROR"
    healed = {event.fault for _, event in bundle.history().of_kind(FaultHealed)}
    assert healed == {event.fault for _, event in bundle.history().of_kind(FaultStruck)} != set()
