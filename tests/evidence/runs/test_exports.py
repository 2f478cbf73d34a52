"""Exports: each is valid by the schema or the library of its field, and says what the run showed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from click.testing import CliRunner
from jsonschema import Draft4Validator, FormatChecker
from prometheus_client.parser import text_string_to_metric_families
from trestle.oscal.assessment_results import AssessmentResults

from ziggie_harness.cli import main
from ziggie_harness.cli.export import FORMATS
from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.exports.junit import junit
from ziggie_harness.evidence.exports.markdown import markdown
from ziggie_harness.evidence.exports.oscal import control_id, oscal
from ziggie_harness.evidence.exports.prometheus import prometheus
from ziggie_harness.evidence.exports.sarif import sarif
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord, read_run
from ziggie_harness.model.errors import EvidenceError

if TYPE_CHECKING:
    from tests.evidence.runs.conftest import Runs

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "tests" / "data" / "schemas"

AWKWARD = 'quotes " and <tags> & a | pipe, a \\ and\na new line, a \x1b[31mcolour\x1b[0m, ümlaut'
"""What a message may hold, for a program said it."""


@pytest.fixture
def run(runs: Runs) -> RunRecord:
    """Return a run in which everything happened that can."""
    unfenced = Planted("G11", "without fencing", {"fencing": None})
    return read_run(
        runs.run(
            runs.told("It passes"),
            runs.told("It is caught", Ending.CAUGHT, 2000.0, planted=unfenced),
            runs.told("It fails", Ending.FAILED, 1000.0, identifier="REQ-DR-02", feature="Other", tags=frozenset()),
            runs.told("It is unknown", Ending.UNKNOWN, rto_seconds=None, tags=frozenset({"clause-NIST-CP-10.2"})),
            runs.told("It is skipped", Ending.SKIPPED, sentence=AWKWARD),
            runs.told("It breaks", Ending.ERROR, sentence=AWKWARD),
        )
    )


def test_junit_is_valid_and_has_the_numbers(run: RunRecord) -> None:
    """Valid by Jenkins' schema; numbers are properties, and endings are what JUnit has for them."""
    text = junit(run)
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(text)
    root = ET.fromstring(text)  # noqa: S314 - written a line above
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "6", "failures": "2", "errors": "1",
    }  # fmt: skip
    found = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert found == {
        "It passes": [], "It is caught": [], "It fails": ["failure"], "It is unknown": ["failure"],
        "It is skipped": ["skipped"], "It breaks": ["error"],
    }  # fmt: skip
    [suite] = [suite for suite in root if str(suite.get("name")).endswith("It passes")]
    properties = {str(each.get("name")): each.get("value") for each in suite.iter("property")}
    assert properties["RTO_seconds"] == "160.0"
    assert properties["RTO_objective_seconds"] == "900.0"
    assert properties["fidelity"] == "EMULATED"
    assert properties["clauses"] == "DORA-12 REL13-BP02"
    assert len(str(properties["evidence_sha256"])) == 64


def test_oscal_is_read_by_trestle(run: RunRecord, tmp_path: Path) -> None:
    """An observation for each drill, a finding for each clause that has a verdict, and never a word of compliance."""
    path = tmp_path / "results.json"
    path.write_text(oscal(run), encoding="utf-8")
    read = AssessmentResults.oscal_read(path)
    assert isinstance(read, AssessmentResults)
    [result] = read.results
    assert len(result.observations or ()) == len(run.bundles) == 4
    told = {finding.target.target_id: finding.target.status for finding in result.findings or ()}
    assert {name: (status.state.value, status.reason) for name, status in told.items() if status} == {
        "rel13-bp02": ("not-satisfied", "other"),
        "dora-12": ("not-satisfied", "other"),
        "cp-10.2": ("not-satisfied", "other"),
    }
    assert "complies" not in path.read_text(encoding="utf-8")
    assert oscal(run) == path.read_text(encoding="utf-8"), "equal evidence gives equal bytes"


def test_oscal_tells_support_and_doubt_of_the_clause_itself(runs: Runs, tmp_path: Path) -> None:
    """A pass is satisfied, a failure is not, and a clause that is known second-hand says so."""
    path = tmp_path / "results.json"
    for ending, state in ((Ending.PASSED, ("satisfied", "pass")), (Ending.FAILED, ("not-satisfied", "fail"))):
        path.write_text(oscal(read_run(runs.run(runs.told(ending=ending), name=ending.value))), encoding="utf-8")
        AssessmentResults.oscal_read(path)
        [result] = json.loads(path.read_text(encoding="utf-8"))["assessment-results"]["results"]
        for finding in result["findings"]:
            assert finding["target"]["status"] == dict(zip(("state", "reason"), state, strict=True))
            assert ("remarks" in finding) == (finding["target"]["target-id"] == "dora-12")


def test_oscal_needs_a_drill(runs: Runs) -> None:
    """A run in which everything was skipped has nothing to observe."""
    run = read_run(runs.run(runs.told(ending=Ending.SKIPPED)))
    with pytest.raises(EvidenceError, match="no sealed drill"):
        oscal(run)


def test_every_clause_is_a_control() -> None:
    """Ids are those of NIST's catalogue for NIST's clauses, and never the same for two."""
    ids = [control_id(identifier) for identifier in clauses()]
    assert len(set(ids)) == len(ids)
    assert control_id("NIST-CP-10.2") == "cp-10.2"


