"""What sentences need of a backend: a scenario that cannot be played is skipped before anything is provisioned."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_bdd.steps import step_function_context_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest
    from pytest_bdd.parser import Scenario
    from pytest_bdd.parser import Step as Sentence

    from ziggie_harness.drill.stage import Stage
    from ziggie_harness.model.fidelity import Capability

Step = TypeVar("Step", bound="Callable[..., object]")


def needing(needs: frozenset[Capability]) -> Callable[[Step], Step]:
    """Mark a step with what it needs of a backend."""

    def mark(step: Step) -> Step:
        step.needs = needs  # type: ignore[attr-defined]  # functions may have attributes
        return step

    return mark


def needs_of(sentences: Iterable[Sentence]) -> frozenset[Capability]:
    """Return what the steps behind sentences were marked with."""
    known = ((step, getattr(step.step_func, "needs", None)) for step in step_function_context_registry.values())
    marked = [(step, needs) for step, needs in known if needs]
    found: set[Capability] = set()
    for sentence in sentences:
        for step, needs in marked:
            if step.type in {None, sentence.type} and step.parser.is_matching(sentence.name):
                found |= needs
    return frozenset(found)


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, scenario: Scenario) -> None:
    """Skip a scenario when the backend cannot do what one of its sentences needs here."""
    stage: Stage = request.getfixturevalue("stage")
    stage.require(needs_of(scenario.steps))
