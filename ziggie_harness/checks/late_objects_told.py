"""Objects that wait longer than S3 promises do not stay unseen: S3 sends an event of each, if it was asked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ObjectAsked, ObjectReplicated, ReplicationNotified
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLD_SECONDS: Final = 900.0
"""S3 user guide, "Replication Time Control": 15 minutes, and no other time can be chosen."""

MISSED: Final = "s3:Replication:OperationMissedThreshold"
COPIED_LATE: Final = "s3:Replication:OperationReplicatedAfterThreshold"


@dataclass(frozen=True, slots=True)
class LateObjectsTold:
    """An object that waits longer than 15 minutes is told by an event, and by another once it is copied.

    Each has `within_seconds` after the 15 minutes, or after the copying. Objects whose time was not over at the end
    are left out. Source: S3 user guide, "Receiving replication failure events with Amazon S3 Event Notifications".
    """

    within_seconds: float
    name: ClassVar[str] = "late-objects-told"

    def judge(self, history: History) -> Judgement:
        """Judge whether every late object was told."""
        late = list(_late(history))
        many = sum(event == MISSED for event, *_ in late)
        numbers = (Measurement("objects that waited longer than 15 min", many, "objects"),)
        if reason := blow(history).objection or ("" if late else "no object waited longer than 15 min"):
            return Judgement(self.name, Verdict.UNKNOWN, reason, numbers)
        told = {(told.event, told.bucket, told.key): at for at, told in history.of_kind(ReplicationNotified)}
        for event, bucket, key, due_seconds in sorted(late, key=lambda each: each[3]):
            at = told.get((event, bucket, key), float("inf"))
            if at > due_seconds + self.within_seconds and due_seconds + self.within_seconds <= history.end_seconds:
                sentence = (
                    f"{key} in {bucket} waited longer than 15 min at {due_seconds:.1f} s, and no {event} told of it "
                    f"within {self.within_seconds:g} s: the rule has no time control, or nobody receives its events"
                )
                return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = (
            f"{many} objects waited longer than 15 min, and each was told by events within {self.within_seconds:g} s"
        )
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)


def _late(history: History) -> Iterator[tuple[str, str, str, float]]:
    """Yield the events that are due: which, of what bucket and key, and from when on."""
    ended: dict[tuple[str, str], float] = {}
    for at, event in history.of_kind(ObjectReplicated):
        ended.setdefault((event.bucket, event.key), at)
    copied_from = {bucket for bucket, _ in ended}
    for at, asked in history.of_kind(ObjectAsked):
        if asked.operation != "put" or asked.outcome is not Outcome.ACKNOWLEDGED or asked.bucket not in copied_from:
            continue
        copied_at = ended.get((asked.bucket, asked.key))
        if (history.end_seconds if copied_at is None else copied_at) - at > THRESHOLD_SECONDS:
            yield MISSED, asked.bucket, asked.key, at + THRESHOLD_SECONDS
            if copied_at is not None:
                yield COPIED_LATE, asked.bucket, asked.key, copied_at
