"""Given: the declared design, as it should be or with a planted defect, alive and in its steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given

from ziggie_harness.drill.stage import variants

if TYPE_CHECKING:
    from collections.abc import Callable

    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.drill.variants import Variant


@given("the active-passive topology is in its steady state")
def the_corrected_design(stage: Stage) -> None:
    """Provision the corrected design and wait until clients are served."""
    stage.provision(None)


def _with_a_defect(variant: Variant) -> Callable[[Stage], None]:
    """Make the step that provisions a variant."""

    def the_design_with_a_defect(stage: Stage) -> None:
        """Provision the design with a planted defect and wait until clients are served."""
        stage.provision(variant)

    return the_design_with_a_defect


for _variant in variants():
    given(f"the active-passive topology {_variant.phrase} is in its steady state")(_with_a_defect(_variant))
