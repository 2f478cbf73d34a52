"""The API of S3 in front of moto, which keeps the objects: its rules, replication configurations and statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ziggie_harness.backends.emulated.calls import Answer, AwsError
from ziggie_harness.backends.emulated.moto_state import ACCOUNT, gap
from ziggie_harness.backends.emulated.s3_configuration import Members, named, replication_of
from ziggie_harness.backends.emulated.s3_replication import TOKEN, Replicator
from ziggie_harness.backends.emulated.s3_state import Place
from ziggie_harness.emulation.s3 import bucket_rules
from ziggie_harness.emulation.s3.bucket_rules import PutReplication, PutVersioning, Request, UseBucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ziggie_harness.backends.emulated.calls import Call
    from ziggie_harness.backends.emulated.dates import DrillDates
    from ziggie_harness.backends.emulated.machinery import ObjectState

SERVICE: Final = "s3"

STORING: Final = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload"})
CHANGING: Final = frozenset({"PutObjectTagging", "DeleteObjectTagging", "PutObjectAcl"})
READING: Final = frozenset({"HeadObject", "GetObject"})


class S3Buckets:
    """The overlay for buckets and what is in them."""

    def __init__(self, state: ObjectState, replicator: Replicator, dates: DrillDates) -> None:
        """Tell the replicator what is stored."""
        self._state, self._replicator, self._dates = state, replicator, dates
        self._configurations: dict[str, Members] = {}
        self._operations: Mapping[str, Callable[[Call], Answer | None]] = {
            "PutBucketReplication": self._put_replication,
            "GetBucketReplication": self._get_replication,
            "DeleteBucketReplication": self._delete_replication,
            "PutBucketVersioning": self._put_versioning,
        }

    def handle(self, call: Call) -> Answer | None:
        """Answer what concerns replication, refuse what S3 refuses, and leave the rest to moto."""
        if call.service != SERVICE:
            return None
        if token := call.request.headers.get(TOKEN):
            if not self._replicator.receive(token, call.request.body):
                raise AwsError("AccessDenied", "Access Denied")
            return Answer()
        if (bucket := call.parameters.get("Bucket")) and call.operation != "CreateBucket":
            self._judge(UseBucket(bucket, call.region))
        operation = self._operations.get(call.operation)
        return operation(call) if operation else None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Note what was stored, deleted and changed; tell the status of what is read."""
        if call.service != SERVICE:
            return answer
        given = call.parameters
        if call.operation in STORING:
            self._stored(Place(given["Bucket"], given["Key"], answer.result.get("VersionId", "null")))
        elif call.operation == "DeleteObject" and answer.result.get("DeleteMarker") and not given.get("VersionId"):
            self._stored(Place(given["Bucket"], given["Key"], answer.result["VersionId"]))
        elif call.operation == "DeleteObjects":
            for deleted in answer.result.get("Deleted", []):
                if deleted.get("DeleteMarkerVersionId") and not deleted.get("VersionId"):
                    self._stored(Place(given["Bucket"], deleted["Key"], deleted["DeleteMarkerVersionId"]))
        elif call.operation in CHANGING and (place := self._meant(given)) is not None:
            self._replicator.stored(place, modified=True)
        elif call.operation in READING and (place := self._meant(given)) is not None:
            status = self._replicator.status(place)
            return Answer(answer.result, {"x-amz-replication-status": status} if status else {})
        return answer

    def _stored(self, place: Place) -> None:
        """Date a new version by the drill's clock, and have it copied."""
        self._state.stamp(place)
        self._replicator.stored(place)

    def _meant(self, given: Mapping[str, Any]) -> Place | None:
        """Return the version that a request is about: the one that it names, or the newest."""
        if version := given.get("VersionId"):
            return Place(given["Bucket"], given["Key"], version)
        return self._state.latest(given["Bucket"], given["Key"])

    def _put_replication(self, call: Call) -> Answer:
        """Carry out PutBucketReplication; moto keeps no delete marker setting and no filter, so it is not asked."""
        bucket = self._known(call)
        configuration = named(call.parameters.get("ReplicationConfiguration") or {})
        now = self._dates.seconds(self._dates.now())
        replication = replication_of(configuration, now, self._replicator.replications.get(bucket))
        self._judge(PutReplication(bucket, replication))
        if any(rule.account not in {"", ACCOUNT} for rule in replication.rules):
            raise gap("s3 PutBucketReplication", "there is one account, and Destination names another")
        self._configurations[bucket] = configuration
        self._replicator.replications[bucket] = replication
        return Answer()

    def _get_replication(self, call: Call) -> Answer:
        """Carry out GetBucketReplication."""
        bucket = self._known(call)
        if bucket not in self._configurations:
            text = "The replication configuration was not found"
            raise AwsError("ReplicationConfigurationNotFoundError", text, 404)
        return Answer({"ReplicationConfiguration": self._configurations[bucket]})

    def _delete_replication(self, call: Call) -> Answer:
        """Carry out DeleteBucketReplication."""
        bucket = self._known(call)
        self._configurations.pop(bucket, None)
        self._replicator.replications.pop(bucket, None)
        return Answer()

    def _put_versioning(self, call: Call) -> None:
        """Refuse what S3 refuses of PutBucketVersioning."""
        status = (call.parameters.get("VersioningConfiguration") or {}).get("Status", "")
        self._judge(PutVersioning(call.parameters["Bucket"], status))

    def _known(self, call: Call) -> str:
        """Return the bucket that a request is about; AwsError when there is none of that name."""
        bucket = str(call.parameters["Bucket"])
        if bucket not in self._state.buckets():
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        return bucket

    def _judge(self, request: Request) -> None:
        """Raise the AwsError of the first rule that objects to a request."""
        buckets = self._replicator.buckets()
        refusal = bucket_rules.refusal(request, buckets)
        if refusal is not None:
            region = buckets[request.bucket].region if request.bucket in buckets else ""
            # S3 API, HeadBucket: "x-amz-bucket-region"; clients follow it to the right endpoint.
            raise AwsError(refusal.code, refusal.message, refusal.status, {"x-amz-bucket-region": region})
