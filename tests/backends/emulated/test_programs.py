"""Programs of the lab: one that does not come up says why."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.emulated.programs import Description, Program
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.processes import ForkServer, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.network import Network
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("module", ["ziggie_harness.nothing", "asyncio.windows_events"], ids=["missing", "failing"])
def test_a_program_that_cannot_start_is_quoted(tmp_path: Path, module: str) -> None:
    """Whoever waits for it gets its last words."""
    with ExitStack() as stack:
        clock = stack.enter_context(DrillClock())
        run = stack.enter_context(Run(tmp_path / "state"))
        supervisor = stack.enter_context(Supervisor(run))
        try:
            network = stack.enter_context(Network())
        except LabError as error:
            pytest.skip(str(error))
        link = stack.enter_context(ClockServer(clock, run.directory / "clock"))
        forks = ForkServer([module])
        stack.callback(forks.close)
        resolver = tmp_path / "resolv.conf"
        resolver.touch()
        described = Description("service", module, "eu-north-1", "13.48.10.10", 443, {})
        program = Program(described, supervisor, forks, network, link, files=(tmp_path / "log", resolver))
        program.launch()
        with pytest.raises(LabError, match=r"service does not listen: .*(ModuleNotFound|Import)Error: "):
            program.await_listening(lambda *_: False)
