"""The report that pytest itself writes for a CI server tells the numbers of each drill as properties."""

from __future__ import annotations

import textwrap
from xml.etree import ElementTree as ET

import pytest

STEPS = """
    from pytest_bdd import given

    @given("a stage on which nothing is provisioned")
    def step(stage):
        pass
"""

FEATURE = """
    @REQ-DR-01 @clause-REL13-BP02
    Feature: Losing nothing
      Nothing is lost where nothing happens.

      Source: none

      Rule: Nothing happens

        Scenario: Still
          Given a stage on which nothing is provisioned
"""


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "a worker"])
def test_a_drill_tells_its_properties_in_the_report_of_pytest(pytester: pytest.Pytester, workers: tuple[str]) -> None:
    """They reach it from a worker too; what was not measured is not told."""
    pytester.makeconftest(textwrap.dedent(STEPS))
    (pytester.path / "still.feature").write_text(textwrap.dedent(FEATURE), encoding="utf-8")
    options = ("-p", "no:cacheprovider", "--junitxml=report.xml", *workers)
    pytester.runpytest_inprocess("still.feature", *options).assert_outcomes(passed=1)
    report = ET.parse(pytester.path / "report.xml")  # noqa: S314 - pytest wrote it a moment ago
    told = {one.get("name"): one.get("value") for one in report.iter("property")}
    del told["ziggie_played"]
    assert told == {"requirement": "REQ-DR-01", "clauses": "REL13-BP02", "ending": "passed"}
