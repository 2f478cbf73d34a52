"""S3 Batch Replication: a job that copies what live replication leaves out, by the API of S3 Control.

Source: S3 user guide, "Replicating existing objects with Batch Replication"; S3 Control API, CreateJob, DescribeJob.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import gap

if TYPE_CHECKING:
    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.s3_replication import Replicator

SERVICE: Final = "s3control"

EVERY_STATUS: Final = frozenset({"NONE", "FAILED", "COMPLETED", "REPLICA"})
"""S3 Control API, ReplicationStatus; what a filter without ObjectReplicationStatuses takes."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A job that was begun."""

    bucket: str
    versions: int


class S3Jobs:
    """The overlay for jobs that replicate; other jobs are not emulated."""

    def __init__(self, replicator: Replicator) -> None:
        """Hand the work to the replicator."""
        self._replicator = replicator
        self._jobs: dict[str, _Job] = {}

    def handle(self, call: Call) -> Answer | None:
        """Answer the calls about jobs."""
        if call.service != SERVICE:
            return None
        if call.operation == "CreateJob":
            return self._create(call)
        if call.operation == "DescribeJob":
            return self._describe(call)
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Leave other answers alone."""
        return answer

    def _create(self, call: Call) -> Answer:
        """Begin a job over the objects of a bucket with some replication statuses."""
        given = call.parameters
        generator = (given.get("ManifestGenerator") or {}).get("S3JobManifestGenerator")
        if "S3ReplicateObject" not in (given.get("Operation") or {}) or not generator:
            raise gap("s3control CreateJob", "only S3ReplicateObject with a generated manifest is emulated")
        bucket = generator["SourceBucket"].rpartition(":")[2]
        if bucket not in self._replicator.replications:
            raise AwsError("InvalidRequest", f"{bucket} has no replication configuration.")
        statuses = (generator.get("Filter") or {}).get("ObjectReplicationStatuses")
        begun = self._replicator.copy_existing(bucket, frozenset(statuses or EVERY_STATUS))
        identity = str(uuid.uuid4())
        self._jobs[identity] = _Job(bucket, begun)
        return Answer({"JobId": identity})

    def _describe(self, call: Call) -> Answer:
        """Tell how far a job is: complete when nothing of its bucket waits any more."""
        job = self._jobs.get(call.parameters.get("JobId", ""))
        if job is None:
            raise AwsError("NoSuchJob", "The specified job does not exist", 404)
        status = "Active" if self._replicator.backlog(job.bucket) else "Complete"
        progress = {"TotalNumberOfTasks": job.versions}
        told = {"JobId": call.parameters["JobId"], "Status": status, "ProgressSummary": progress}
        return Answer({"Job": told})
