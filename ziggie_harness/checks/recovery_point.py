"""RPO: which acknowledged writes cannot be read after recovery, counted one by one, never from a lag metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.database_events import LoadBegun, LoadSurveyed
from ziggie_harness.model.timeline import (
    WRITE,
    acknowledged_writes,
    blow,
    serving_region,
    surveyed_load,
    surviving,
)
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ziggie_harness.model.history import History
    from ziggie_harness.model.timeline import Write

LISTED: Final = 10
"""How many lost writes a sentence names; the history has all of them."""


@dataclass(frozen=True, slots=True)
class _Losses:
    """The acknowledged writes that cannot be read in the region that serves."""

    region: str
    acknowledged: int
    before: Sequence[Write]
    """Started before the fault: the loss that asynchronous replication admits, as far as the objective goes."""
    after: Sequence[Write]
    """Started after the fault: a promise that no objective excuses."""
    unread: Sequence[Write]
    """Acknowledged after the survivors were read, so nobody knows."""
    load: LoadSurveyed | None
    """What became of a load beside them, if there was one."""
    load_after: bool
    """Whether some of its lost writes were sent after the fault."""
    age_seconds: float
    """How long before the fault the oldest lost one had been acknowledged."""

    @property
    def lost(self) -> int:
        """How many are lost in all."""
        return len(self.before) + len(self.after) + (self.load.missing if self.load else 0)


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """No acknowledged write is lost but those acknowledged within `at_most_seconds` before the fault.

    RPO is the age at the fault of the oldest acknowledged write that cannot be read in the region that serves at the
    end; 0 when nothing is lost. A write that started after the fault, was acknowledged and is lost fails the check at
    any objective. A write whose answer never came is neither acknowledged nor lost. The writes of a load count as all
    others do; its clients' ledger says what was acknowledged.
    """

    at_most_seconds: float
    name: ClassVar[str] = "recovery-point"

    def judge(self, history: History) -> Judgement:
        """Judge what became of every acknowledged write."""
        fault = blow(history)
        if fault.objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, fault.objection)
        writes = acknowledged_writes(history)
        if not any(write.acknowledged_seconds <= fault.at_seconds for write in writes.values()):
            sentence = "no write was acknowledged before the fault, so none could be lost"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        region = serving_region(history)
        survey = surviving(history, region)
        if survey is None:
            sentence = f"what survived in {region or 'the region that serves at the end'} was never read back"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        load = surveyed_load(history, region)
        if load is None and any(history.of_kind(LoadBegun)):
            sentence = f"what survived of the load in {region} was never read back"
            return Judgement(self.name, Verdict.UNKNOWN, sentence)
        losses = _losses(writes, region, survey, load, fault.at_seconds)
        return self._judgement(losses, self._numbers(losses, history, writes, survey[1]))

    def _judgement(self, losses: _Losses, numbers: tuple[Measurement, ...]) -> Judgement:
        """Judge the losses: a certain one counts more than one that nobody looked for."""
        sentence = f"RPO {losses.age_seconds:.1f} s of {self.at_most_seconds:g} s: {_account(losses)}"
        if losses.after or losses.load_after or losses.age_seconds > self.at_most_seconds:
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if losses.unread:
            sentence += (
                f"; {len(losses.unread)} more were acknowledged after the survivors were read, so what became of "
                "them is not known: end the writing before reading back"
            )
            return Judgement(self.name, Verdict.UNKNOWN, sentence, numbers)
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)

    def _numbers(
        self, losses: _Losses, history: History, writes: Mapping[str, Write], survivors: frozenset[str]
    ) -> tuple[Measurement, ...]:
        """Count what was lost, and of the writes that nobody was promised how many survive all the same."""
        unanswered = {
            request.identity for _, request in history.requests(WRITE) if request.outcome is Outcome.INDETERMINATE
        } - writes.keys()
        return (
            Measurement("RPO", losses.age_seconds, "s", self.at_most_seconds),
            Measurement("acknowledged writes", losses.acknowledged, "writes"),
            Measurement("lost writes", losses.lost, "writes"),
            Measurement("lost writes from after the fault", len(losses.after), "writes", 0),
            Measurement("indeterminate writes", len(unanswered), "writes"),
            Measurement("indeterminate writes that survive", len(unanswered & survivors), "writes"),
            *_load_numbers(losses.load),
        )


def _load_numbers(load: LoadSurveyed | None) -> tuple[Measurement, ...]:
    """Count the writes of a load by themselves, too."""
    if load is None:
        return ()
    return (
        Measurement("acknowledged writes of the load", load.acknowledged, "writes"),
        Measurement("lost writes of the load", load.missing, "writes"),
    )


def _losses(
    writes: Mapping[str, Write],
    region: str,
    survey: tuple[float, frozenset[str]],
    load: LoadSurveyed | None,
    fault_seconds: float,
) -> _Losses:
    """Sort the writes that did not survive by their place before or after the fault.

    A write that was under way when the fault struck counts as from before it: its acknowledgement was perhaps on its
    way already, and the loss of what is not replicated yet is what the objective is about.
    """
    read_at, survivors = survey
    missing = sorted(
        (write for write in writes.values() if write.identity not in survivors),
        key=lambda write: write.acknowledged_seconds,
    )
    lost = [write for write in missing if write.acknowledged_seconds <= read_at]
    before = [write for write in lost if write.started_seconds <= fault_seconds]
    oldest = [load.oldest_missing_seconds] if load is not None and load.missing else []
    return _Losses(
        region=region,
        acknowledged=len(writes) + (load.acknowledged if load else 0),
        before=before,
        after=[write for write in lost if write.started_seconds > fault_seconds],
        unread=[write for write in missing if write.acknowledged_seconds > read_at],
        load=load,
        load_after=load is not None and load.missing > 0 and load.newest_missing_sent_seconds > fault_seconds,
        age_seconds=max(
            [0.0, *(fault_seconds - at for at in (*(write.acknowledged_seconds for write in before), *oldest))]
        ),
    )


def _account(losses: _Losses) -> str:
    """Tell in a sentence what was lost, naming the first of each kind."""
    if not losses.lost:
        read = losses.acknowledged - len(losses.unread)
        return f"{read} of {losses.acknowledged} acknowledged writes can be read in {losses.region}, none is lost"
    sentence = f"{losses.lost} of {losses.acknowledged} acknowledged writes cannot be read in {losses.region}"
    if losses.before:
        sentence += f"; {len(losses.before)} from before the fault: {_named(losses.before)}"
    if losses.after:
        sentence += f"; {len(losses.after)} from after the fault, which no objective excuses: {_named(losses.after)}"
    if losses.load and losses.load.missing:
        sentence += f"; {losses.load.missing} of the load: {_listed(losses.load.missing_examples, losses.load.missing)}"
        sentence += ", some from after the fault, which no objective excuses" if losses.load_after else ""
    return sentence


def _named(writes: Sequence[Write]) -> str:
    """Name the first of these writes."""
    return _listed([write.identity for write in writes[:LISTED]], len(writes))


def _listed(names: Sequence[str], count: int) -> str:
    """List the first of so many."""
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return ", ".join(names) + more
