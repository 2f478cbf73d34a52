"""Given, When and Then: the secrets of the application, in both regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_bdd import given, then, when

from ziggie_harness.checks.secret_availability import SecretAvailability
from ziggie_harness.checks.secret_home import SecretHome
from ziggie_harness.checks.secret_mistakes import SecretMistakes
from ziggie_harness.checks.secret_parity import SecretParity
from ziggie_harness.checks.secret_replication import SecretReplication
from ziggie_harness.checks.secret_rotation import SecretRotation
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.steps.needs import needing
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.topology import Role

PATIENCE_SECONDS: Final = 12.0
"""When an application that has not come back with a secret is given up: longer than any promise, shorter than the
minutes that it might go on, which would show nothing more."""

NEEDS: Final = frozenset({Capability.SECRETS})


@given(sentence("the application of the {role} region has read its secrets"), converters=CONVERTERS)
@when(sentence("the application of the {role} region asks for its secrets"), converters=CONVERTERS)
@needing(NEEDS)
def the_application_asks(stage: Stage, role: Role) -> None:
    """Have the owner's client read the secrets in a process of its own in the region; a failover ends first."""
    stage.require(NEEDS)
    stage.drill.await_failover()
    for asked in stage.drill.world.secrets.ask(role, PATIENCE_SECONDS):
        stage.drill.journal.record(asked)


@when(sentence("the secrets are rotated in the {role} region"), converters=CONVERTERS)
@needing(NEEDS)
def the_secrets_are_rotated(stage: Stage, role: Role) -> None:
    """Give every secret a new value in the region; a failover ends first."""
    stage.require(NEEDS)
    stage.drill.await_failover()
    for rotated in stage.drill.world.secrets.rotate(role):
        stage.drill.journal.record(rotated)


@when(sentence("the secrets of the {role} region are replicated to the other region again"), converters=CONVERTERS)
@needing(NEEDS)
def the_secrets_are_replicated_again(stage: Stage, role: Role) -> None:
    """Replace the other region's secrets by replicas of this region's."""
    stage.require(NEEDS)
    stage.drill.world.secrets.follow(role)


@then(sentence(r"the application gets its secrets within (?P<duration>\d.*)"), converters=CONVERTERS)
def the_application_gets_its_secrets(stage: Stage, duration: float) -> None:
    """Judge every question of an application for its secrets."""
    stage.hold([SecretAvailability(duration)])


@then("a refusal is told to the application")
def a_refusal_is_told(stage: Stage) -> None:
    """Judge whether the client took a denied or missing secret for an outage, and hid it."""
    stage.hold([SecretMistakes()])


@then("the application reads in its own region again")
def the_application_reads_at_home(stage: Stage) -> None:
    """Judge where the application read after the last fault was healed."""
    stage.hold([SecretHome()])


@then("the secrets can be rotated")
def the_secrets_can_be_rotated(stage: Stage) -> None:
    """Judge whether every rotation was accepted."""
    stage.hold([SecretRotation()])


@then("both regions hold the same secrets")
def both_regions_hold_the_same_secrets(stage: Stage) -> None:
    """Judge the secrets of both regions by digests, as they are at the end."""
    stage.hold([SecretParity()])


@then("the owners see that every secret is replicated")
def the_owners_see_that_every_secret_is_replicated(stage: Stage) -> None:
    """Judge what the owners' own command told them of the replicas."""
    stage.hold([SecretReplication()])
