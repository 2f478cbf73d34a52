"""A container engine as a machinery: the sites are its networks, the servers its containers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.backends.containers.engine import Engine
from ziggie_harness.backends.containers.layout import EngineLayout
from ziggie_harness.backends.containers.supervisor import ContainerSupervisor
from ziggie_harness.backends.emulated import machinery, mongo_install, postgres_install
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.network import Network
from ziggie_harness.model.errors import LabError

VERSION_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class _InLocalStack:
    """Objects that LocalStack keeps."""

    state: machinery.ObjectState
    answers: machinery.State | None


class ContainerMachinery:
    """A ``Machinery`` of one drill."""

    def __init__(self) -> None:
        """Know nothing of the engine yet."""
        self._layout: EngineLayout | None = None
        self._engine: Engine | None = None

    @contextmanager
    def network(self, run: Run, on_change: Sequence[Callable[[], None]]) -> Iterator[Network]:
        """Have the engine make the sites, for a block."""
        self._engine = Engine(run.id)
        try:
            layout = self._layout = EngineLayout(self._engine)
            with Network(on_change, laid=lambda: layout) as network:
                yield network
        finally:
            self._engine.close()

    def supervisor(self, run: Run, network: Network) -> AbstractContextManager[machinery.Supervisor]:
        """Make what starts containers in the sites, for a block."""
        if self._engine is None or self._layout is None:
            raise LabError("there is no network for containers", hint="make the network first")
        return ContainerSupervisor(self._engine, run, self._layout.pods)

    def postgres(self, supervisor: machinery.Supervisor) -> postgres_install.Installation:
        """Find PostgreSQL in its image; LabError when it does not tell its version."""
        version = _version(supervisor, "postgres", r"\(PostgreSQL\) (\d+(\.\d+)?)")
        return postgres_install.Installation(Path("/usr/lib/postgresql") / version.split(".")[0] / "bin", version)

    def mongo(self, supervisor: machinery.Supervisor) -> mongo_install.Installation:
        """Find MongoDB in its image; LabError when it does not tell its version."""
        return mongo_install.Installation(Path("mongod"), _version(supervisor, "mongod", r"db version v(\S+)"))

    @contextmanager
    def objects(self, run: Run, dates: DrillDates) -> Iterator[machinery.ObjectsKept]:
        """Let LocalStack keep the objects."""
        from ziggie_harness.backends.containers.localstack import LocalStack  # noqa: PLC0415 - few topologies have buckets
        from ziggie_harness.backends.containers.localstack_objects import LocalStackObjects  # noqa: PLC0415 - as above

        if self._engine is None:
            raise LabError("there is no engine for LocalStack", hint="make the network first")
        with LocalStack(self._engine) as localstack:
            objects = LocalStackObjects(localstack, dates)
            yield _InLocalStack(objects, objects)


def _version(supervisor: machinery.Supervisor, program: str, pattern: str) -> str:
    """Ask a server's program for its version."""
    command = (program, "--version")
    said = supervisor.run(" ".join(command), command, environment={}, within_seconds=VERSION_SECONDS).succeeded()
    match = re.search(pattern, said.output)
    if match is None:
        raise LabError(f"{program} of its image does not tell its version", said.output.strip(), "build the image anew")
    return match.group(1)
