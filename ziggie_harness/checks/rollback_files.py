"""What a replica set takes back is kept: an acknowledged write that is lost can be found, and brought back by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.database_events import WritesRolledBack
from ziggie_harness.model.timeline import acknowledged_writes, blow, serving_region, surviving
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ziggie_harness.model.history import History

LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class RollbackFiles:
    """The acknowledged writes in the members' rollback files are those that are lost, each of them and no other.

    That they are lost is the recovery point's affair. Documents that nobody had acknowledged may be in the files, too.
    """

    name: ClassVar[str] = "rollback-files"

    def judge(self, history: History) -> Judgement:
        """Judge what the members kept of what they took back."""
        objection, region = blow(history).objection, serving_region(history)
        survey = surviving(history, region)
        read = [event for _, event in history.of_kind(WritesRolledBack)]
        acknowledged = acknowledged_writes(history).keys()
        lost = acknowledged - survey[1] if survey else frozenset()
        if objection is None and survey is None:
            objection = f"what survived in {region or 'the region that serves at the end'} was never read back"
        if objection is None and not read:
            objection = "no member's rollback files were read"
        if objection is None and not lost:
            objection = "no acknowledged write is lost, so none had to be kept"
        if objection is not None:
            return Judgement(self.name, Verdict.UNKNOWN, objection)
        kept = frozenset(identity for event in read for identity in event.identities)
        numbers = (
            Measurement("lost acknowledged writes", len(lost), "writes"),
            Measurement("acknowledged writes in rollback files", len(kept & acknowledged), "writes", len(lost)),
            Measurement("documents in rollback files", len(kept), "documents"),
        )
        if gone := lost - kept:
            sentence = f"{len(gone)} of {len(lost)} lost acknowledged writes are in no rollback file: {_named(gone)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        if there := (kept & acknowledged) - lost:
            sentence = f"{len(there)} acknowledged writes are in rollback files and in {region}, too: {_named(there)}"
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        places = ", ".join(sorted({event.region for event in read if event.identities}))
        sentence = f"each of {len(lost)} lost acknowledged writes is in the rollback files of {places}, and no other is"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)


def _named(identities: Iterable[str]) -> str:
    """Name the first of these writes."""
    ordered = sorted(identities)
    more = f" and {len(ordered) - LISTED} more" if len(ordered) > LISTED else ""
    return ", ".join(ordered[:LISTED]) + more
