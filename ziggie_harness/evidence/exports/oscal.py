"""OSCAL assessment results: an observation for each drill, and a finding for each clause that drills bear on.

OSCAL says *satisfied* where we say *supported*: the evidence of this run speaks for the clause, no more. A clause whose
evidence does not suffice is *not satisfied* for the reason `other`, since the model has no third state. What was not
played, and gaps, have no finding. Source: NIST, OSCAL assessment results model 1.1.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import Line, Standing, matrix
from ziggie_harness.evidence.numbers import numbers
from ziggie_harness.evidence.results import results_of
from ziggie_harness.evidence.run_record import RunRecord
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.errors import EvidenceError

Part: TypeAlias = dict[str, object]

OSCAL_VERSION: Final = "1.1.3"

OURS: Final = "https://ziggie.ai/ns/oscal"
"""The namespace of properties that OSCAL does not know."""

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, OURS)

STATES: Final = {
    Standing.SUPPORTED: ("satisfied", "pass"),
    Standing.NOT_SUPPORTED: ("not-satisfied", "fail"),
    Standing.INCONCLUSIVE: ("not-satisfied", "other"),
}
"""What OSCAL calls the standing of a clause, and its reason."""


def oscal(run: RunRecord) -> str:
    """Return a run as OSCAL assessment results in JSON; raise EvidenceError for a run without a sealed drill.

    Equal evidence gives equal bytes: every identifier is drawn from digests, and the time is that of the last drill.
    """
    if not run.bundles:
        raise EvidenceError(
            f"{run.directory} has no sealed drill to report", hint="an assessment needs at least one observation"
        )
    started = min(bundle.provenance.started for bundle in run.bundles)
    ended = max(bundle.provenance.ended for bundle in run.bundles)
    name = " ".join(sorted(bundle.root_sha256 for bundle in run.bundles))
    document: Part = {
        "assessment-results": {
            "uuid": _uuid("document", name),
            "metadata": {
                "title": "Disaster recovery drills",
                "last-modified": _time(ended),
                "version": ended.date().isoformat(),
                "oscal-version": OSCAL_VERSION,
            },
            "import-ap": {"href": f"#{_uuid('plan', name)}"},
            "results": [_result(run, name, started, ended)],
            "back-matter": {
                "resources": [
                    {
                        "uuid": _uuid("plan", name),
                        "title": "Requirements",
                        "description": "The feature files that were played; each bundle of evidence keeps the text.",
                    }
                ]
            },
        }
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _result(run: RunRecord, name: str, started: datetime, ended: datetime) -> Part:
    """Return the run as one result."""
    lines = matrix(results_of([run]), clauses()).lines
    judged = [line for line in lines if line.standing in STATES]
    controls = [{"control-id": control_id(line.identifier)} for line in lines if line.scenarios]
    every: Part = {"include-controls": controls} if controls else {"include-all": {}}
    result: Part = {
        "uuid": _uuid("result", name),
        "title": "Disaster recovery drills",
        "description": (
            f"{len(run.scenarios)} scenarios, {len(run.bundles)} of them with sealed evidence. Findings say what the"
            " evidence supports, at the fidelity of each drill; they are no statement of compliance."
        ),
        "start": _time(started),
        "end": _time(ended),
        "reviewed-controls": {"control-selections": [every]},
        "observations": list(_observations(run.bundles)),
    }
    return {**result, "findings": [_finding(line, name) for line in judged]} if judged else result


def _observations(bundles: Sequence[SealedBundle]) -> Iterator[Part]:
    """Yield an observation for each drill."""
    for bundle in bundles:
        row = bundle.played.row
        yield {
            "uuid": _uuid("observation", bundle.root_sha256),
            "title": f"{row.feature}: {row.scenario}",
            "description": row.sentence or f"The scenario ended as {row.ending.value}.",
            "props": [_property(name, value) for name, value in _told(bundle).items()],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "collected": _time(bundle.provenance.ended),
            "relevant-evidence": [
                {
                    "href": f"./{bundle.directory.name}/manifest.json",
                    "description": f"The sealed bundle; the digest of everything in it is {bundle.root_sha256}.",
                }
            ],
        }


def _told(bundle: SealedBundle) -> Mapping[str, str]:
    """Return the numbers of a drill, and what it proves."""
    told = numbers(bundle.played.row)
    return {
        **told,
        "requirement": bundle.played.requirement.identifier or "none",
        "evidence_sha256": bundle.root_sha256,
    }


def _finding(line: Line, name: str) -> Part:
    """Return what the evidence says of a clause."""
    state, reason = STATES[line.standing]
    drilled = {traced.root_sha256 for traced in line.scenarios if traced.root_sha256}
    finding: Part = {
        "uuid": _uuid(f"finding {line.identifier}", name),
        "title": line.clause.name,
        "description": f"{line.clause.asks} The evidence: {line.standing.value}.",
        "target": {
            "type": "objective-id",
            "target-id": control_id(line.identifier),
            "status": {"state": state, "reason": reason},
        },
    }
    if line.clause.second_hand:
        finding["remarks"] = "The clause was read in mappings alone: verify it before you cite it."
    if drilled:
        finding["related-observations"] = [
            {"observation-uuid": _uuid("observation", digest)} for digest in sorted(drilled)
        ]
    return finding


def control_id(clause: str) -> str:
    """Return the id of a clause as OSCAL's catalogues spell it: NIST's own is cp-10.2, others keep their framework."""
    return clause.removeprefix("NIST-").lower()


def _property(name: str, value: str) -> Part:
    """Return a property of our own."""
    return {"name": name.replace("_", "-").lower(), "ns": OURS, "value": value}


def _uuid(what: str, name: str) -> str:
    """Return an identifier that is the same for the same evidence."""
    return str(uuid.uuid5(NAMESPACE, f"{what} {name}"))


def _time(moment: datetime) -> str:
    """Write a moment in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
