"""The gate before a release: what the evidence of some runs says about a policy, finding by finding.

*Not verified* is what the evidence speaks against: a scenario that failed, an objective that was missed, a sabotage
that nobody noticed, a bundle that was changed. *Inconclusive* is what it does not suffice for: a scenario that was not
played, evidence that is too old or not genuine enough, a design or code that changed since it was drilled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from ziggie_harness.evidence.bundle import is_sealed, verify
from ziggie_harness.evidence.clauses import clauses
from ziggie_harness.evidence.matrix import SECONDS_PER_DAY, Standing, Traced, last_results, matrix
from ziggie_harness.evidence.policy import Objectives, PolicyFile
from ziggie_harness.evidence.results import bundles_of, results_of
from ziggie_harness.evidence.row import Ending
from ziggie_harness.evidence.run_record import RunRecord, read_run, verify_records
from ziggie_harness.evidence.sealed import SealedBundle
from ziggie_harness.evidence.signing import PublicKey
from ziggie_harness.model.fidelity import Fidelity
from ziggie_harness.model.units import print_duration


class Outcome(StrEnum):
    """What the gate says, from best to worst."""

    VERIFIED = "verified"
    INCONCLUSIVE = "inconclusive"
    NOT_VERIFIED = "not verified"


EXIT_CODES: Final = {Outcome.VERIFIED: 0, Outcome.NOT_VERIFIED: 1, Outcome.INCONCLUSIVE: 2}
"""The status of the process by its outcome; 3 is for a gate that could not be executed."""


SCENARIO: Final = re.compile(r"^\s*Scenario(?: Outline)?:\s*(?P<name>.+?)\s*$", re.MULTILINE)
"""Where a scenario begins in the text of a feature."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the gate looked at."""

    outcome: Outcome
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate found, in the order in which it looked."""

    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of the findings; nothing at all is inconclusive."""
        order = list(Outcome)
        return max((finding.outcome for finding in self.findings), key=order.index, default=Outcome.INCONCLUSIVE)

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many findings there are of each outcome, without those that there are none of."""
        found = [finding.outcome for finding in self.findings]
        return {outcome: found.count(outcome) for outcome in Outcome if outcome in found}

    @property
    def exit_code(self) -> int:
        """The status that a build obeys."""
        return EXIT_CODES[self.outcome]


def decide(file: PolicyFile, directories: Sequence[Path], now: datetime, key: PublicKey) -> Decision:
    """Hold the evidence of some runs against a policy; of a scenario the last run counts.

    A run in which anything was changed since the owner of the key sealed it shows nothing. Raises EvidenceError for a
    directory that holds no run.
    """
    changed = {directory: found for directory in directories if (found := tuple(_changed(directory, key)))}
    runs = tuple(read_run(directory) for directory in directories if directory not in changed)
    gate = _Gate(file, runs, now)
    return Decision(
        (
            *(finding for found in changed.values() for finding in found),
            *(finding for run in runs for finding in _completeness(run)),
            *gate.endings(),
            *(finding for identifier in file.policy.requirements for finding in gate.requirement(identifier)),
            *gate.clauses(),
            *gate.designs(),
        )
    )


def _changed(directory: Path, key: PublicKey) -> Iterator[Finding]:
    """Report the record of a run, and every sealed bundle, that is not as the owner of the key sealed it."""
    for sentence in verify_records(directory, key):
        yield Finding(Outcome.NOT_VERIFIED, str(directory), sentence)
    folders = sorted(path for path in directory.iterdir() if path.is_dir()) if directory.is_dir() else []
    for folder in filter(is_sealed, folders):
        if found := verify(folder, key):
            yield Finding(Outcome.NOT_VERIFIED, str(folder), f"the bundle does not verify: {'; '.join(found)}")


def _completeness(run: RunRecord) -> Iterator[Finding]:
    """Say whether a run left all that it should."""
    for folder in run.unsealed:
        yield Finding(Outcome.INCONCLUSIVE, str(folder), "the drill was interrupted before its evidence was sealed")
    if run.complete:
        yield Finding(Outcome.VERIFIED, str(run.directory), f"{_count(len(run.bundles), 'bundle')} as sealed")
    else:
        yield Finding(Outcome.INCONCLUSIVE, str(run.directory), "the run was interrupted before its end")


@dataclass(frozen=True)
class _Gate:
    """What the rules look at."""

    file: PolicyFile
    runs: tuple[RunRecord, ...]
    now: datetime

    @cached_property
    def results(self) -> tuple[Traced, ...]:
        """The results that count."""
        return last_results(results_of(self.runs))

    @cached_property
    def bundles(self) -> Mapping[str, SealedBundle]:
        """The bundles by their digest."""
        return bundles_of(self.runs)

    def endings(self) -> Iterator[Finding]:
        """Report every scenario that did not end well, asked for or not: a release does not choose its evidence."""
        for traced in self.results:
            subject = f"{traced.requirement.identifier or 'no requirement'}: {traced.requirement.scenario}"
            sentence = traced.row.sentence if traced.row else ""
            match _ending(traced):
                case Ending.FAILED if traced.is_sabotage:
                    yield Finding(Outcome.NOT_VERIFIED, subject, f"its sabotage was not caught: {sentence}")
                case Ending.FAILED:
                    yield Finding(Outcome.NOT_VERIFIED, subject, f"it failed: {sentence}")
                case Ending.UNKNOWN | Ending.ERROR as ending:
                    yield Finding(Outcome.INCONCLUSIVE, subject, f"it ended as {ending.value}: {sentence}")

    def requirement(self, identifier: str) -> Iterator[Finding]:
        """Say whether a requirement is shown, by all of its scenarios and within the objectives of the policy."""
        mine = [traced for traced in self.results if traced.requirement.identifier == identifier]
        counted = [traced for traced in mine if self._counts(traced)]
        subject = f"{identifier} {mine[0].requirement.feature}" if mine else identifier
        objectives = self.file.policy.requirements[identifier] or Objectives()
        broken, missing = _against(objectives, counted) if counted else ([], [])
        failed = sum(_ending(traced) is Ending.FAILED for traced in mine)
        if failed:
            broken.append(f"{failed} of its {len(mine)} scenarios failed")
        missing += [objection for traced in mine for objection in self._objections(traced)]
        missing += self._left_out(mine)
        if not counted:
            missing.append("no scenario shows it: none was played and passed with evidence that counts")
        yield from (Finding(Outcome.NOT_VERIFIED, subject, sentence) for sentence in broken)
        yield from (Finding(Outcome.INCONCLUSIVE, subject, sentence) for sentence in missing)
        if not broken and not missing:
            yield Finding(Outcome.VERIFIED, subject, _told(mine, counted))

    def clauses(self) -> Iterator[Finding]:
        """Say of each clause that the policy names whether the evidence supports it."""
        lines = {line.identifier: line for line in matrix(self.results, clauses()).lines}
        for line in (lines[identifier] for identifier in self.file.policy.clauses):
            counted = sum(map(self._counts, line.scenarios))
            match line.standing:
                case Standing.NOT_SUPPORTED:
                    outcome, sentence = Outcome.NOT_VERIFIED, "not supported: a scenario that bears on it failed"
                case Standing.SUPPORTED if counted:
                    outcome, sentence = Outcome.VERIFIED, f"supported by {_count(counted, 'scenario')}"
                case Standing.SUPPORTED:
                    outcome, sentence = Outcome.INCONCLUSIVE, "what supports it does not count by this policy"
                case standing:
                    outcome, sentence = Outcome.INCONCLUSIVE, f"{standing.value}; it takes {line.clause.answered_by}"
            yield Finding(outcome, line.clause.name, sentence)

    def designs(self) -> Iterator[Finding]:
        """Say of each design that the policy names whether it passed a drill as it is now."""
        passed = [self.bundles[traced.root_sha256] for traced in self.results if self._counts(traced)]
        for design in self.file.designs:
            drilled = sum(design.is_drilled_by(bundle.provenance.design) for bundle in passed)
            if drilled:
                yield Finding(Outcome.VERIFIED, design.path, f"passed {_count(drilled, 'drill')} as it is now")
            else:
                sentence = "no drill of it as it is now passed: it or its code changed since, or was never drilled"
                yield Finding(Outcome.INCONCLUSIVE, design.path, sentence)

    def _counts(self, traced: Traced) -> bool:
        """Say whether a scenario shows something of the design, by evidence that this policy takes."""
        return _ending(traced) is Ending.PASSED and not list(self._objections(traced))

    def _objections(self, traced: Traced) -> Iterator[str]:
        """Yield why the evidence of a scenario does not count, although it ended well."""
        policy, name = self.file.policy, repr(traced.requirement.scenario)
        if _ending(traced) is Ending.SKIPPED:
            yield f"{name} was skipped: {traced.row.sentence if traced.row else ''}"
        bundle = self.bundles.get(traced.root_sha256)
        if bundle is None or _ending(traced) not in {Ending.PASSED, Ending.CAUGHT}:
            return
        age_seconds = (self.now - bundle.provenance.ended).total_seconds()
        if policy.oldest_evidence_seconds is not None and age_seconds > policy.oldest_evidence_seconds:
            age, most = age_seconds / SECONDS_PER_DAY, print_duration(policy.oldest_evidence_seconds)
            yield f"the evidence of {name} is {age:.1f} d old, at most {most} is allowed"
        drilled = [design for design in self.file.designs if design.is_drilled_by(bundle.provenance.design)]
        if self.file.designs and not drilled:
            yield f"the design that {name} drilled is none of this policy's as they are now; it changed since"
        if drilled and (changes := drilled[0].changes(bundle.provenance.artefacts)):
            yield f"the code that {name} ran is not as it was: {', '.join(changes)}"
        for capability, offer in bundle.provenance.capabilities.items():
            least = policy.fidelity.of(capability)
            if offer.fidelity < least:
                yield f"{name} used {capability} that is {offer.fidelity.name}, at least {least.name} is required"

    def _left_out(self, mine: Sequence[Traced]) -> Iterator[str]:
        """Yield the scenarios of a requirement's features that no run played at all."""
        played = {traced.requirement.scenario for traced in mine}
        bundles = [self.bundles[traced.root_sha256] for traced in mine if traced.root_sha256]
        latest = {bundle.played.requirement.path: bundle for bundle in sorted(bundles, key=_ended)}
        for bundle in latest.values():
            for found in SCENARIO.finditer(bundle.provenance.feature_text):
                if found["name"] not in played:
                    yield f"{found['name']!r} was not played"


