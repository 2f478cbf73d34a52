"""Processes: started in a region, frozen, killed, and never alive longer than the harness. Nobody else starts any."""

from ziggie_harness.kernel.processes.fork_server import ForkServer
from ziggie_harness.kernel.processes.process import END_SECONDS, Finished, Process, last_lines
from ziggie_harness.kernel.processes.supervisor import AS_UNPRIVILEGED, DIE_WITH_PARENT, Supervisor

__all__ = [
    "AS_UNPRIVILEGED",
    "DIE_WITH_PARENT",
    "END_SECONDS",
    "Finished",
    "ForkServer",
    "Process",
    "Supervisor",
    "last_lines",
]
