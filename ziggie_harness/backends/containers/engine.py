"""The container engine of this machine, as drills use it: everything labelled with its run, and nothing else touched.

What is started is started by testcontainers. Its reaper is an image of its own that would have to be fetched, so it
stays off: what a crash leaves is known by its labels, and `ziggie sweep` removes it.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import docker.errors
import requests
from docker.client import DockerClient
from docker.types import IPAMConfig, IPAMPool
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from ziggie_harness.backends.containers import images
from ziggie_harness.kernel.runs import Owner
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.networks import Network

RUN_LABEL: Final = "ziggie.run"
"""Whose it is: a run of the harness by its id, or `compose`."""

OWNER_LABEL: Final = "ziggie.owner"
"""The process that answers for the run: its number and when it started, as in /proc."""

HOST_VARIABLE: Final = "DOCKER_HOST"
SOCKET: Final = "unix:///var/run/docker.sock"
"""Where an engine listens, unless the variable says otherwise (Docker documentation, "Environment variables")."""

POOL: Final = ("198.18", 32)
"""The addresses that an engine gives to its networks, in parts of 16: those of RFC 2544, for tests of networks, which
no network of a user's has. The lab's own addresses are routed over them."""

POOL_TRIES: Final = 100

HINT: Final = "`python3 containers/build.py` installs and starts an engine on Debian, and builds the images"

FAILURES: Final = (docker.errors.DockerException, requests.RequestException)
"""What the engine's client raises: its own errors, and those of the connection."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or directory of this machine that a container sees."""

    place: Path
    seen: Path | None = None
    """Where it sees it; None for the same place."""
    mode: str = "ro"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A container to start."""

    image: str
    name: str
    command: Sequence[str] = ()
    network: str = ""
    """An engine's network; or, after `container:`, the id of the container whose network it shares."""
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    capabilities: Sequence[str] = ()
    entrypoint: Sequence[str] | None = None
    """None for that of the image."""
    unconfined: bool = False
    """Whether it may make namespaces of its own, for a program that refuses root."""


class Engine:
    """Starts containers and makes networks for one run. Close it when the run has ended."""

    def __init__(self, run_id: str) -> None:
        """Reach the engine; LabError when none answers."""
        owner = Owner.this_process()
        self._run_id = run_id
        self._labels = {RUN_LABEL: run_id, OWNER_LABEL: f"{owner.pid}-{owner.start_ticks}"}
        self._client = client()
        self._numbers = iter(range(1, 1_000_000))
        testcontainers_config.ryuk_disabled = True

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def start(self, wanted: Wanted) -> Container:
        """Start a container; LabError when the engine refuses."""
        described = DockerContainer(wanted.image, env=dict(wanted.environment), name=self._named(wanted.name))
        for mount in wanted.mounts:
            described.with_volume_mapping(mount.place, str(mount.seen or mount.place), mount.mode)
        if wanted.command:
            described.with_command(list(wanted.command))
        options: dict[str, Any] = {
            "labels": self._labels,
            "cap_add": list(wanted.capabilities),
            "network": None,  # named below; without this the library looks for a network of its own
            "network_mode": wanted.network,
            "user": "root",
        }
        if wanted.entrypoint is not None:
            options["entrypoint"] = list(wanted.entrypoint)
        if wanted.unconfined:
            options["security_opt"] = ["seccomp=unconfined", "apparmor=unconfined"]
        with refused(f"start {wanted.name} from {wanted.image}"):
            try:
                described.with_kwargs(**options).start()
            except BaseException:
                self._discard(described)
                raise
            identity = described.get_wrapped_container().id
            # The library has a client for each container; one for the whole run is enough, and is closed with it.
            described.get_docker_client().client.close()
            started: Container = self._client.containers.get(identity)
            return started

    def make_network(self, name: str) -> Network:
        """Make a network with addresses that no other has; LabError when the engine refuses."""
        with refused(f"make the network {name}"):
            for attempt in range(POOL_TRIES):
                subnet = f"{POOL[0]}.{random.randrange(256)}.{16 * random.randrange(16)}/28"  # noqa: S311 - no secret
                try:
                    made: Network = self._client.networks.create(
                        self._named(name),
                        driver="bridge",
                        labels=self._labels,
                        ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]),
                    )
                except docker.errors.APIError as error:
                    if "overlap" not in str(error) or attempt == POOL_TRIES - 1:
                        raise
                else:
                    return made
        raise LabError(f"no addresses are left for the network {name}", hint="`ziggie sweep` removes what was left")

    def _named(self, name: str) -> str:
        """Return a name that no other container or network of the machine has."""
        return f"ziggie-{self._run_id}-{next(self._numbers)}-{name.replace(' ', '-')}"

    def _discard(self, described: DockerContainer) -> None:
        """Remove a container that was made and could not be started."""
        with suppress(*FAILURES):
            described.stop()


def client() -> DockerClient:
    """Return a client of this machine's engine; LabError when none answers."""
    try:
        _knock()
        made: DockerClient = DockerClient.from_env()
        made.ping()
    except (*FAILURES, OSError) as error:
        raise LabError("no container engine answers", str(error), HINT) from error
    return made


def _knock() -> None:
    """See whether anybody listens at the engine's socket; OSError when not: its client would leave a socket open."""
    scheme, _, place = os.environ.get(HOST_VARIABLE, SOCKET).partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as trial:
            trial.connect(place)


def inside_images() -> dict[str, str]:
    """Return what is in each image that drills use and the engine has, by the image's name. LabError without engine."""
    with closing(client()) as asking:
        found: dict[str, str] = {}
        for name in (*images.NEEDED, images.MONGO, images.LOCALSTACK):
            with refused(f"look at {name}"):
                try:
                    labels = asking.images.get(name).labels
                except docker.errors.ImageNotFound:
                    continue
            version = labels.get(images.VERSION, name.partition(":")[2])
            found[name] = f"{version}, a stand-in" if labels.get(images.STAND_IN) == "true" else version
    return found


def address_in(container: Container, network: Network) -> str:
    """Return a container's address in an engine's network."""
    with refused(f"look at {container.name}"):
        container.reload()
        return str(container.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"])


def namespace_of(container: Container) -> int:
    """Open the network namespace of a container; LabError when this process may not.

    It stays after the container has ended, until the descriptor is closed.
    """
    with refused(f"look at {container.name}"):
        container.reload()
    place = f"/proc/{container.attrs['State']['Pid']}/ns/net"
    try:
        return os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LabError(
            f"the network of {container.name} cannot be entered",
            f"{place}: {error.strerror}",
            "run the harness as root where the engine runs",
        ) from error


def remove(container: Container) -> None:
    """Have a container removed, with what it holds, running or not; LabError when the engine refuses."""
    with refused(f"remove {container.name}"):
        container.remove(force=True, v=True)


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Turn what the engine refuses into a LabError."""
    try:
        yield
    except FAILURES as error:
        raise LabError(f"the container engine could not {what}", str(error), HINT) from error
