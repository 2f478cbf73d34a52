"""The pytest plugin of the harness: install the package, and .feature files run with its steps and fixtures.

Every module of ziggie_harness.steps and ziggie_harness.fixtures is a plugin of its own, found by its place.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

import pytest

from ziggie_harness import fixtures, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from pytest_bdd.parser import Scenario, Step


def plugin_names(*packages: ModuleType) -> Iterator[str]:
    """Yield the full name of every module directly in these packages, in the order of their names."""
    for package in packages:
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield module.name


pytest_plugins = ["ziggie_harness.collection", "ziggie_harness.must_fail", *plugin_names(fixtures, steps)]

# Before the first of them is imported, since one may import another.
pytest.register_assert_rewrite(*pytest_plugins)


def pytest_bdd_step_error(scenario: Scenario, step: Step, exception: BaseException) -> None:
    """Name the failed step in the error, so that a report tells which sentence did not hold."""
    exception.add_note(f"in the step: {step.keyword} {step.name} ({scenario.feature.rel_filename}:{step.line_number})")
