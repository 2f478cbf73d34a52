"""SARIF 2.1.0: each finding at the line where it is to be mended, for code scanning and editors.

A promise that was broken is a failure of the level that its severity asks for. One of which nobody knows is *open*.
What a sabotage planted and its check noticed is *informational*: the defect is there on purpose. Source: OASIS, SARIF
2.1.0 with errata 01, sections 3.27.9 (kind) and 3.27.10 (level).
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, TypeAlias

from ziggie_harness.evidence.defects import Severity
from ziggie_harness.evidence.exports.places import Place, place_of
from ziggie_harness.evidence.numbers import numbers
from ziggie_harness.evidence.record import Finding
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.verdict import Verdict

Part: TypeAlias = dict[str, object]

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}


def sarif(run: RunRecord) -> str:
    """Return the findings of a run as SARIF; files below the working directory are named relative to it."""
    found = [(bundle, finding) for bundle in run.bundles for finding in bundle.record.findings]
    rules = sorted({finding.check for _, finding in found})
    document: Part = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ziggie-harness",
                        "version": _version(),
                        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
                    }
                },
                "automationDetails": {"id": f"{run.directory.absolute().name}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(run)],
                "results": [_result(run, bundle, finding, rules) for bundle, finding in found],
            }
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _invocation(run: RunRecord) -> Part:
    """Return how the run went, with what the harness itself could not do."""
    broken = [played for played in run.scenarios if played.row.ending is Ending.ERROR]
    return {
        "commandLine": " ".join(run.command) or "unknown",
        "executionSuccessful": run.complete and not broken,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": f"{played.row.scenario}: {played.row.sentence}"}}
            for played in broken
        ],
    }


def _result(run: RunRecord, bundle: SealedBundle, finding: Finding, rules: list[str]) -> Part:
    """Return one finding."""
    played = bundle.played
    kind = _kind(bundle, finding)
    scenario = _location(Place(Path(played.requirement.path), played.requirement.line))
    place = place_of(run, bundle, finding)
    text = " ".join(filter(None, (_sentence(finding.sentence), finding.cause, _correction(finding))))
    fingerprint = f"{finding.check} {played.requirement.path} {played.row.scenario}"
    return {
        "ruleId": finding.check,
        "ruleIndex": rules.index(finding.check),
        "kind": kind,
        "level": LEVELS[finding.severity] if kind == "fail" else "none",
        "message": {"text": f"{played.row.scenario}: {text}"},
        "locations": [_location(place) if place is not None else scenario],
        "relatedLocations": [{**scenario, "id": 1, "message": {"text": "the scenario"}}],
        "partialFingerprints": {"scenario/v1": hashlib.sha256(fingerprint.encode()).hexdigest()},
        "properties": {
            **numbers(played.row),
            "severity": finding.severity.value,
            "defects": list(finding.defects),
            "evidence_sha256": bundle.root_sha256,
        },
    }


def _kind(bundle: SealedBundle, finding: Finding) -> str:
    """Return what kind of result a finding is."""
    if bundle.played.row.ending is Ending.CAUGHT:
        return "informational"
    return "fail" if finding.verdict is Verdict.FAILED else "open"


def _location(place: Place) -> Part:
    """Return a place as SARIF writes it."""
    location: Part = {
        "physicalLocation": {"artifactLocation": _artifact(place.path), "region": {"startLine": max(1, place.line)}}
    }
    if place.key:
        location["logicalLocations"] = [{"fullyQualifiedName": place.key, "kind": "property"}]
    return location


def _artifact(path: Path) -> Part:
    """Name a file, relative to the root of the source where it stands below it."""
    here, found = Path.cwd(), path.resolve()
    if found.is_relative_to(here):
        return {"uri": found.relative_to(here).as_posix().replace(" ", "%20"), "uriBaseId": "%SRCROOT%"}
    return {"uri": found.as_uri()}


def _sentence(text: str) -> str:
    """Return a text that ends as a sentence does."""
    return text if text.endswith(".") else f"{text}."


def _correction(finding: Finding) -> str:
    """Say what the corrected design does."""
    return f"The corrected design: {finding.correction}" if finding.correction else ""


def _version() -> str:
    """Return our version, as far as it is installed."""
    try:
        return version("ziggie-harness")
    except PackageNotFoundError:
        return "unknown"
