"""The compose project of docker-compose.yml as the ground of a drill: its networks, its router and its LocalStack.

Who looks around in it sees the drill happen: its regions are disconnected, and the drill's servers stand beside its
own, at other addresses. One drill at a time has it; whoever comes meanwhile makes sites of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ziggie_harness.backends.containers.engine import address_in, client, namespace_of, refused
from ziggie_harness.backends.containers.layout import EngineRouter, Pod
from ziggie_harness.backends.emulated.templates import cache_directory
from ziggie_harness.lab.router import Router
from ziggie_harness.lab.sites import DEFAULT_HOST, SITES, Site
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from docker.client import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

PROJECT_LABEL: Final = "com.docker.compose.project"
SERVICE_LABEL: Final = "com.docker.compose.service"
NETWORK_LABEL: Final = "com.docker.compose.network"

PROJECT_VARIABLE: Final = "COMPOSE_PROJECT_NAME"
"""By which users of compose name their project, if it is not to have the name in the file."""

PROJECT: Final = "ziggie"

ROUTER, LOCALSTACK, AWS = "router", "localstack", "aws"
"""The names of two services and of a network in docker-compose.yml; a site's service and network have the site's."""


@dataclass(frozen=True, slots=True)
class Project:
    """A compose project that is up."""

    name: str
    services: Mapping[str, Container]
    networks: Mapping[str, Network]


def running_project(asking: DockerClient) -> Project | None:
    """Find the project of docker-compose.yml, or None when it is not up as a whole."""
    name = os.environ.get(PROJECT_VARIABLE, PROJECT)
    wanted = {"label": f"{PROJECT_LABEL}={name}"}
    with refused("look for the compose project"):
        services = {each.labels[SERVICE_LABEL]: each for each in asking.containers.list(filters=wanted)}
        networks = {each.attrs["Labels"][NETWORK_LABEL]: each for each in asking.networks.list(filters=wanted)}
    sites = {site.name for site in SITES}
    if {*sites, ROUTER, LOCALSTACK} <= services.keys() and {*sites, AWS} <= networks.keys():
        return Project(name, services, networks)
    return None


class ComposeLayout:
    """A ``Layout`` of the lab that a compose project has laid, for the time of a block."""

    def __init__(self) -> None:
        """Prepare; ``claim`` tells whether it can be had."""
        self._stack = ExitStack()
        self.project: Project | None = None
        self.pods: dict[str, Pod] = {}
        self.sites: Mapping[str, int] = {}

    def claim(self) -> bool:
        """Have the project for this drill alone, until the end of the block; False when it is not up, or in use."""
        with ExitStack() as stack:
            asking = stack.enter_context(closing(client()))
            project = running_project(asking)
            if project is None or not _locked(project.name, stack):
                return False
            self.project = project
            self._stack = stack.pop_all()
        return True

    def __enter__(self) -> Self:
        """Find its sites, joined and with nothing cut, whatever a drill before left; LabError when that fails."""
        if self.project is None:
            raise LabError("no compose project was claimed", hint="claim it first")
        try:
            centre = self.project.services[ROUTER]
            with refused("start the router again, without rules"):
                centre.restart(timeout=1)
            for site in SITES:
                self.pods[site.name] = self._pod(self.project, site)
            descriptor = namespace_of(centre)
            self._stack.callback(os.close, descriptor)
            inner = Router(descriptor)
            self._stack.callback(inner.close)
            self.router = EngineRouter(inner, self.pods)
            self._stack.callback(self.router.close)
            self.sites = {name: pod.descriptor for name, pod in self.pods.items()}
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave it with nothing cut."""
        self._stack.close()

    def _pod(self, project: Project, site: Site) -> Pod:
        """Find the container of a site, and join it to its network if a drill that was killed left it disconnected."""
        container, network = project.services[site.name], project.networks[site.name]
        with refused(f"look at {site.name}"):
            container.reload()
            joined = network.name in container.attrs["NetworkSettings"]["Networks"]
        descriptor = namespace_of(container)
        self._stack.callback(os.close, descriptor)
        pod = Pod(site, network, container, descriptor, site.host(DEFAULT_HOST))
        if not joined:
            pod.connect()
        if (found := address_in(container, network)) != pod.address:
            raise LabError(
                f"{site.name} of the compose project has the address {found}",
                f"the lab has {pod.address} there",
                "`docker compose down`, and up again with this version's docker-compose.yml",
            )
        return pod


def _locked(project: str, stack: ExitStack) -> bool:
    """Lock a project until the stack is closed, or this process dies; say whether nobody else had."""
    cache_directory().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(cache_directory() / f"compose-{project}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    stack.callback(os.close, descriptor)
    return True
