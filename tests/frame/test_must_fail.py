"""A sabotaged scenario passes when the named check catches it, and in no other case."""

from __future__ import annotations

import textwrap

import pytest

STEPS = """
    import pytest
    from pytest_bdd import given
    from ziggie_harness.model.errors import RequirementNotMet

    @given("{sentence}")
    def step():
        {body}
"""

FEATURE = """
    Feature: Sabotage
      @must-fail @caught-by-dns-state
      Scenario: Sabotaged
        Given it happens
"""


def run(pytester: pytest.Pytester, body: str, *options: str, feature: str = FEATURE) -> pytest.RunResult:
    """Run the sabotaged scenario with a step of this body."""
    pytester.makeconftest(textwrap.dedent(STEPS).format(sentence="it happens", body=body))
    (pytester.path / "sabotage.feature").write_text(textwrap.dedent(feature), encoding="utf-8")
    return pytester.runpytest_inprocess("sabotage.feature", "-p", "no:cacheprovider", *options)


def test_a_caught_sabotage_passes(pytester: pytest.Pytester) -> None:
    """The named check judged FAILED: the scenario passes and says so."""
    result = run(pytester, "raise RequirementNotMet('dns-state', 'the secondary never answered')", "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["caught by dns-state FAILED: the secondary never answered"])


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("pass", "dns-state had to judge FAILED, but every step passed*"),
        (
            "raise RequirementNotMet('recovery-time', 'too slow')",
            "*, but the verdict of recovery-time is FAILED (too slow)*",
        ),
        (
            "raise RequirementNotMet('dns-state', 'nobody asked', 'UNKNOWN')",
            "*, but the verdict of dns-state is UNKNOWN (nobody asked)*",
        ),
        ("raise AssertionError('dns-state')", "*, but it stopped for another reason, AssertionError('dns-state')*"),
        ("raise KeyError('detail')", "*, but it stopped for another reason, KeyError('detail')*"),
        ("pytest.fail('by hand')", "*, but it stopped for another reason, by hand*"),
    ],
)
def test_an_uncaught_sabotage_fails(pytester: pytest.Pytester, body: str, sentence: str) -> None:
    """No failure, another check, UNKNOWN and any other error each fail the scenario with a sentence that says which."""
    result = run(pytester, body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*the sabotage was not caught: {sentence}"])


def test_a_missing_step_does_not_catch_a_sabotage(pytester: pytest.Pytester) -> None:
    """A sentence that nobody defined is another reason, not a verdict."""
    result = run(pytester, "pass", feature=FEATURE.replace("it happens", "nobody knows"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the sabotage was not caught*Step definition is not found*"])


def test_a_skipped_sabotage_is_skipped(pytester: pytest.Pytester) -> None:
    """What this machine cannot do is skipped with its reason, sabotaged or not."""
    result = run(pytester, "pytest.skip('no namespaces')", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no namespaces*"])


def test_a_broken_fixture_does_not_catch_a_sabotage(pytester: pytest.Pytester) -> None:
    """An error before the first step stays an error, even one that looks like a verdict."""
    body = "pass\n\n@pytest.fixture(autouse=True)\ndef broken():\n    raise RequirementNotMet('dns-state', 'in set-up')"
    run(pytester, body).assert_outcomes(errors=1)


@pytest.mark.parametrize("place", ["feature", "rule", "examples"])
def test_tags_are_inherited(pytester: pytest.Pytester, place: str) -> None:
    """The tags of a feature, a rule and a table of examples make a sabotage like the scenario's own."""
    tags = {
        name: "@must-fail @caught-by-dns-state" if name == place else "" for name in ("feature", "rule", "examples")
    }
    feature = textwrap.dedent("""
        {feature}
        Feature: Sabotage
          {rule}
          Rule: All of it
            Scenario Outline: Sabotaged
              Given it <verb>
              {examples}
              Examples:
                | verb    |
                | happens |
    """).format(**tags)
    run(pytester, "raise RequirementNotMet('dns-state', 'dark')", feature=feature).assert_outcomes(passed=1)
    run(pytester, "pass", feature=feature).assert_outcomes(failed=1)


def test_a_caught_sabotage_is_no_failure_to_a_debugger(pytester: pytest.Pytester) -> None:
    """Neither --exitfirst nor --pdb stops at a sabotage that was caught."""
    result = run(pytester, "raise RequirementNotMet('dns-state', 'dark')", "--exitfirst", "--pdb")
    result.assert_outcomes(passed=1)
