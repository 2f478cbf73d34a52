"""No secret value reaches what a drill or a run leaves: files, the terminal and JUnit's report, failed or not."""

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

    from tests.end_to_end.conftest import Place
    from ziggie_harness.backends.emulated.world import EmulatedWorld

PATIENCE_SECONDS = 8.0


def values(world: EmulatedWorld) -> set[str]:
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
        world: EmulatedWorld = drill.world  # type: ignore[assignment]  # the embedded backend makes its own
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


DENIED = """
@REQ-DR-30
Feature: Two runs of an application that is denied its secrets
  One application says so, the other does not; the rotation is denied, too.

  Source: guide §5 Secrets Manager Replication

  Scenario: It says so
    Given the secrets topology is in its steady state
    When Secrets Manager of the primary region denies everybody
    And the application of the primary region asks for its secrets
    And the secrets are rotated in the primary region
    Then a refusal is told to the application

  Scenario: It hides it
    Given the secrets topology with the secret client as printed and the import that it lacks is in its steady state
    When Secrets Manager of the primary region denies everybody
    And the application of the primary region asks for its secrets
    And the secrets are rotated in the primary region
    Then a refusal is told to the application
"""

TALKATIVE = ("-vv", "-rA", "--showlocals", "--tb=long", "-o", "junit_logging=all")
"""Whatever pytest can be asked to show, the variables of every frame included."""


@pytest.mark.slow
@pytest.mark.usefixtures("drills_play")
def test_neither_terminal_nor_report_nor_evidence_of_a_run_holds_a_secret(place: Place) -> None:
    """A scenario that passes and one that fails are told in full, and no secret stands in anything that is left."""
    feature = place.directory / "denied.feature"
    feature.write_text(DENIED, encoding="utf-8")
    report = place.directory / "report.xml"
    ended = place.finish(place.command(str(feature), *TALKATIVE, f"--junitxml={report}"))
    (place.directory / "output").write_text(ended.stdout + ended.stderr, encoding="utf-8")
    assert "1 failed, 1 passed" in ended.stdout, ended.stdout
    assert "RequirementNotMet" in report.read_text(encoding="utf-8")
    assert "withheld" not in ended.stdout
    assert len(list(place.directory.glob("evidence/*/manifest.json"))) == 2
    assert list(leaks(place.directory)) == []
