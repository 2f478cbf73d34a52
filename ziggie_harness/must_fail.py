"""Sabotaged scenarios: one tagged @must-fail passes only when the check that it names really fails it.

A suite that cannot fail proves nothing. Each check therefore has scenarios with a defect built in; they stay in the
suite, and the build fails when a defect goes unnoticed, or is noticed by accident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ziggie_harness.model.errors import RequirementNotMet
from ziggie_harness.model.tags import MUST_FAIL, check_of

if TYPE_CHECKING:
    from collections.abc import Generator


class SabotageNotCaught(AssertionError):
    """A scenario that must fail did not fail in the way that it says."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Turn the outcome of a sabotaged scenario round: caught is passed, anything else is failed.

    The call itself is wrapped, not its report, so that a caught sabotage is no failure to anyone: not to --pdb, not
    to --exitfirst, not to a plugin that reads reports.
    """
    __tracebackhide__ = True
    if item.get_closest_marker(MUST_FAIL) is None:
        return (yield)
    check = check_of({mark.name for mark in item.iter_markers()})
    try:
        yield
    except RequirementNotMet as error:
        if error.verdict == "FAILED" and error.check == check:
            item.user_properties.append(("caught_by", error.check))
            item.add_report_section("call", "sabotage", f"caught by {error}")
            return None
        raise SabotageNotCaught(_sentence(check, _judged(error))) from error
    except (Exception, pytest.fail.Exception) as error:
        raise SabotageNotCaught(_sentence(check, f"it stopped for another reason, {error!r}")) from error
    raise pytest.fail.Exception(_sentence(check, "every step passed"), pytrace=False)


def _judged(error: RequirementNotMet) -> str:
    """Return what another verdict than the required one was."""
    return f"the verdict of {error.check} is {error.verdict} ({error.sentence})"


def _sentence(check: str | None, instead: str) -> str:
    """Say that the sabotage went unnoticed, what was required and what happened instead."""
    return f"the sabotage was not caught: {check} had to judge FAILED, but {instead}"
