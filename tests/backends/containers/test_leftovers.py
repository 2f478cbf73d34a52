"""What a killed run leaves at the engine is known by its labels, and swept; what lives stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.backends.containers import images, leftovers
from ziggie_harness.backends.containers.engine import OWNER_LABEL, RUN_LABEL, Engine, Wanted, client
from ziggie_harness.kernel.runs import Owner

if TYPE_CHECKING:
    from docker.models.containers import Container

LONG_DEAD = f"{Owner.this_process().pid}-1"
"""Somebody who had this process's number, and began when the machine did."""


def names(asking: object) -> set[str]:
    """Return the names of all containers and networks with an owner."""
    wanted = {"label": OWNER_LABEL}
    listed = [*asking.containers.list(all=True, filters=wanted), *asking.networks.list(filters=wanted)]  # type: ignore[attr-defined]
    return {each.name for each in listed}


@pytest.mark.usefixtures("container_engine")
def test_a_sweep_removes_what_the_dead_left(engine: Engine) -> None:
    """A container in a network, both of a dead owner, are removed; those of a living one are not."""
    asking = client()
    labels = {RUN_LABEL: "dead", OWNER_LABEL: LONG_DEAD}
    asking.networks.create("ziggie-dead-network", labels=labels)
    dead: Container = asking.containers.create(
        images.SITE, name="ziggie-dead-container", labels=labels, network="ziggie-dead-network"
    )
    dead.start()
    living = engine.start(Wanted(images.SITE, "living", network="none"))
    try:
        removed = leftovers.sweep()
        assert "removed container ziggie-dead-container" in removed
        assert "removed network ziggie-dead-network" in removed
        assert living.name in names(asking)
        assert not {"ziggie-dead-network", "ziggie-dead-container"} & names(asking)
    finally:
        living.remove(force=True)
        asking.close()


def test_where_no_engine_is_nothing_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep on a machine without containers says nothing about them."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    assert leftovers.sweep() == ()
