"""Feature files are collected directly, and what is wrong with one is named with file and line."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.collection import read_feature
from ziggie_harness.model.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOSING = """
    @REQ-DR-01
    Feature: Losing the primary region
      The API returns from the secondary region.

      Source: guide §1 Strategy Types

      Rule: Automated failover meets the objectives

        @core
        Scenario: The primary region goes dark
          Given the sun shines

        Scenario Outline: The link is slow
          Given it rains <depth> deep

          Examples:
            | depth |
            | ankle |

          @nightly
          Examples:
            | depth |
            | knee  |
"""

STEPS = """
    from pytest_bdd import given, parsers

    @given("the sun shines")
    def sun(requirement):
        print(requirement)

    @given(parsers.parse("it rains {depth} deep"))
    def rain(requirement, depth):
        print(depth, sorted(requirement.tags))
"""


@pytest.fixture
def feature(pytester: pytest.Pytester) -> Callable[[str], Path]:
    """Return a function that writes a feature file into a project that has some steps and only the plugin."""
    pytester.makeconftest(textwrap.dedent(STEPS))
    pytester.mkdir("features")

    def write(text: str, name: str = "losing.feature") -> Path:
        path = pytester.path / "features" / name
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("place", ["features", "features/losing.feature"])
def test_a_folder_and_a_file_are_collected(
    pytester: pytest.Pytester, feature: Callable[[str], Path], place: str
) -> None:
    """Both `pytest features/` and `pytest features/<file>` run the scenarios under their own names."""
    feature(LOSING)
    result = pytester.runpytest_inprocess(place, "-v", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "features/losing.feature::The primary region goes dark PASSED*",
            "features/losing.feature::The link is slow[[]ankle[]] PASSED*",
            "features/losing.feature::The link is slow[[]knee[]] PASSED*",
        ]
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-k", "goes and dark"), 1),
        (("-k", "the_primary_region_goes_dark"), 1),
        (("-m", "core"), 1),
        (("-m", "nightly"), 1),
        (("-m", "REQ-DR-01 and not core"), 2),
        (("features/losing.feature::The primary region goes dark",), 1),
        (("features/losing.feature::The link is slow[knee]",), 1),
    ],
)
def test_scenarios_are_selected(
    pytester: pytest.Pytester, feature: Callable[[str], Path], options: tuple[str, ...], expected: int
) -> None:
    """Words of the name, its form as an identifier, tags and node ids select scenarios."""
    feature(LOSING)
    place = () if "::" in options[0] else ("features",)
    result = pytester.runpytest_inprocess(*place, *options, "--strict-markers")
    result.assert_outcomes(passed=expected, deselected=0 if "::" in options[0] else 3 - expected)


def test_collect_only_shows_the_line_of_the_scenario(pytester: pytest.Pytester, feature: Callable[[str], Path]) -> None:
    """An item stands in the feature file at its scenario's line, for editors and for reports."""
    path = feature(LOSING)
    items, _ = pytester.inline_genitems("features")
    assert [(item.location[0], item.location[1]) for item in items] == [
        ("features/losing.feature", path.read_text().splitlines().index(line) - 0)
        for line in ("    Scenario: The primary region goes dark", *["    Scenario Outline: The link is slow"] * 2)
    ]


def test_workers_collect_the_same(pytester: pytest.Pytester, feature: Callable[[str], Path]) -> None:
    """Two workers share the scenarios of a file."""
    feature(LOSING)
    pytester.runpytest_subprocess("features", "-n", "2").assert_outcomes(passed=3)


def test_a_scenario_knows_its_requirement(pytester: pytest.Pytester, feature: Callable[[str], Path]) -> None:
    """Id, statement, source and rule come from the feature file, and reach a step by the fixture `requirement`."""
    feature(LOSING)
    result = pytester.runpytest_inprocess("features", "-s")
    result.stdout.fnmatch_lines(
        [
            (
                "*identifier='REQ-DR-01'*statement='The API returns from the secondary region.'*"
                "source='guide §1 Strategy Types'*rule='Automated failover*'*path='features/losing.feature', line=10)*"
            ),
            "*ankle [[]'REQ-DR-01'[]]*",
            "*knee [[]'REQ-DR-01', 'nightly'[]]*",
        ]
    )


