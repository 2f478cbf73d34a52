"""No secret value reaches a file of a drill: one with every kind of trouble is played, and searched for all it knew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.drill.drill import Drill
from ziggie_harness.drill.plugins import backends_found, faults_found
from ziggie_harness.drill.stage import designs
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.evidence.secret_scan import leaks
from ziggie_harness.model.errors import ApiRefused
from ziggie_harness.model.history import Event
from ziggie_harness.model.secret_events import SecretAsked, SecretSeen
from ziggie_harness.model.topology import Role
from ziggie_harness.model.topology_document import override

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ziggie_harness.backends.embedded.world import EmbeddedWorld

PATIENCE_SECONDS = 8.0


def values(world: EmbeddedWorld) -> set[str]:
    """Return every text that must stay secret: the values in both regions, and the application's credentials."""
    found: set[str] = set()
    for region in ("eu-north-1", "eu-west-1"):
        client = world._parts.cloud.clients.client("secretsmanager", region, "internet")
        found |= set(json.loads(client.get_secret_value(SecretId="ziggie/api-keys")["SecretString"]).values())
    for reader in world.secrets._readers.values():
        found |= {reader._environment[name] for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
        found.add(reader._environment["ZIGGIE_DIGEST_KEY"])
    return found


def record(drill: Drill, events: Iterable[Event]) -> None:
    """Put events into the history."""
    for event in events:
        drill.journal.record(event)


@pytest.mark.parametrize("client", ["corrected", "as-printed-with-import"])
def test_no_file_of_a_drill_holds_a_secret(tmp_path: Path, client: str) -> None:
    """Reads, refusals, a rotation, a promotion and a second replication later, no file holds a value or a key."""
    backend = backends_found()["embedded"]
    topology = override(read_topology(designs()["secrets"]), {"secrets.api-keys.client": client})
    if reason := backend.limitation(topology.needs):
        pytest.skip(reason)
    (tmp_path / "logs").mkdir()
    with Drill(backend, topology, (), tmp_path, skips=True) as drill:
        world: EmbeddedWorld = drill.world  # type: ignore[assignment]  # the embedded backend makes its own
        known = values(world)
        for name in ("API throttled", "API denied", "API refused"):
            with faults_found()[name].strike(world, Role.PRIMARY):
                record(drill, world.secrets.ask(Role.PRIMARY, PATIENCE_SECONDS))
                record(drill, world.secrets.rotate(Role.PRIMARY))
        world.secrets.take_over(Role.SECONDARY)
        with pytest.raises(ApiRefused):
            world.secrets.take_over(Role.SECONDARY)
        record(drill, world.secrets.rotate(Role.SECONDARY))
        record(drill, world.secrets.ask(Role.SECONDARY, PATIENCE_SECONDS))
        world.secrets.follow(Role.SECONDARY)
        known |= values(world)
        record(drill, world.inspect())
        history = drill.history
    assert any(event.answered for _, event in history.of_kind(SecretAsked))
    assert any(event.digest for _, event in history.of_kind(SecretSeen))
    assert len(known) == 2 + 2 + 2 * 2 + 1
    assert (tmp_path / "logs" / "application-eu-north-1.log").exists()
    assert [sentence for value in sorted(known) for sentence in leaks(tmp_path, value)] == []
    assert list(leaks(tmp_path)) == []
