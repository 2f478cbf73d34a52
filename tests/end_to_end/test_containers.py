"""A run on containers whose harness is killed, or interrupted, leaves nothing at the engine."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from ziggie_harness.backends.containers.engine import RUN_LABEL, client

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Place

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("container_engine")]

ON_CONTAINERS: Final = ("--backend", "containers", "-n", "0")

END_SECONDS: Final = 120.0
"""How long an end may take on a busy machine; an engine removes a container in a fifth of a second on a quiet one."""


def left_of(runs: frozenset[str]) -> list[str]:
    """Return the names of what the engine has of some runs."""
    with closing(client()) as asking:
        wanted = [{"label": f"{RUN_LABEL}={run}"} for run in runs]
        containers = [each for label in wanted for each in asking.containers.list(all=True, filters=label)]
        networks = [each for label in wanted for each in asking.networks.list(filters=label)]
        return sorted(each.name for each in (*containers, *networks))


def test_after_a_kill_and_a_sweep_no_container_is_left(place: Place) -> None:
    """SIGKILL in the middle of an outage: containers and networks live on, and the sweep removes them all."""
    with place.started(place.command(*place.outage, *ON_CONTAINERS)) as run:
        runs = place.await_blow(run)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert len(left_of(runs)) >= 13, "the sites and their networks, the router, and servers"
        swept = place.finish(place.ziggie("sweep"))
    assert swept.returncode == 0, swept.stderr
    assert left_of(runs) == []
    assert not place.living(runs)
    assert not list(place.state.iterdir())


def test_after_an_interrupt_no_container_is_left(place: Place) -> None:
    """Ctrl-C in the middle of an outage: the run ends by itself and takes all with it."""
    with place.started(place.command(*place.outage, *ON_CONTAINERS)) as run:
        runs = place.await_blow(run)
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(END_SECONDS) == pytest.ExitCode.INTERRUPTED, place.output()
    assert left_of(runs) == []
    assert not list(place.state.iterdir())