def test_prometheus_reads_every_sample(run: RunRecord) -> None:
    """The parser of Prometheus' own client finds the numbers, labelled, and to the last digit."""
    families = {family.name: family.samples for family in text_string_to_metric_families(prometheus(run))}
    rto = {sample.labels["scenario"]: sample.value for sample in families["ziggie_drill_rto_seconds"]}
    assert rto == {"It passes": 160.0, "It is caught": 2000.0, "It fails": 1000.0}
    [ended, *_] = [sample.value for sample in families["ziggie_drill_ended_timestamp_seconds"]]
    assert datetime.fromtimestamp(ended, UTC) == run.bundles[0].provenance.ended
    assert {sample.labels["ending"]: sample.value for sample in families["ziggie_scenarios"]} == {
        "passed": 1, "caught": 1, "skipped": 1, "unknown": 1, "failed": 1, "error": 1,
    }  # fmt: skip
    sabotages = [sample for sample in families["ziggie_drill_rto_seconds"] if sample.labels["sabotage"] == "true"]
    assert [sample.labels["scenario"] for sample in sabotages] == ["It is caught"]
    assert len(families["ziggie_clause_supported"]) == len(clauses())


def test_prometheus_escapes_labels(runs: Runs) -> None:
    """A name with quotes, backslashes and line breaks comes out as it went in."""
    name = 'a "name" \\ with\neverything'
    text = prometheus(read_run(runs.run(runs.told(name))))
    [family] = [each for each in text_string_to_metric_families(text) if each.name == "ziggie_drill_rto_seconds"]
    assert [sample.labels["scenario"] for sample in family.samples] == [name]


def test_markdown_tells_what_did_not_hold_first(run: RunRecord) -> None:
    """The headline counts, what failed comes with its sentence, and nothing that a program said is markup."""
    text = markdown(run, run.bundles[0].provenance.ended + timedelta(days=2))
    assert "**6 scenarios: 1 passed, 1 caught, 1 skipped, 1 unknown, 1 failed, 1 error.**" in text
    assert "- **It fails** failed: recovery-time: service returned after 1000.0 s" in text
    assert "| REQ-DR-01 Losing the primary region | It passes | passed " in text
    assert "| 160.0 s of 900 s | 0.0 s of 5 s, 0 lost |" in text
    assert "| AWS Well-Architected REL13-BP02 | inconclusive |" in text
    assert "| 2.0 d |" in text
    assert "Requirements that bear on no clause: Other." in text
    assert "<tags>" not in text
    assert all(line.count(" | ") == 6 for line in text.splitlines() if line.startswith("| REQ-DR"))


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_writes_each_format(runs: Runs, name: str) -> None:
    """To standard output or to a file, in folders that are made; the same in both."""
    directory = runs.run(runs.told())
    told = CliRunner().invoke(main, ["export", str(directory), "--format", name])
    path = runs.home / "deep" / "export"
    written = CliRunner().invoke(main, ["export", str(directory), "--format", name, "--output", str(path)])
    assert (told.exit_code, written.exit_code, written.output) == (0, 0, "")
    assert told.output == path.read_text(encoding="utf-8") != ""


def test_what_cannot_be_exported_is_told(runs: Runs) -> None:
    """No run, and no place to write to, end with 3 and say why."""
    lost = CliRunner().invoke(main, ["export", str(runs.home / "none"), "--format", "junit"])
    assert (lost.exit_code, "holds no evidence of a run" in lost.output, "next:" in lost.output) == (3, True, True)
    directory = runs.run(runs.told())
    full = CliRunner().invoke(main, ["export", str(directory), "--format", "junit", "--output", str(directory)])
    assert (full.exit_code, "cannot be written" in full.output) == (3, True)


def results(run: RunRecord) -> list[dict[str, Any]]:
    """Return the results of a run's SARIF, once it is valid by OASIS's schema."""
    document = json.loads(sarif(run))
    schema = json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    Draft4Validator(schema, format_checker=FormatChecker()).validate(document)
    found: list[dict[str, Any]] = document["runs"][0]["results"]
    return found


def place(result: dict[str, Any]) -> tuple[str, str]:
    """Return the file that a result points to, and the text of the line."""
    physical = result["locations"][0]["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    path = Path(uri.removeprefix("file://"))
    return path.name, path.read_text(encoding="utf-8").splitlines()[physical["region"]["startLine"] - 1].strip()


def test_sarif_is_valid_and_points_to_what_is_to_be_mended(run: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caught sabotage points to the planted key, a broken promise to the objective in the design."""
    monkeypatch.chdir(ROOT)
    found = {result["message"]["text"].partition(":")[0]: result for result in results(run)}
    assert {name: (result["kind"], result["level"]) for name, result in found.items()} == {
        "It is caught": ("informational", "none"),
        "It fails": ("fail", "error"),
        "It is unknown": ("open", "none"),
    }
    assert place(found["It is caught"]) == ("without_fencing.yaml", "fencing: null")
    assert place(found["It fails"]) == ("active_passive.yaml", "rto: 15 min")
    artifact = found["It fails"]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "fixtures/data/topologies/active_passive.yaml", "uriBaseId": "%SRCROOT%"}
    assert "The corrected design:" in found["It is caught"]["message"]["text"]
    assert found["It is caught"]["properties"]["defects"] == ["G11"]


def test_sarif_tells_what_the_harness_could_not_do(run: RunRecord) -> None:
    """A scenario that broke is no finding of the design, and the run was no success."""
    [invocation] = json.loads(sarif(run))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == [f"It breaks: {AWKWARD}"]


def test_sarif_names_a_design_that_is_nowhere_by_its_scenario(runs: Runs) -> None:
    """A design that only the bundle knows has no line to point to."""
    run = read_run(runs.run(runs.told(ending=Ending.FAILED, text="name: other\n")))
    [result] = results(run)
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("features/REQ-DR-01.feature")
