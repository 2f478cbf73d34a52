"""Given: the declared design, as it should be or with a planted defect, alive and in its steady state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_bdd import given

from ziggie_harness.drill.stage import designs, variants
from ziggie_harness.steps.phrases import CONVERTERS, sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.drill.variants import Variant


def _as_declared(design: Path) -> Callable[[Stage], None]:
    """Make the step that provisions a design."""

    def the_corrected_design(stage: Stage) -> None:
        """Provision the corrected design and wait until clients are served."""
        stage.provision(design, None)

    return the_corrected_design


def _with_a_defect(design: Path, variant: Variant) -> Callable[[Stage], None]:
    """Make the step that provisions a variant."""

    def the_design_with_a_defect(stage: Stage) -> None:
        """Provision the design with a planted defect and wait until clients are served."""
        stage.provision(design, variant)

    return the_design_with_a_defect


@given(sentence(r"clients have been served for (?P<duration>\d.*)"), converters=CONVERTERS)
def clients_have_been_served(stage: Stage, duration: float) -> None:
    """Let clients go on for a while, so that there is something to lose."""
    stage.drill.clock.sleep(duration)


@given(sentence(r"clients have asked for nothing for (?P<duration>\d.*)"), converters=CONVERTERS)
def clients_have_asked_for_nothing(stage: Stage, duration: float) -> None:
    """Let clients rest for a while, as at night, and come back with the disaster."""
    stage.drill.keep_quiet(duration)


for _name, _design in designs().items():
    given(f"the {_name} topology is in its steady state")(_as_declared(_design))
for _variant in variants():
    given(_variant.sentence)(_with_a_defect(designs()[_variant.topology], _variant))
