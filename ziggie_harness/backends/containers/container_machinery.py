"""A container engine as a machinery: the sites are its networks, the servers its containers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from ziggie_harness.backends.containers.compose import ComposeLayout, Project
from ziggie_harness.backends.containers.engine import Engine
from ziggie_harness.backends.containers.layout import EngineLayout, Pod
from ziggie_harness.backends.containers.supervisor import ContainerSupervisor
from ziggie_harness.backends.emulated import machinery, mongo_install, postgres_install
from ziggie_harness.backends.emulated.dates import DrillDates
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab import network as lab
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.history import Noted
from ziggie_harness.ports import Journal, Network

VERSION_SECONDS: Final = 30.0


class ContainerMachinery:
    """A ``Machinery`` of one drill."""

    def __init__(self, journal: Journal) -> None:
        """Tell the journal whose networks the sites are."""
        self._journal = journal
        self._pods: Mapping[str, Pod] = {}
        self._engine: Engine | None = None
        self._project: Project | None = None

    @contextmanager
    def network(self, run: Run, on_change: Sequence[Callable[[], None]]) -> Iterator[Network]:
        """Have the engine make the sites, for a block."""
        self._engine = Engine(run.id)
        try:
            layout = self._layout(self._engine)
            with lab.Network(on_change, laid=lambda: layout) as network:
                self._pods = layout.pods
                yield network
        finally:
            self._engine.close()

    def supervisor(self, run: Run, network: Network) -> AbstractContextManager[machinery.Supervisor]:
        """Make what starts containers in the sites, for a block."""
        if self._engine is None:
            raise LabError("there is no network for containers", hint="make the network first")
        return ContainerSupervisor(self._engine, run, self._pods)

    def _layout(self, engine: Engine) -> ComposeLayout | EngineLayout:
        """Return the compose project if it is up and no other drill has it, else sites of the drill's own."""
        composed = ComposeLayout()
        if not composed.claim() or composed.project is None:
            self._journal.record(Noted("the sites are networks that were made for this drill"))
            return EngineLayout(engine)
        self._project = composed.project
        self._journal.record(Noted(f"the sites are the networks of the compose project {composed.project.name}"))
        return composed

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
        from ziggie_harness.backends.containers.localstack_objects import InLocalStack  # noqa: PLC0415 - as above

        if self._engine is None:
            raise LabError("there is no engine for LocalStack", hint="make the network first")
        with LocalStack(self._engine, self._project) as localstack:
            yield InLocalStack(localstack, dates)


def _version(supervisor: machinery.Supervisor, program: str, pattern: str) -> str:
    """Ask a server's program for its version."""
    command = (program, "--version")
    said = supervisor.run(" ".join(command), command, environment={}, within_seconds=VERSION_SECONDS).succeeded()
    match = re.search(pattern, said.output)
    if match is None:
        raise LabError(f"{program} of its image does not tell its version", said.output.strip(), "build the image anew")
    return match.group(1)
