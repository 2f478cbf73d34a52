"""This machine as a machinery: namespaces, processes, and moto in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from ziggie_harness.backends.emulated import machinery, mongo_install, postgres_install
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.ports import Network


@dataclass(frozen=True, slots=True)
class InMoto:
    """Objects that moto keeps."""

    state: machinery.ObjectState
    answers: None = None


class HostMachinery:
    """A ``Machinery`` of this machine."""

    def __init__(self, laid: Callable[[Sequence[Callable[[], None]]], AbstractContextManager[Network]]) -> None:
        """Have sites as ``laid`` makes them, given whom to tell of changes: namespaces, or this machine's loopback."""
        self._laid = laid

    def network(self, run: Run, on_change: Sequence[Callable[[], None]]) -> AbstractContextManager[Network]:
        """Make sites, for a block."""
        return self._laid(on_change)

    def supervisor(self, run: Run, network: Network) -> AbstractContextManager[machinery.Supervisor]:
        """Make what starts processes, for a block."""
        return Supervisor(run)

    def postgres(self, supervisor: machinery.Supervisor) -> postgres_install.Installation:
        """Find PostgreSQL; LabError when there is none."""
        return postgres_install.find_installation(supervisor)

    def mongo(self, supervisor: machinery.Supervisor) -> mongo_install.Installation:
        """Find MongoDB; LabError when there is none."""
        return mongo_install.find_installation(supervisor)

    @contextmanager
    def objects(self, run: Run, dates: DrillDates) -> Iterator[InMoto]:
        """Let moto keep the objects."""
        from ziggie_harness.backends.emulated.s3_state import S3State  # noqa: PLC0415 - few topologies have buckets

        yield InMoto(S3State(dates))
