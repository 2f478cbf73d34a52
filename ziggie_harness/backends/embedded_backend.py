"""The embedded backend: regions as network namespaces, AWS as moto's state with our semantics, databases for real."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.kernel import runs
from ziggie_harness.kernel.clock import DrillClock
from ziggie_harness.model.errors import LabError
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.topology import Topology
from ziggie_harness.ports import Journal, Network, World

if TYPE_CHECKING:
    from ziggie_harness.kernel.processes import ForkServer

OFFERS: Final[Mapping[Capability, Offer]] = {
    Capability.NETWORK: Offer(Fidelity.REAL, "Linux network namespaces, joined by virtual cables and a router"),
    Capability.PARTITIONS: Offer(Fidelity.REAL, "packets are dropped by the kernel, in each direction by itself"),
    Capability.LOSS: Offer(Fidelity.REAL, "packets are dropped by the kernel, each by chance"),
    Capability.NAMES: Offer(
        Fidelity.EMULATED, "our resolver in each site, the only one there; AWS's own names and ports"
    ),
    Capability.PROCESSES: Offer(Fidelity.REAL, "processes and signals of the kernel"),
    Capability.DISKS: Offer(Fidelity.REAL, "a file system of bounded size for each database"),
    Capability.API: Offer(Fidelity.EMULATED, "moto's state behind our rules"),
    Capability.DNS: Offer(Fidelity.EMULATED, "our name servers and caching resolvers"),
    Capability.HEALTH_CHECKS: Offer(Fidelity.EMULATED, "our health checkers, asking over the network"),
    Capability.SERVICE: Offer(Fidelity.EMULATED, "a stand-in for Ziggie's API, a process of its own in each region"),
    Capability.POSTGRESQL: Offer(Fidelity.REAL, "PostgreSQL with streaming replication"),
    Capability.MONGODB: Offer(Fidelity.REAL, "MongoDB replica sets"),
    Capability.OBJECTS: Offer(Fidelity.EMULATED, "moto's buckets behind our rules, copied over the lab's network"),
    Capability.SECRETS: Offer(Fidelity.EMULATED, "our Secrets Manager; the client that reads it runs unmodified"),
    Capability.ALERTS: Offer(
        Fidelity.EMULATED, "our event buses, alarms and topics; receivers are servers in the network"
    ),
    Capability.FUNCTIONS: Offer(
        Fidelity.EMULATED, "our Lambda; the code runs unmodified, a process of its region with real boto3"
    ),
    Capability.RUNBOOKS: Offer(Fidelity.REAL, "bash, curl and the `aws` command line, unmodified"),
    Capability.CLOCK: Offer(Fidelity.EMULATED, "wall time plus skipped idleness, or wall time alone"),
}

ON_LOOPBACK: Final[Mapping[Capability, Offer]] = {
    Capability.NETWORK: Offer(
        Fidelity.EMULATED, "this machine's loopback: one address, a port for each server, nothing between the sites"
    ),
    Capability.SECRETS: Offer(
        Fidelity.EMULATED, "our Secrets Manager; the client that reads it runs unmodified, behind a proxy of its site"
    ),
}
"""What is another thing where no namespaces can be made."""

BEYOND_LOOPBACK: Final[Mapping[Capability, str]] = {
    Capability.DISKS: "a disk that can be full needs a mount namespace: without one no file system of ours is mounted",
    Capability.PARTITIONS: "a partition needs network namespaces: on one loopback no packet vanishes between two sites",
    Capability.LOSS: "packet loss needs network namespaces: on one loopback there is no link that could lose a packet",
    Capability.NAMES: "servers that know each other by name need namespaces: on one loopback names are the machine's",
    Capability.MONGODB: "a replica set needs network namespaces: its members name each other by address and port, and"
    " each one's kernel is set on its own",
    Capability.FUNCTIONS: "functions need network namespaces: unmodified, they connect with the lab's own addresses,"
    " which lead out of this machine without",
    Capability.RUNBOOKS: "the owner's scripts need network namespaces: unmodified, they connect with the lab's own"
    " addresses, which lead out of this machine without",
}
"""What cannot be had there, and why."""

SERVERS: Final = {Capability.POSTGRESQL: "postgres", Capability.MONGODB: "mongod"}
"""The programs whose versions belong to the evidence."""


class Embedded:
    """This machine, without containers and without an account."""

    name: ClassVar[str] = "embedded"
    skips: ClassVar[bool] = True

    def __init__(self) -> None:
        """Know nothing of the machine yet."""
        self._examined = False
        self._lacking: str | None = None
        self._absent: dict[Capability, str] = {}
        self._confined: str | None = None
        """Why there are no namespaces; None where there are."""
        self._refused: str | None = None
        self._versions: dict[str, str] = {}
        self._forks: ForkServer | None = None
        self._nursery: ForkServer | None = None
        """What functions are forked from, once a design has any."""

    def prepare(self) -> None:
        """Enter a user namespace where this user needs one to make networks."""
        if sys.platform == "linux":
            from ziggie_harness.lab.namespaces import enter_user_namespace  # noqa: PLC0415 - Linux only

            self._refused = enter_user_namespace()

    def offers(self) -> Mapping[Capability, Offer]:
        """Return what it can do, and how genuine each is: in general, and on this machine as far as it was tried."""
        if self._confined is None and self._refused is None:
            return OFFERS
        offers = {**OFFERS, **ON_LOOPBACK}
        return {capability: offer for capability, offer in offers.items() if capability not in BEYOND_LOOPBACK}

    def limitation(self, needs: frozenset[Capability]) -> str | None:
        """Return why this machine cannot do one of these, or None; network and servers are tried once, for real."""
        if not self._examined:
            self._examined = True
            self._lacking = self._try()
        if self._lacking:
            return self._lacking
        lacking = next(iter(sorted(needs & self._absent.keys())), None)
        if lacking is None:
            return None
        why = "; `ziggie doctor` tells why there are none" if self._confined and lacking in BEYOND_LOOPBACK else ""
        return self._absent[lacking] + why

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the servers, known once a limitation was asked for."""
        return self._versions

    def provision(
        self, topology: Topology, clock: DrillClock, journal: Journal, logs: Path
    ) -> AbstractContextManager[World]:
        """Let a topology live on this machine for the block."""
        from ziggie_harness.backends.emulated.functions.runner import RUNTIME  # noqa: PLC0415 - Linux only
        from ziggie_harness.backends.emulated.host_machinery import HostMachinery  # noqa: PLC0415 - Linux only
        from ziggie_harness.backends.emulated.programs import MODULES  # noqa: PLC0415 - Linux only
        from ziggie_harness.backends.emulated.provisioning import provisioned  # noqa: PLC0415 - slow to import, Linux only
        from ziggie_harness.kernel.processes import ForkServer  # noqa: PLC0415 - Linux only

        if self._forks is None:
            self._forks = ForkServer(MODULES)
        if topology.functions and self._nursery is None:
            self._nursery = ForkServer((RUNTIME,))
        return provisioned(
            topology, clock, journal, logs, self._forks, machinery=HostMachinery(self._laid()), nursery=self._nursery
        )

    def sweep(self) -> Sequence[str]:
        """Kill the processes and remove the directories of runs whose owner is dead; return them."""
        return runs.sweep().lines

    def _try(self) -> str | None:
        """Try what every drill needs, and return the reason for what does not work."""
        if sys.platform != "linux":
            return f"the embedded backend looks after its processes by Linux's /proc, and this is {sys.platform}"
        from ziggie_harness.backends.emulated import mongo_install, owner_tools, postgres_install  # noqa: PLC0415 - Linux only
        from ziggie_harness.kernel.processes import Supervisor  # noqa: PLC0415 - Linux only
        from ziggie_harness.kernel.runs import Run  # noqa: PLC0415 - Linux only
        from ziggie_harness.lab import loss  # noqa: PLC0415 - Linux only

        try:
            self._confined = self._refusal_of_namespaces()
            with Run() as run, Supervisor(run) as supervisor, self._laid()(()):
                self._look_for(Capability.POSTGRESQL, lambda: postgres_install.find_installation(supervisor).version)
                self._look_for(Capability.MONGODB, lambda: mongo_install.find_installation(supervisor).version)
                if missing := owner_tools.missing():
                    self._absent[Capability.RUNBOOKS] = f"the owner's scripts cannot run: {missing}"
                if self._confined and (obstacle := postgres_install.user_obstacle(supervisor)):
                    self._absent[Capability.POSTGRESQL] = obstacle
                if not self._confined and (obstacle := loss.obstacle()):
                    self._absent[Capability.LOSS] = obstacle
        except LabError as error:
            return f"this machine cannot play drills: {error}"
        self._absent |= BEYOND_LOOPBACK if self._confined else {}
        return None

    def _laid(self) -> Callable[[Sequence[Callable[[], None]]], AbstractContextManager[Network]]:
        """Return what makes the network of this machine: of namespaces where it permits them."""
        if self._confined is None:
            from ziggie_harness.lab.network import Network as Namespaces  # noqa: PLC0415 - Linux only

            return Namespaces
        from ziggie_harness.lab.loopback import Loopback  # noqa: PLC0415 - few machines need it

        return Loopback

    def _refusal_of_namespaces(self) -> str | None:
        """Make a network of namespaces, and return why that cannot be, or None."""
        from ziggie_harness.lab.network import Network as Namespaces  # noqa: PLC0415 - Linux only

        try:
            with Namespaces():
                return None
        except LabError as error:
            return self._refused or f"{error.what}: {error.why}"

    def _look_for(self, engine: Capability, version: Callable[[], str]) -> None:
        """Remember the version of an engine's servers, or why there are none."""
        try:
            self._versions[SERVERS[engine]] = version()
        except LabError as error:
            self._absent[engine] = f"this machine has no {engine}: {error}"
