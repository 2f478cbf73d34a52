"""The end of a drill for the record: provenance, outcome and verdicts are written, and everything is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ziggie_harness.drill.artefacts import used
from ziggie_harness.drill.stage import Stage
from ziggie_harness.evidence.bundle import Bundle, sha256_of
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Checkout, Design, Machine, Planted, Promise, Provenance
from ziggie_harness.evidence.record import Record, Retest, record_of
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.sealed import read_bundle
from ziggie_harness.evidence.secret_scan import leaks
from ziggie_harness.evidence.signing import SigningKey
from ziggie_harness.kernel.processes import Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.model.errors import EvidenceError, LabError
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.topology_document import document_of

GIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a scenario ended."""

    ending: Ending
    started: datetime
    sentence: str = ""
    caught_by: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for every drill of a run, and stands in each record."""

    checkout: Checkout
    approved_by: str
    key: SigningKey
    sbom: bytes
    unheld: Mapping[tuple[str, str], Retest]
    """The earlier drills that did not hold, by the file and the name of their scenarios."""


def seal(stage: Stage, bundle: Bundle, requirement: Requirement, ended: Ended, circumstances: Circumstances) -> Played:
    """Seal the evidence of a drill and return how it was played; one that was never provisioned leaves no evidence.

    Raises EvidenceError when the bundle cannot be sealed, or when a secret stands in it.
    """
    row = Row(
        requirement.feature,
        requirement.scenario,
        ended.ending,
        line=requirement.line,
        sentence=ended.sentence,
        caught_by=ended.caught_by,
    )
    played = Played(requirement, row)
    drill = stage.played
    if drill is None:
        bundle.discard()
        return played
    provenance = _provenance(stage, requirement, ended.started, circumstances, bundle.directory.name)
    bundle.write_provenance(provenance)
    bundle.write_outcome(played)
    bundle.write_verdicts(drill.judged)
    bundle.write_sbom(circumstances.sbom)
    record = record_of(
        played,
        provenance.design.planted,
        drill.judged,
        drill.history,
        history_sha256=sha256_of(bundle.history_path),
        retest_of=circumstances.unheld.get((_file(requirement), requirement.scenario)),
    )
    bundle.write_record(record)
    if found := tuple(leaks(bundle.directory)):
        raise EvidenceError(
            f"the evidence in {bundle.directory} is not sealed: {'; '.join(found)}",
            hint="find what wrote it, and remove the folder: a secret in the evidence is a secret no more",
        )
    bundle.seal(circumstances.key, _says(provenance, record))
    return read_bundle(bundle.directory).played


def _says(provenance: Provenance, record: Record) -> Mapping[str, object]:
    """Return what the signature says of a drill, for whoever reads signatures alone."""
    return {
        "drill": provenance.drill,
        "requirement": provenance.requirement,
        "scenario": provenance.scenario,
        "verdict": record.verdict,
        "backend": provenance.backend,
        "fidelity": Fidelity.lowest(offer.fidelity for offer in provenance.capabilities.values()).name,
        "run_by": provenance.machine.user,
        "approved_by": provenance.approved_by,
    }


def _file(requirement: Requirement) -> str:
    """Return the feature file of a requirement."""
    return requirement.path.partition("::")[0]


def checkout_of(directory: Path) -> Checkout:
    """Return commit and dirtiness of the checkout that a directory is in; an empty commit when it is in none."""
    try:
        with Run() as run, Supervisor(run) as supervisor:
            environment = {"GIT_OPTIONAL_LOCKS": "0"}  # to look must not keep anybody from committing

            def git(*words: str) -> str:
                """Run git in the directory."""
                command = ("git", "-c", f"safe.directory={directory}", *words)
                finished = supervisor.run(
                    "git", command, environment=environment, within_seconds=GIT_SECONDS, directory=directory
                )
                return finished.succeeded().output.strip()

            return Checkout(git("rev-parse", "HEAD"), bool(git("status", "--porcelain")))
    except LabError:
        return Checkout()


def _used(stage: Stage) -> Mapping[Capability, Offer]:
    """Return what the backend offered of what the topology needs."""
    offers, needs = stage.settings.backend.offers(), stage.drill.topology.needs
    return {capability: offer for capability, offer in offers.items() if capability in needs}


def _design(stage: Stage) -> Design:
    """Return the design that was drilled."""
    variant, topology = stage.variant, stage.drill.topology
    promised = topology.objective
    return Design(
        text=stage.topology_path.read_text(encoding="utf-8"),
        planted=None if variant is None else Planted(variant.defect, variant.phrase, variant.overrides),
        effective=document_of(topology),
        promise=Promise(promised.rto_seconds, promised.rpo_seconds, promised.stability_window_seconds),
    )


def _provenance(
    stage: Stage, requirement: Requirement, started: datetime, circumstances: Circumstances, identity: str
) -> Provenance:
    """Gather what tells this drill from another."""
    feature, history = Path(requirement.path), stage.drill.history
    return Provenance(
        drill=identity,
        requirement=requirement.identifier or "",
        feature=requirement.feature,
        scenario=requirement.scenario,
        backend=stage.settings.backend.name,
        clock="skipping" if stage.settings.skips else "wall",
        capabilities=_used(stage),
        started=started,
        ended=datetime.now(UTC),
        drill_seconds=history.end_seconds,
        skipped_seconds=history.skipped_seconds,
        seed=0,
        feature_text=feature.read_text(encoding="utf-8") if feature.is_file() else "",
        design=_design(stage),
        checkout=circumstances.checkout,
        machine=Machine.here(**stage.settings.backend.versions()),
        approved_by=circumstances.approved_by,
        artefacts=used(stage.drill.topology, history, stage.artefacts),
    )
