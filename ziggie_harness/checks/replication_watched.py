"""Objects that are not copied do not stay unseen: S3 tells somebody, if it was asked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ziggie_harness.model.client_events import Outcome
from ziggie_harness.model.history import History
from ziggie_harness.model.object_events import ObjectAsked, ObjectReplicated, ReplicationMeasured, ReplicationNotified
from ziggie_harness.model.timeline import blow
from ziggie_harness.model.verdict import Judgement, Measurement, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class ReplicationWatched:
    """An object that fails to be copied, or waits longer than `within_seconds`, is told within the same time after it.

    Told is what S3 sends as an event, or shows as a metric of something that waits or has failed. Objects whose time
    was not over at the end are left out.
    """

    within_seconds: float
    name: ClassVar[str] = "replication-watched"

    def judge(self, history: History) -> Judgement:
        """Judge whether all trouble was told."""
        objection = blow(history).objection
        fates = [event for _, event in history.of_kind(ObjectReplicated)]
        if objection is not None or not fates:
            return Judgement(self.name, Verdict.UNKNOWN, objection or "no object was copied, and none has failed")
        troubles = sorted(self._troubles(history))
        due = [trouble for trouble in troubles if trouble[0] + self.within_seconds <= history.end_seconds]
        told = [*_told(history)]
        unseen = [
            trouble for trouble in due if not any(trouble[0] <= at <= trouble[0] + self.within_seconds for at in told)
        ]
        numbers = (
            Measurement("objects not copied in time", len(due), "objects"),
            Measurement("of these unseen", len(unseen), "objects", 0),
        )
        if unseen:
            at, key, why = unseen[0]
            sentence = (
                f"{len(unseen)} objects were not copied and nobody was told within {self.within_seconds:g} s: {key} "
                f"{why} at {at:.1f} s; the rule has no metrics, or nobody receives its events"
            )
            return Judgement(self.name, Verdict.FAILED, sentence, numbers)
        sentence = f"{len(due)} objects were not copied in time, and each was told within {self.within_seconds:g} s"
        return Judgement(self.name, Verdict.PASSED, sentence, numbers)

    def _troubles(self, history: History) -> Iterator[tuple[float, str, str]]:
        """Yield when which object was in trouble, and why."""
        ended: dict[tuple[str, str], float] = {}
        for at, event in history.of_kind(ObjectReplicated):
            ended.setdefault((event.bucket, event.key), at)
            if event.status == "FAILED":
                yield at, event.key, f"failed ({event.reason})"
        copied_from = {bucket for bucket, _ in ended}
        for at, asked in history.of_kind(ObjectAsked):
            if asked.operation == "put" and asked.outcome is Outcome.ACKNOWLEDGED and asked.bucket in copied_from:
                waits_until = ended.get((asked.bucket, asked.key), history.end_seconds)
                if waits_until - at > self.within_seconds:
                    yield at + self.within_seconds, asked.key, "waited too long"


def _told(history: History) -> Iterator[float]:
    """Yield when S3 told of something that waits or has failed."""
    for at, _ in history.of_kind(ReplicationNotified):
        yield at
    for at, measured in history.of_kind(ReplicationMeasured):
        if measured.pending_operations or measured.failed_operations:
            yield at
