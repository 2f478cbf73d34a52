"""Given and Then: what has to be in order before a disaster, so that the plan can work at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given, then

from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.topology import Role


@given(sentence("the {role} region is ready to take over"), converters=CONVERTERS)
@then(sentence("the {role} region is ready to take over"), converters=CONVERTERS)
def the_region_is_ready(stage: Stage, role: Role) -> None:
    """Look at everything that a recovery there depends on, and stop at what would stop it."""
    stage.examine(role)
