"""The backend `containers`: regions as networks of a container engine, servers in containers, objects in LocalStack."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.kernel import runs
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.topology import Topology
from ziggie_harness.ports import Journal, World

if TYPE_CHECKING:
    from ziggie_harness.kernel.processes import ForkServer

OFFERS: Final[Mapping[Capability, Offer]] = {
    Capability.NETWORK: Offer(Fidelity.REAL, "networks of a container engine; a dark region is disconnected by it"),
    Capability.PARTITIONS: Offer(Fidelity.REAL, "packets are dropped by the kernel, in each direction by itself"),
    Capability.LOSS: Offer(Fidelity.REAL, "packets are dropped by the kernel, each by chance"),
    Capability.NAMES: Offer(
        Fidelity.EMULATED, "our resolver in each site, the only one there; AWS's own names and ports"
    ),
    Capability.PROCESSES: Offer(Fidelity.REAL, "containers, killed and paused by their engine"),
    Capability.API: Offer(Fidelity.EMULATED, "LocalStack's S3, and moto's state for the rest, behind our rules"),
    Capability.DNS: Offer(Fidelity.EMULATED, "our name servers and caching resolvers, in the engine's networks"),
    Capability.HEALTH_CHECKS: Offer(Fidelity.EMULATED, "our health checkers, asking over the engine's networks"),
    Capability.SERVICE: Offer(Fidelity.EMULATED, "a stand-in for Ziggie's API, a container in each region"),
    Capability.POSTGRESQL: Offer(Fidelity.REAL, "PostgreSQL's image, with streaming replication"),
    Capability.MONGODB: Offer(Fidelity.REAL, "MongoDB's image, as replica sets"),
    Capability.OBJECTS: Offer(Fidelity.EMULATED, "LocalStack's buckets behind our rules, copied over the networks"),
    Capability.SECRETS: Offer(Fidelity.EMULATED, "our Secrets Manager; the client that reads it runs unmodified"),
    Capability.ALERTS: Offer(
        Fidelity.EMULATED, "our event buses, alarms and topics; receivers are servers in the networks"
    ),
    Capability.FUNCTIONS: Offer(
        Fidelity.EMULATED, "our Lambda; the code runs unmodified, a process in the network of its region"
    ),
    Capability.RUNBOOKS: Offer(Fidelity.REAL, "bash, curl and the `aws` command line, unmodified"),
    Capability.CLOCK: Offer(Fidelity.REAL, "wall time, from the steady state on"),
}


class Containers:
    """A container engine on this machine: the same world, with an engine's networks and containers under it."""

    name: ClassVar[str] = "containers"
    skips: ClassVar[bool] = False

    def __init__(self) -> None:
        """Know nothing of the engine yet."""
        self._examined = False
        self._lacking: str | None = None
        self._absent = {Capability.DISKS: "the disk of a container is a directory of its host, which has no bound"}
        self._versions: dict[str, str] = {}
        self._forks: ForkServer | None = None
        self._nursery: ForkServer | None = None

    def prepare(self) -> None:
        """Do nothing: what is needed of this process, the right to enter an engine's networks, it has or has not."""

    def offers(self) -> Mapping[Capability, Offer]:
        """Return what this backend can do, and how genuine each is."""
        return OFFERS

    def limitation(self, needs: frozenset[Capability]) -> str | None:
        """Return why this machine cannot do one of these, or None; the engine and its images are asked once."""
        if not self._examined:
            self._examined = True
            self._lacking = self._try()
        return self._lacking or next((self._absent[need] for need in sorted(needs & self._absent.keys())), None)

    def versions(self) -> Mapping[str, str]:
        """Return what is really in the images, known once a limitation was asked for."""
        return self._versions

    def provision(
        self, topology: Topology, clock: DrillClock, journal: Journal, logs: Path
    ) -> AbstractContextManager[World]:
        """Let a topology live in containers for the block."""
        from ziggie_harness.backends.containers.container_machinery import ContainerMachinery  # noqa: PLC0415 - slow to import, Linux only
        from ziggie_harness.backends.emulated.functions.runner import RUNTIME  # noqa: PLC0415 - Linux only
        from ziggie_harness.backends.emulated.provisioning import provisioned  # noqa: PLC0415 - slow to import, Linux only
        from ziggie_harness.kernel.processes import ForkServer  # noqa: PLC0415 - Linux only

        if self._forks is None:
            self._forks = ForkServer(())
        if topology.functions and self._nursery is None:
            self._nursery = ForkServer((RUNTIME,))
        machinery = ContainerMachinery(journal)
        return provisioned(topology, clock, journal, logs, self._forks, machinery=machinery, nursery=self._nursery)

    def sweep(self) -> Sequence[str]:
        """Remove the containers and networks of runs whose owner is dead, and what these left on this machine."""
        from ziggie_harness.backends.containers import leftovers  # noqa: PLC0415 - slow to import

        return (*leftovers.sweep(), *runs.sweep().lines)

    def _try(self) -> str | None:
        """Ask for what every drill needs, and return the reason for what is missing."""
        if sys.platform != "linux":
            return f"the harness enters the networks of containers, which takes Linux, and this is {sys.platform}"
        from ziggie_harness.backends.containers import images  # noqa: PLC0415 - for this backend alone
        from ziggie_harness.backends.containers.engine import inside_images  # noqa: PLC0415 - slow to import
        from ziggie_harness.kernel.namespaces import may_administrate  # noqa: PLC0415 - Linux only
        from ziggie_harness.lab import loss  # noqa: PLC0415 - Linux only

        if not may_administrate():
            return "the networks of containers can be entered by root alone: run the harness as root"
        try:
            found = inside_images()
        except LabError as error:
            return f"this machine cannot play drills in containers: {error}"
        self._versions = found
        if missing := [image for image in images.NEEDED if image not in found]:
            return f"the engine has no image {', '.join(missing)}: `python3 containers/build.py` builds stand-ins"
        for capability, image in ((Capability.MONGODB, images.MONGO), (Capability.OBJECTS, images.LOCALSTACK)):
            if image not in found:
                self._absent[capability] = f"the engine has no image {image}: `python3 containers/build.py` builds one"
        if obstacle := loss.obstacle():
            self._absent[Capability.LOSS] = obstacle
        return None
