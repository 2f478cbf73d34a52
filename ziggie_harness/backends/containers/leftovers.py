"""What runs that are dead left at the container engine, found by its labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import docker.errors

from ziggie_harness.backends.containers.engine import OWNER_LABEL, client, refused, remove
from ziggie_harness.kernel.runs import Owner
from ziggie_harness.model.errors import LabError

if TYPE_CHECKING:
    from docker.client import DockerClient


def sweep() -> tuple[str, ...]:
    """Remove containers, networks and volumes of runs whose owner is dead; return what was removed.

    Nothing where no engine answers: then nothing of it runs.
    """
    try:
        asking = client()
    except LabError:
        return ()
    with closing(asking):
        return tuple(_removed(asking))


def _removed(asking: DockerClient) -> Iterator[str]:
    """Remove what is left, containers before the networks that they are in."""
    wanted = {"label": OWNER_LABEL}
    with refused("list what was left"):
        containers = asking.containers.list(all=True, filters=wanted, ignore_removed=True)
        networks = asking.networks.list(filters=wanted)
        volumes = asking.volumes.list(filters=wanted)
    for container in containers:
        if not _owned_by_the_living(container.labels):
            try:
                remove(container)
            except LabError as error:
                if not isinstance(error.__cause__, docker.errors.NotFound):
                    raise
            yield f"removed container {container.name}"
    for network in networks:
        if not _owned_by_the_living(network.attrs["Labels"]):
            with refused(f"remove {network.name}"):
                network.remove()
            yield f"removed network {network.name}"
    for volume in volumes:
        if not _owned_by_the_living(volume.attrs["Labels"]):
            with refused(f"remove {volume.name}"):
                volume.remove(force=True)
            yield f"removed volume {volume.name}"


def _owned_by_the_living(labels: dict[str, str]) -> bool:
    """Say whether the process that a label names still runs; a label that cannot be read protects what it is on."""
    pid, _, ticks = labels[OWNER_LABEL].partition("-")
    return not (pid.isdigit() and ticks.isdigit()) or Owner(int(pid), int(ticks)).alive