def test_a_failed_step_is_named(pytester: pytest.Pytester, feature: Callable[[str], Path]) -> None:
    """The error of a step says which sentence of which line it was."""
    feature(LOSING)
    pytester.makeconftest(textwrap.dedent(STEPS).replace("print(requirement)", "raise OSError('clouds')"))
    result = pytester.runpytest_inprocess("features", "-k", "dark")
    result.stdout.fnmatch_lines(
        ["*OSError: clouds*", "*in the step: Given the sun shines (features/losing.feature:11)*"]
    )


def test_other_files_are_left_alone(pytester: pytest.Pytester) -> None:
    """Only a file that ends in .feature is taken for one."""
    pytester.makefile(".features", notes="Feature: no")
    pytester.makepyfile(test_one="def test_one(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


FAULTY: dict[str, tuple[str | bytes, int, str]] = {
    "unknown tag": (
        "@croe\nFeature: A\n  Scenario: B\n    Given x\n",
        1,
        "unknown tag @croe; the nearest known one is @core",
    ),
    "unknown tag of a rule without scenarios": (
        "Feature: A\n  Scenario: B\n    Given x\n  @x\n  Rule: C\n",
        4,
        "unknown tag @x",
    ),
    "unknown tag of examples": (
        "Feature: A\n  Scenario Outline: B\n    Given <x>\n    @nigthly\n    Examples:\n      | x |\n      | 1 |\n",
        4,
        "the nearest known one is @nightly",
    ),
    "requirement of another form": (
        "@REQ-DR-1\nFeature: A\n  Scenario: B\n    Given x\n",
        1,
        "nearest known one is @REQ-DR-01",
    ),
    "sabotage that names no check": (
        "Feature: A\n  @must-fail\n  Scenario: B\n    Given x\n",
        3,
        "@must-fail needs to name the check that must notice: add @caught-by-<check>, one of recovery-time,",
    ),
    "check without sabotage": (
        "Feature: A\n  @caught-by-dns-state\n  Scenario: B\n    Given x\n",
        3,
        "@caught-by-dns-state only has a meaning beside @must-fail",
    ),
    "two checks for one sabotage": (
        "@must-fail @caught-by-dns-state\nFeature: A\n  @caught-by-recovery-time\n  Scenario: B\n    Given x\n",
        4,
        "one sabotage is caught by one check, but it carries @caught-by-dns-state, @caught-by-recovery-time",
    ),
    "repeated name": (
        "Feature: A\n  Scenario: B\n    Given x\n  Rule: C\n    Scenario: B\n      Given x\n",
        5,
        "the name 'B' is taken by the scenario of line 2",
    ),
    "no name": ("Feature: A\n  Scenario:\n    Given x\n", 2, "the scenario has no name"),
    "no such clause": (
        "@clause-REL13-BP99\nFeature: A\n  Scenario: B\n    Given x\n",
        1,
        "@clause-REL13-BP99 names no clause of clauses.yaml; did you mean 'REL13-BP0",
    ),
    "no scenario": ("Feature: A\n", 1, "the feature has no scenario, so it requires nothing"),
    "no feature": ("# nothing\n", 1, "the file holds no feature"),
    "bad syntax": ("Feature: A\n  Scenario: B\n    Given x\n    Perhaps y\n", 4, "Unexpected token"),
    "not text": (b"Feature: \xff\n", 1, "the file is not UTF-8 text"),
}


def test_what_bears_on_a_clause_is_marked(pytester: pytest.Pytester, feature: Callable[[str], Path]) -> None:
    """`-m compliance` selects every scenario that names a clause, and `-m clause-...` those of one."""
    feature(LOSING.replace("@core", "@core @clause-NIST-CP-10.2"))
    pytester.runpytest_inprocess("features", "-m", "compliance").assert_outcomes(passed=1, deselected=2)
    pytester.runpytest_inprocess("features", "-m", "clause-NIST-CP-10.2").assert_outcomes(passed=1, deselected=2)


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, fault: str) -> None:
    """Whatever is wrong with a feature file is a sentence that begins with file and line."""
    text, line, sentence = FAULTY[fault]
    path = tmp_path / "faulty.feature"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FeatureError) as raised:
        read_feature(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert sentence in str(raised.value)


def test_all_faults_are_named_at_once(pytester: pytest.Pytester, feature: Callable[[str], Path]) -> None:
    """A faulty file is a collection error that lists every fault and shows no traceback."""
    feature("@croe\nFeature: A\n\n  @x @must-fail\n  Scenario: B\n    Given x\n")
    result = pytester.runpytest_inprocess("features")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*losing.feature:1: unknown tag*", "*losing.feature:4: unknown tag*", "*losing.feature:5: *"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