def _against(objectives: Objectives, counted: Sequence[Traced]) -> tuple[list[str], list[str]]:
    """Return how the evidence breaks objectives, and which of them it did not measure."""
    broken, missing = [], []
    for name, promised, measured in (
        ("RTO", objectives.rto_seconds, _worst(counted, "rto_seconds")),
        ("RPO", objectives.rpo_seconds, _worst(counted, "rpo_seconds")),
    ):
        if promised is None:
            continue
        if measured is None:
            missing.append(f"no scenario that counts measured {name}, of which {print_duration(promised)} is promised")
        elif measured > promised:
            broken.append(f"{name} {measured:.1f} s, at most {print_duration(promised)} is promised")
    return broken, missing


def _told(mine: Sequence[Traced], counted: Sequence[Traced]) -> str:
    """Say what shows a requirement, with the worst numbers."""
    caught = sum(_ending(traced) is Ending.CAUGHT for traced in mine)
    rto, rpo = _worst(counted, "rto_seconds"), _worst(counted, "rpo_seconds")
    lowest = Fidelity.lowest(traced.row.fidelity for traced in counted if traced.row and traced.row.fidelity)
    facts = [f"{_count(len(counted), 'scenario')} passed", f"{_count(caught, 'sabotage')} caught"]
    facts += [f"{name} {worst:.1f} s" for name, worst in (("RTO", rto), ("RPO", rpo)) if worst is not None]
    return ", ".join([*facts, f"fidelity {lowest.name}"])


def _worst(counted: Iterable[Traced], number: Literal["rto_seconds", "rpo_seconds"]) -> float | None:
    """Return the largest of a number that scenarios measured, or None when none did."""
    measured = (getattr(traced.row, number) for traced in counted)
    return max((value for value in measured if value is not None), default=None)


def _ending(traced: Traced) -> Ending | None:
    """Return how a scenario ended."""
    return None if traced.row is None else traced.row.ending


def _ended(bundle: SealedBundle) -> datetime:
    """Return when a drill ended."""
    return bundle.provenance.ended


def _count(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
