"""Then: what the owner's scripts did, and whether what they say is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_bdd import given, then

from ziggie_harness.checks.script_calls import ScriptCalls
from ziggie_harness.checks.script_claims import ScriptClaims
from ziggie_harness.checks.script_outcome import ScriptOutcome
from ziggie_harness.checks.script_refusals import ScriptRefusals
from ziggie_harness.model.fidelity import Capability
from ziggie_harness.model.topology import Role
from ziggie_harness.ports import CLIENTS
from ziggie_harness.steps.needs import needing

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage

SERVING: Final = (Role.PRIMARY, Role.SECONDARY)

NEEDS: Final = frozenset({Capability.DNS, Capability.API, Capability.RUNBOOKS})


@given("the owner has added latency routing by the script as printed")
@needing(NEEDS)
def the_owner_has_added_latency_routing(stage: Stage) -> None:
    """Run the guide's commands at the operator's place, before the disaster."""
    stage.require(NEEDS)
    stage.drill.journal.record(stage.drill.world.run_script("as_printed/latency", CLIENTS, Role.SECONDARY))


@then("AWS accepts every call of the script")
def aws_accepts_every_call(stage: Stage) -> None:
    """Judge what AWS answered to the calls from the script's place."""
    stage.hold([ScriptCalls()])


@then("the script does not hide what it was refused")
def the_script_hides_nothing(stage: Stage) -> None:
    """Judge the script's exit status against what AWS answered it."""
    stage.hold([ScriptRefusals()])


@then("the script does its work")
def the_script_does_its_work(stage: Stage) -> None:
    """Judge how the last script ended, and tell what it complained of."""
    stage.hold([ScriptOutcome()])


@then("what the script claims is true")
def what_the_script_claims_is_true(stage: Stage) -> None:
    """Judge the script's words and exit status against where the name led and who took writes at its end."""
    world = stage.drill.world
    stage.hold([ScriptClaims(tuple((world.site(role), world.address_of(role)) for role in SERVING))])
