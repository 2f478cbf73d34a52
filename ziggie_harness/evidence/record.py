"""What an auditor asks first of a drill, drawn from its history and its verdicts when it is sealed.

Nothing here is measured: whoever doubts it draws it again from `history.jsonl` and `verdicts.json`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ziggie_harness.evidence.defects import Severity, defects
from ziggie_harness.evidence.judged import Judged
from ziggie_harness.evidence.played import Played
from ziggie_harness.evidence.provenance import Planted
from ziggie_harness.model.client_events import NameResolved
from ziggie_harness.model.database_events import WritesSurviving
from ziggie_harness.model.function_events import StopAsked
from ziggie_harness.model.history import (
    Event,
    FaultDidNotBite,
    FaultHealed,
    FaultProved,
    FaultStruck,
    HealthChanged,
    History,
    Noted,
    PhaseEntered,
    ScriptEnded,
    StepTaken,
)
from ziggie_harness.model.object_events import ObjectsSurviving
from ziggie_harness.model.rehearsal_events import CopyTried
from ziggie_harness.model.scaling_events import CapacityChanged, LaunchFailed
from ziggie_harness.model.tags import defects_of
from ziggie_harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault: when it was in force, and what shows that it bit."""

    fault: str
    target: str
    struck_seconds: float
    proof: str = ""
    """The observation that shows it; empty when there is none."""
    objection: str = ""
    """Why nothing shows it; empty when something does."""
    healed_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at_seconds: float
    skipped_seconds: float
    """How much of the drill's time up to here was skipped."""
    kind: str
    """The kind of the event in the history."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that a vantage was given without a break."""

    vantage: str
    name: str
    addresses: tuple[str, ...]
    reason: str
    """Why there was no address; empty when there was one."""
    first_seconds: float
    last_seconds: float
    answers: int


@dataclass(frozen=True, slots=True)
class Survivors:
    """What could be read in a region at the end; regions with the same digest hold the same."""

    what: str
    region: str
    count: int
    sha256: str
    """The digest of the sorted ids, one a line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that was not kept, or of which nobody knows."""

    check: str
    verdict: Verdict
    severity: Severity
    sentence: str
    defects: tuple[str, ...]
    """The defects that the scenario planted on purpose, and that this check had to notice; empty for any other."""
    cause: str
    """What these defects are; empty where the cause has still to be found."""
    correction: str
    """What the corrected design does instead."""


