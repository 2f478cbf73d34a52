"""A report in which a secret stands is not told: it fails and says why, in the terminal and in JUnit's file."""

from __future__ import annotations

import textwrap

import pytest

from ziggie_harness.model.secrets import MARK

HALVES = f"{MARK[:9]!r} + {MARK[9:]!r}"
"""How a test has the mark in a variable, and not in its source, which a report shows too."""


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ("raise ValueError(value)", []),
        ("print(value)\n    assert False", []),
        ("print(value)", ["-rA"]),
        ("assert False", ["--showlocals"]),
        ("request.node.user_properties.append(('answer', value))", []),
        ("print(value.encode().hex())\n    assert False", []),
    ],
    ids=["error", "output", "output of a passed test", "variables", "property", "hexadecimal"],
)
def test_sabotage_a_secret_in_a_report_is_withheld(pytester: pytest.Pytester, body: str, options: list[str]) -> None:
    """Whatever carries it, neither terminal nor file has it, and the test fails."""
    source = f"""
    def test_it(request):
        value = {HALVES} + "0123456789"
        {body.replace(chr(10), chr(10) + "    ")}
    """
    pytester.makepyfile(textwrap.dedent(source))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--junitxml=report.xml", *options)
    assert result.parseoutcomes()["failed"] == 1
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["*the report of this test is withheld: a secret of a drill stands in it in *"])
    for told in (result.stdout.str(), result.stderr.str(), (pytester.path / "report.xml").read_text(encoding="utf-8")):
        assert MARK not in told
        assert MARK.encode().hex() not in told


def test_other_reports_are_told_as_they_are(pytester: pytest.Pytester) -> None:
    """A failure without a secret is told in full."""
    pytester.makepyfile("def test_it():\n    print('said')\n    raise ValueError('why')")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ValueError: why", "said"])
