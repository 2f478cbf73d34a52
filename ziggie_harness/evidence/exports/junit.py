"""JUnit XML: what every CI server shows. Each scenario is a suite of its own, because suites have properties.

Jenkins' schema (junit-10.xsd, of the xunit plugin) gives properties to suites and none to test cases. A scenario that
is unknown is a failure, for it fails a build; one that the harness could not finish is an error.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from ziggie_harness.evidence.numbers import properties
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle

OUTCOMES: Final = {
    Ending.FAILED: "failure",
    Ending.UNKNOWN: "failure",
    Ending.ERROR: "error",
    Ending.SKIPPED: "skipped",
}
"""What JUnit calls an ending that is no pass."""

_UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write; a message may quote bytes that some program printed."""


def junit(run: RunRecord) -> str:
    """Return a run as JUnit XML."""
    bundles = {bundle.root_sha256: bundle for bundle in run.bundles}
    suites = [_suite(played, bundles.get(played.root_sha256)) for played in run.scenarios]
    root = ET.Element(
        "testsuites",
        name="disaster recovery drills",
        tests=str(len(suites)),
        failures=_total(suites, "failures"),
        errors=_total(suites, "errors"),
        time=f"{run.wall_seconds:.3f}",
    )
    root.extend(suites)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(played: Played, bundle: SealedBundle | None) -> ET.Element:
    """Return one scenario with its properties."""
    outcome = OUTCOMES.get(played.row.ending)
    suite = ET.Element(
        "testsuite",
        name=_text(f"{played.row.feature}: {played.row.scenario}"),
        tests="1",
        failures=str(int(outcome == "failure")),
        errors=str(int(outcome == "error")),
        skipped=str(int(outcome == "skipped")),
    )
    if bundle is not None:
        suite.set("timestamp", f"{bundle.provenance.started:%Y-%m-%dT%H:%M:%S}")
    listed = ET.SubElement(suite, "properties")
    for name, value in properties(played).items():
        ET.SubElement(listed, "property", name=name, value=_text(value))
    wall_seconds = (bundle.provenance.ended - bundle.provenance.started).total_seconds() if bundle else 0.0
    case = ET.SubElement(
        suite,
        "testcase",
        name=_text(played.row.scenario),
        classname=_text(played.requirement.path),
        time=f"{wall_seconds:.3f}",
    )
    if outcome is not None:
        ET.SubElement(case, outcome, type=played.row.ending.value, message=_text(played.row.sentence))
    return suite


def _text(text: str) -> str:
    """Return a text without what XML cannot write."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _total(suites: list[ET.Element], count: str) -> str:
    """Add up a count of suites."""
    return str(sum(int(suite.get(count, "0")) for suite in suites))
