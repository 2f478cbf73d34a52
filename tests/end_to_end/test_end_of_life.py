"""Nothing outlives a run: not after `kill -9` and a sweep, and not after Ctrl-C."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.end_to_end.conftest import Place

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("drills_play")]


def interfaces() -> set[Path]:
    """Return the network interfaces that this process sees."""
    return set(Path("/sys/class/net").iterdir())


def networks(pids: Iterable[int]) -> set[Path]:
    """Return the network namespaces that processes are in; those that have ended are in none."""
    found = set()
    for pid in pids:
        with suppress(OSError):
            found.add(Path(f"/proc/{pid}/ns/net").readlink())
    return found


def everybody() -> list[int]:
    """Return all processes of this machine."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def test_after_a_kill_and_a_sweep_nothing_is_left(place: Place) -> None:
    """SIGKILL in the middle of an outage: its processes die with it, and the sweep removes its directory."""
    before = interfaces()
    with place.started(place.command(*place.outage)) as run:
        runs = place.await_blow(run)
        regions = networks(place.living(runs)) - networks([os.getpid()])
        assert len(regions) >= 3, "its servers live in regions of their own"
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert place.await_true(lambda: not place.living(runs), 2.0), f"alive: {place.living(runs)}"
        assert not regions & networks(everybody())
    assert interfaces() == before
    assert {path.name for path in place.state.iterdir()} == runs
    swept = place.finish(place.ziggie("sweep"))
    assert swept.returncode == 0, swept.stderr
    assert [f"removed {place.state / run}" for run in sorted(runs)] == swept.stdout.splitlines()
    assert not list(place.state.iterdir())


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("whole_terminal", [True, False], ids=["terminal", "process"])
def test_after_an_interrupt_nothing_is_left(place: Place, workers: str, *, whole_terminal: bool) -> None:
    """Ctrl-C, to all processes of the terminal or to the first alone: the run ends by itself and takes all with it."""
    before = interfaces()
    with place.started(place.command(*place.outage, "-n", workers)) as run:
        runs = place.await_blow(run)
        regions = networks(place.living(runs)) - networks([os.getpid()])
        if whole_terminal:
            os.killpg(run.pid, signal.SIGINT)
        else:
            run.send_signal(signal.SIGINT)
        assert run.wait(30.0) == pytest.ExitCode.INTERRUPTED, place.output()
        assert not list(place.state.iterdir())
        assert place.await_true(lambda: not place.living(runs), 1.0), f"alive: {place.living(runs)}"
        assert not regions & networks(everybody())
    assert interfaces() == before
    if workers == "0":
        assert "the run was interrupted before the scenario had ended" in place.output()