@dataclass(frozen=True, slots=True)
class Retest:
    """The drill of the same scenario before this one, when that did not hold: this one repeats it."""

    run: str
    """The folder of that run."""
    ending: str
    root_sha256: str
    """The digest of everything in its bundle."""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one drill."""

    verdict: str
    """PASSED, FAILED, UNKNOWN, or ERROR of the harness itself."""
    faults: tuple[Blow, ...]
    timeline: tuple[Moment, ...]
    dns_answers: tuple[Answered, ...]
    parity: tuple[Survivors, ...]
    findings: tuple[Finding, ...]
    events: int
    """How many events the history has."""
    history_sha256: str
    retest_of: Retest | None = None

    def document(self) -> Mapping[str, object]:
        """Return it as it stands in a bundle."""
        return asdict(self)

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Record:
        """Read what `document` returned; raise KeyError, TypeError or ValueError for anything else."""
        return Record(
            verdict=str(fields["verdict"]),
            faults=tuple(Blow(**one) for one in fields["faults"]),
            timeline=tuple(Moment(**one) for one in fields["timeline"]),
            dns_answers=tuple(
                Answered(**{**one, "addresses": tuple(one["addresses"])}) for one in fields["dns_answers"]
            ),
            parity=tuple(Survivors(**one) for one in fields["parity"]),
            findings=tuple(map(_finding_of, fields["findings"])),
            events=int(fields["events"]),
            history_sha256=str(fields["history_sha256"]),
            retest_of=None if fields["retest_of"] is None else Retest(**fields["retest_of"]),
        )


def _finding_of(fields: Mapping[str, Any]) -> Finding:
    """Read a finding."""
    return Finding(
        **{
            **fields,
            "verdict": Verdict(fields["verdict"]),
            "severity": Severity(fields["severity"]),
            "defects": tuple(fields["defects"]),
        }
    )


def record_of(  # noqa: PLR0913 - everything that a record is drawn from
    played: Played,
    planted: Planted | None,
    judged: Sequence[Judged],
    history: History,
    *,
    history_sha256: str,
    retest_of: Retest | None,
) -> Record:
    """Draw the record of a drill."""
    return Record(
        verdict=played.verdict,
        faults=tuple(_faults(history)),
        timeline=tuple(_timeline(history)),
        dns_answers=tuple(_dns_answers(history)),
        parity=tuple(_parity(history)),
        findings=tuple(_findings(played, planted, judged)),
        events=len(history.records),
        history_sha256=history_sha256,
        retest_of=retest_of,
    )


def _faults(history: History) -> Sequence[Blow]:
    """Return each fault that struck, with what was seen of it."""
    blows: dict[tuple[str, str, float], Blow] = {}
    last: dict[tuple[str, str], Blow] = {}
    for record in history.records:
        event = record.event
        if isinstance(event, FaultStruck):
            blow = Blow(event.fault, event.target, record.at_seconds)
        elif isinstance(event, FaultProved | FaultDidNotBite | FaultHealed) and (event.fault, event.target) in last:
            blow = _seen(last[event.fault, event.target], event, record.at_seconds)
        else:
            continue
        last[blow.fault, blow.target] = blows[blow.fault, blow.target, blow.struck_seconds] = blow
    return tuple(blows.values())


def _seen(blow: Blow, event: FaultProved | FaultDidNotBite | FaultHealed, at_seconds: float) -> Blow:
    """Add what was seen to a blow."""
    if isinstance(event, FaultProved):
        return replace(blow, proof=event.proof)
    if isinstance(event, FaultDidNotBite):
        return replace(blow, objection=event.reason)
    return replace(blow, healed_seconds=at_seconds)


def _timeline(history: History) -> Iterator[Moment]:
    """Yield the moments that tell the story; the history has everything else."""
    for record in history.records:
        if sentence := _sentence(record.event):
            yield Moment(record.at_seconds, record.skipped_seconds, type(record.event).__name__, sentence)


def _sentence(event: Event) -> str:  # noqa: PLR0911 - a sentence for each kind
    """Tell an event in a sentence; nothing for one that is no turn of the story."""
    match event:
        case PhaseEntered(phase):
            return phase
        case FaultStruck(fault, target):
            return f"{fault} of the {target} region is in force"
        case FaultProved(fault, target, proof):
            return f"{fault} of the {target} region bites: {proof}"
        case FaultDidNotBite(fault, target, reason):
            return f"{fault} of the {target} region is not shown to bite: {reason}"
        case FaultHealed(fault, target):
            return f"{fault} of the {target} region is undone"
        case HealthChanged(health_check, healthy, share):
            return f"{health_check} is {'healthy' if healthy else 'unhealthy'} for {share:.0%} of its checkers"
        case StepTaken(step, detail):
            return f"{step}: {detail}" if detail else step
        case ScriptEnded():
            return f"{event.script} ended with status {event.exit_status}"
        case Noted(sentence):
            return sentence
    return _owners_sentence(event)


def _owners_sentence(event: Event) -> str:
    """Tell in a sentence what owners did or had beside a failover; nothing for what is no turn of the story."""
    match event:
        case StopAsked(by, for_seconds):
            return f"{by} asks for a stop" + (f" of {for_seconds:g} s" if for_seconds else "")
        case LaunchFailed(group, region, reason):
            return f"{group} in {region} gets no server: {reason}"
        case CapacityChanged(group, region, servers):
            return f"{group} in {region} has {servers} servers"
        case CopyTried(region, tried, _, _, read_back):
            return f"{tried} in {region} {'kept' if read_back else 'did not keep'} the write of the test"
    return ""


def _dns_answers(history: History) -> Sequence[Answered]:
    """Return what each vantage was told, equal answers in a row as one, in the order in which they began."""
    told: list[Answered] = []
    last: dict[tuple[str, str], int] = {}
    for at_seconds, event in history.of_kind(NameResolved):
        key = (event.vantage, event.name)
        before = told[last[key]] if key in last else None
        if before is not None and (before.addresses, before.reason) == (event.addresses, event.reason):
            told[last[key]] = replace(before, last_seconds=at_seconds, answers=before.answers + 1)
            continue
        last[key] = len(told)
        told.append(Answered(*key, event.addresses, event.reason, at_seconds, at_seconds, 1))
    return told


def _parity(history: History) -> Iterator[Survivors]:
    """Yield what could be read in each region at the end, as digests."""
    writes = {event.region: event.identities for _, event in history.of_kind(WritesSurviving)}
    objects = {event.region: event.objects for _, event in history.of_kind(ObjectsSurviving)}
    for what, found in (("writes", writes), ("objects", objects)):
        for region, identities in found.items():
            text = "".join(f"{identity}\n" for identity in sorted(identities))
            yield Survivors(what, region, len(identities), hashlib.sha256(text.encode()).hexdigest())


def _findings(played: Played, planted: Planted | None, judged: Sequence[Judged]) -> Iterator[Finding]:
    """Yield each promise that was not kept, or of which nobody knows, in the order of the judgements."""
    names = {*defects_of(played.requirement.tags), *([planted.defect] if planted and played.is_sabotage else [])}
    on_purpose = [defects()[name] for name in sorted(names) if name in defects()]
    for one in judged:
        judgement = one.judgement
        if judgement.verdict is Verdict.PASSED:
            continue
        due = on_purpose if judgement.check == played.expected_check else []
        usual = Severity.HIGH if judgement.verdict is Verdict.FAILED else Severity.MEDIUM
        yield Finding(
            check=judgement.check,
            verdict=judgement.verdict,
            severity=min((defect.severity for defect in due), key=lambda severity: severity.rank, default=usual),
            sentence=judgement.sentence,
            defects=tuple(defect.number for defect in due),
            cause=" ".join(defect.says for defect in due),
            correction=" ".join(defect.corrected for defect in due),
        )
