"""Runs that were never drilled: sealed bundles with the endings and numbers that a test wants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.drill.stage import ACTIVE_PASSIVE
from ziggie_harness.drill.topology_file import read_topology
from ziggie_harness.evidence.artefacts import Artefact
from ziggie_harness.evidence.bundle import Bundle, sha256_of
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Checkout, Design, Machine, Planted, Promise, Provenance
from ziggie_harness.evidence.record import record_of
from ziggie_harness.evidence.row import Ending, Row
from ziggie_harness.evidence.run_record import write_run
from ziggie_harness.evidence.signing import KEY_VARIABLE
from ziggie_harness.evidence.summary import Effort
from ziggie_harness.kernel.journal import FileJournal, read_history
from ziggie_harness.model.fidelity import Capability, Fidelity, Offer
from ziggie_harness.model.history import Noted
from ziggie_harness.model.requirement import Requirement
from ziggie_harness.model.topology_document import document_of, override
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ziggie_harness.evidence.signing import SigningKey

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

DESIGN = read_topology(ACTIVE_PASSIVE)

VERDICTS = {Ending.PASSED: Verdict.PASSED, Ending.UNKNOWN: Verdict.UNKNOWN}
"""What the check says where a scenario ended so; everywhere else it fails."""


@dataclass(frozen=True)
class Told:
    """What a test says of a scenario; the rest is as in any drill."""

    scenario: str = "The primary region goes dark"
    ending: Ending = Ending.PASSED
    rto_seconds: float | None = 160.0
    rpo_seconds: float = 0.0
    ended: datetime = NOON
    changes: Mapping[str, object] | None = None
    """Keys of the design with other values."""
    planted: Planted | None = None
    fidelity: Fidelity = Fidelity.EMULATED
    tags: frozenset[str] = frozenset({"clause-REL13-BP02", "clause-DORA-12"})
    identifier: str = "REQ-DR-01"
    feature: str = "Losing the primary region"
    others: tuple[str, ...] = ()
    """Names of further scenarios of the feature."""
    sentence: str = ""
    commit: str = "0123abc"
    text: str = ACTIVE_PASSIVE.read_text(encoding="utf-8")
    """What declares the design."""
    artefacts: tuple[Artefact, ...] | None = ()
    """The code that it ran."""

    @property
    def requirement(self) -> Requirement:
        """What it proves."""
        sabotage = {"must-fail", "caught-by-recovery-time"} if self.planted else set()
        tags = self.tags | sabotage | {self.identifier}
        path = f"features/{self.identifier}.feature"
        return Requirement(
            self.identifier, self.feature, "It returns.", "guide §1", "A rule", self.scenario, tags, path, 12
        )

    @property
    def row(self) -> Row:
        """How it ended."""
        caught_by = "recovery-time" if self.ending is Ending.CAUGHT else ""
        return Row(self.feature, self.scenario, self.ending, 12, self.sentence, caught_by)


class Runs:
    """Where a test puts its runs."""

    told = Told
    noon = NOON
    """When drills end, unless a test says otherwise."""

    def __init__(self, home: Path, key: SigningKey) -> None:
        """Put them below a folder, and sign them with a key."""
        self.home = home
        self.key = key

    def run(self, *scenarios: Told, name: str = "run", complete: bool = True) -> Path:
        """Write the evidence of a run; a scenario that was skipped, or ended by an error, leaves no bundle."""
        directory = self.home / name
        directory.mkdir()
        played = [self._played(directory, told, number) for number, told in enumerate(scenarios)]
        if complete:
            write_run(directory, played, Effort(12.5, 300_000_000), ("pytest", "features"), self.key)
        return directory

    def _played(self, directory: Path, told: Told, number: int) -> Played:
        """Seal a scenario."""
        played = Played(told.requirement, told.row)
        if told.ending in {Ending.SKIPPED, Ending.ERROR}:
            return played
        bundle = Bundle(directory / f"drill-{number}")
        with FileJournal(bundle.history_path, Still()) as journal:
            journal.record(Noted("nothing happened"))
        judged = [Judged(judgement, {}, "as told") for judgement in judgements(told)]
        bundle.write_provenance(provenance(told, number))
        bundle.write_outcome(played)
        bundle.write_verdicts(judged)
        history, digest = read_history(bundle.history_path), sha256_of(bundle.history_path)
        bundle.write_record(record_of(played, told.planted, judged, history, history_sha256=digest, retest_of=None))
        bundle.write_sbom(b"{}\n")
        bundle.seal(self.key, {"drill": bundle.directory.name})
        return replace(
            played, root_sha256=bundle.root_sha256 or "", row=replace(told.row, evidence=str(bundle.directory))
        )


class Still:
    """A clock that does not go."""

    skipped_seconds = 0.0

    def now(self) -> float:
        """Return the beginning."""
        return 0.0


def judgements(told: Told) -> tuple[Judgement, ...]:
    """Return what the checks said of a scenario."""
    verdict = VERDICTS.get(told.ending, Verdict.FAILED)
    rto = () if told.rto_seconds is None else (Measurement("RTO", told.rto_seconds, "s", 900.0),)
    rpo = Measurement("RPO", told.rpo_seconds, "s", 5.0)
    lost = Measurement("lost writes", 0.0, "writes")
    return (
        Judgement("recovery-time", verdict, f"service returned after {told.rto_seconds} s", rto),
        Judgement("recovery-point", Verdict.PASSED, "no acknowledged write is lost", (rpo, lost)),
    )


def provenance(told: Told, number: int) -> Provenance:
    """Return what tells a drill from others."""
    topology = override(DESIGN, {**(told.changes or {}), **(told.planted.overrides if told.planted else {})})
    names = "".join(f"  Scenario: {name}\n    Given x\n" for name in (told.scenario, *told.others))
    return Provenance(
        drill=f"drill-{number}",
        requirement=told.identifier,
        feature=told.feature,
        scenario=told.scenario,
        backend="embedded",
        clock="skipping",
        capabilities={
            Capability.DNS: Offer(told.fidelity, "a name server"),
            Capability.NETWORK: Offer(Fidelity.REAL, "namespaces"),
        },
        started=told.ended,
        ended=told.ended,
        drill_seconds=800.0,
        skipped_seconds=780.0,
        seed=0,
        feature_text=f"Feature: {told.feature}\n{names}",
        design=Design(told.text, told.planted, document_of(topology), Promise(900, 5, 30)),
        checkout=Checkout(told.commit, dirty=False),
        machine=Machine.here(),
        artefacts=told.artefacts,
    )


@pytest.fixture
def runs(tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Return where a test puts its runs; whoever looks for this user's key finds the one that signs them."""
    path = tmp_path / "signing-key.pem"
    path.write_bytes(key.signer.private_bytes)
    monkeypatch.setenv(KEY_VARIABLE, str(path))
    return Runs(tmp_path, key)
