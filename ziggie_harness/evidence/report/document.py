"""One drill as the page reads it: the facts of its record, and its history as lanes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict

from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.report import derived, lanes, planted, story
from ziggie_harness.evidence.report.places import Places
from ziggie_harness.evidence.row import Row
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.model.history import History
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.timeline import blow

Document = Mapping[str, object]


def document(bundle: SealedBundle) -> Document:
    """Return a drill as the page reads it; raise EvidenceError when its history cannot be read."""
    history = bundle.history()
    design = bundle.provenance.design
    places = Places.of(_regions(design.effective), history)
    return {
        **scenario(bundle.played.requirement, bundle.played.row),
        "promise": asdict(design.promise),
        "defects": planted.defects_in(bundle),
        "phrase": planted.phrase_of(design.planted),
        "changes": list(planted.changes_in(bundle)),
        "faults": story.faults(bundle.record, places),
        "judgements": [_judgement(judged) for judged in bundle.judged],
        "recovery": story.recovery(bundle.judgements),
        "losses": story.losses(history, bundle.judgements),
        "findings": [asdict(finding) for finding in bundle.record.findings],
        "survivors": [{**asdict(one), "region": places.region(one.region)} for one in bundle.record.parity],
        "parity": list(story.parity(history, places)),
        "record": _record(bundle),
        **_timeline(history, places),
    }


def scenario(requirement: Requirement, row: Row) -> Document:
    """Return what every scenario has, also one that left no evidence."""
    return {
        "requirement": requirement.identifier or "",
        "feature": requirement.feature,
        "statement": requirement.statement,
        "source": requirement.source,
        "rule": requirement.rule,
        "scenario": requirement.scenario,
        "place": f"{requirement.path}:{requirement.line}",
        "tags": sorted(requirement.tags),
        "ending": row.ending.value,
        "sentence": row.sentence,
        "caught_by": row.caught_by,
    }


def _judgement(judged: Judged) -> Document:
    """Return what a check promised, what it measured, and what it says."""
    judgement = judged.judgement
    return {
        "check": judgement.check,
        "promise": story.promise(judged),
        "verdict": judgement.verdict.value,
        "sentence": judgement.sentence,
        "numbers": [[one.name, one.value, one.unit, one.objective] for one in judgement.measurements],
    }


def _timeline(history: History, places: Places) -> Document:
    """Return the history as lanes, with the moment from which a reader counts."""
    texts: dict[str, int] = {}
    lost = frozenset(write.identity for write in story.lost_writes(history))
    found = [
        derived.clock(history),
        *lanes.lanes(history, places),
        *derived.stored_writes(history, places, lost),
    ]
    fault = blow(history)
    return {
        "zero": fault.at_seconds if history.first_fault_seconds() is not None else None,
        "end": history.end_seconds,
        "events": len(history.records),
        "lanes": lanes.encoded(found, texts),
        "curves": derived.curves(history, places),
        "texts": list(texts),
    }


def _record(bundle: SealedBundle) -> Document:
    """Return where the numbers come from."""
    provenance = bundle.provenance
    return {
        "folder": bundle.directory.name,
        "verdict": bundle.verdict,
        "retest_of": None if bundle.record.retest_of is None else asdict(bundle.record.retest_of),
        "root_sha256": bundle.root_sha256,
        "history_sha256": bundle.record.history_sha256,
        "signed_with": bundle.signed_with,
        "started": provenance.started.isoformat(timespec="seconds"),
        "ended": provenance.ended.isoformat(timespec="seconds"),
        "clock": provenance.clock,
        "drill_seconds": provenance.drill_seconds,
        "skipped_seconds": provenance.skipped_seconds,
        "backend": provenance.backend,
        "capabilities": [
            [capability.value, offer.fidelity.name, offer.behind]
            for capability, offer in sorted(provenance.capabilities.items())
        ],
        "commit": provenance.checkout.commit,
        "dirty": provenance.checkout.dirty,
        "run_by": provenance.machine.user,
        "approved_by": provenance.approved_by,
        "kernel": provenance.machine.kernel,
        "versions": sorted(provenance.machine.versions.items()),
        "feature_source": source_key(provenance.feature_text),
        "design_source": source_key(provenance.design.text),
        "design_sha256": provenance.design.effective_sha256,
    }


def source_key(text: str) -> str:
    """Return under which name the page keeps a text that many drills share."""
    return hashlib.sha256(text.encode()).hexdigest()


def _regions(effective: Mapping[str, object]) -> Mapping[str, str]:
    """Return the regions of a design by their roles."""
    regions = effective.get("regions")
    return {str(role): str(name) for role, name in regions.items()} if isinstance(regions, Mapping) else {}
