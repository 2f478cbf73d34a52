"""What S3 refuses of replication configurations and of versioning, rule by rule, each with its source.

Sources are the S3 API reference as the botocore service model has it (s3 2006-03-01), the S3 user guide, and reports
from real accounts. Where no report shows the code or the text of an error, the rule says that it is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ziggie_harness.emulation.s3.records import THRESHOLD_SECONDS, Buckets, Refusal, Replication

MOST_RULES: Final = 1000


@dataclass(frozen=True, slots=True)
class PutReplication:
    """PutBucketReplication."""

    bucket: str
    replication: Replication


@dataclass(frozen=True, slots=True)
class PutVersioning:
    """PutBucketVersioning."""

    bucket: str
    status: str


@dataclass(frozen=True, slots=True)
class UseBucket:
    """Any request for a bucket, or for something in it, at the endpoint of a region."""

    bucket: str
    region: str


Request = PutReplication | PutVersioning | UseBucket


def refusal(request: Request, buckets: Buckets) -> Refusal | None:
    """Return the first objection to a request, or None when S3 accepts it."""
    for rule in RULES[type(request)]:
        objection: Refusal | None = rule(request, buckets)
        if objection is not None:
            return objection
    return None


def asked_in_its_region(request: UseBucket, buckets: Buckets) -> Refusal | None:
    """Demand that a bucket is asked for at the endpoint of its own region.

    Source: S3 user guide, "Making requests": "HTTP 301 Permanent Redirect"; S3 API, Error responses, PermanentRedirect.
    """
    bucket = buckets.get(request.bucket)
    if bucket is None or bucket.region == request.region:
        return None
    text = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all "
        "future requests to this endpoint."
    )
    return Refusal("PermanentRedirect", text, HTTPStatus.MOVED_PERMANENTLY)


def rules_counted(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand at least one rule and at most 1,000.

    Source: botocore service model, ReplicationConfiguration, Rules. The text is ours.
    """
    if 1 <= len(request.replication.rules) <= MOST_RULES:
        return None
    return Refusal("MalformedXML", f"A replication configuration has 1 to {MOST_RULES} rules.")


def source_versioned(request: PutReplication, buckets: Buckets) -> Refusal | None:
    """Demand versioning of the bucket that is copied.

    Source: S3 user guide, "Requirements and considerations for replication". Text: reports of PutBucketReplication.
    """
    bucket = buckets.get(request.bucket)
    if bucket is None or bucket.versioning == "Enabled":
        return None
    return _invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration")


def destination_exists(request: PutReplication, buckets: Buckets) -> Refusal | None:
    """Demand that each destination is a bucket.

    Source: S3 user guide, "Requirements and considerations for replication". Text: reports of PutBucketReplication.
    """
    if all(rule.destination in buckets for rule in request.replication.rules):
        return None
    return _invalid("Destination bucket must exist.")


def destination_versioned(request: PutReplication, buckets: Buckets) -> Refusal | None:
    """Demand versioning of each destination.

    Source: S3 user guide, "Requirements and considerations for replication". Text: nozaq/terraform-aws-remote-state-
    s3-backend, issue 107.
    """
    found = [buckets[rule.destination] for rule in request.replication.rules if rule.destination in buckets]
    if all(bucket.versioning == "Enabled" for bucket in found):
        return None
    return _invalid("Destination bucket must have versioning enabled.")


def filter_settles_delete_markers(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand DeleteMarkerReplication beside a Filter.

    Source: botocore service model, DeleteMarkerReplication: "If you specify a Filter [...], you must also include a
    DeleteMarkerReplication element". The text is ours.
    """
    if any(rule.filtered and rule.delete_markers is None for rule in request.replication.rules):
        return _invalid("DeleteMarkerReplication must be specified for a rule with a Filter.")
    return None


def filter_has_priority(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand Priority beside a Filter.

    Source: botocore service model, PutBucketReplication: "When you add the Filter element in the configuration, you
    must also add the following elements: DeleteMarkerReplication, Status, and Priority". The text is ours.
    """
    if any(rule.filtered and rule.priority is None for rule in request.replication.rules):
        return _invalid("Priority must be specified for a rule with a Filter.")
    return None


def tags_exclude_delete_markers(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand that a rule that filters by tags copies no delete markers.

    Source: botocore service model, DeleteMarkerReplication: "If your Filter includes a Tag element, the
    DeleteMarkerReplication Status must be set to Disabled". The text is ours.
    """
    if any(rule.tags and rule.delete_markers for rule in request.replication.rules):
        return _invalid("Delete marker replication is not supported if any Tag filter is specified.")
    return None


def priorities_differ(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand a priority of its own of each rule with a Filter.

    Source: S3 user guide, "Replication configuration file elements": rules are ordered by priority. That equal ones
    are refused is our reading of reports, and the text is ours.
    """
    priorities = Counter(rule.priority for rule in request.replication.rules if rule.filtered and rule.priority)
    if any(times > 1 for times in priorities.values()):
        return _invalid("Each rule needs a priority of its own.")
    return None


def time_control_is_measured(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand Metrics beside ReplicationTime.

    Source: botocore service model, Destination, ReplicationTime: "Must be specified together with a Metrics block".
    The text is ours.
    """
    if any(rule.time_control_minutes is not None and not rule.metrics for rule in request.replication.rules):
        return _invalid("ReplicationTime must be specified together with Metrics.")
    return None


def time_control_has_its_threshold(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand 15 minutes of ReplicationTime.

    Source: botocore service model, ReplicationTimeValue: "Valid value: 15". The text is ours.
    """
    if all(rule.time_control_minutes in {None, THRESHOLD_SECONDS / 60} for rule in request.replication.rules):
        return None
    return _invalid("The time of ReplicationTime must be 15 minutes.")


def kms_copies_have_a_key(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand a key for the copies where objects with KMS keys are selected.

    Source: botocore service model, Destination, EncryptionConfiguration: "If SourceSelectionCriteria is specified, you
    must specify this element". The text is ours.
    """
    if any(rule.kms_objects and not rule.replica_key for rule in request.replication.rules):
        return _invalid("EncryptionConfiguration with ReplicaKmsKeyID is needed for SseKmsEncryptedObjects.")
    return None


def new_owner_is_named(request: PutReplication, _: Buckets) -> Refusal | None:
    """Demand the account that is to own the copies where their owner changes.

    Source: botocore service model, Destination, Account: "if you direct Amazon S3 to change replica ownership [...] by
    specifying the AccessControlTranslation property, this is the account ID of the destination bucket owner". That S3
    refuses its absence is our reading of it, and the text is ours.
    """
    if any(rule.new_owner and not rule.account for rule in request.replication.rules):
        return _invalid("Account must be specified together with AccessControlTranslation.")
    return None


def existing_objects_unsupported(request: PutReplication, _: Buckets) -> Refusal | None:
    """Refuse ExistingObjectReplication.

    Source: botocore service model, ExistingObjectReplication: "This parameter is no longer supported. To replicate
    existing objects, see Replicating existing objects with S3 Batch Replication". The text is ours.
    """
    if any(rule.existing_objects for rule in request.replication.rules):
        return _invalid("ExistingObjectReplication is not supported: use S3 Batch Replication.")
    return None


def versioning_carries_replication(request: PutVersioning, buckets: Buckets) -> Refusal | None:
    """Demand that versioning stays while there is a replication configuration.

    Source: S3 user guide, "Replication and other bucket configurations". Text: hashicorp/terraform, issue 22491.
    """
    bucket = buckets.get(request.bucket)
    if bucket is None or bucket.replication is None or request.status == "Enabled":
        return None
    text = (
        "A replication configuration is present on this bucket, so you cannot change the versioning state. To change "
        "the versioning state, first delete the replication configuration."
    )
    return Refusal("InvalidBucketState", text, HTTPStatus.CONFLICT)


def versioning_carries_object_lock(request: PutVersioning, buckets: Buckets) -> Refusal | None:
    """Demand that versioning stays where there is Object Lock.

    Source: S3 user guide, "Object Lock considerations": "you can't disable Object Lock or suspend versioning". The
    text is ours.
    """
    bucket = buckets.get(request.bucket)
    if bucket is None or not bucket.locked or request.status == "Enabled":
        return None
    text = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
    return Refusal("InvalidBucketState", text, HTTPStatus.CONFLICT)


def _invalid(text: str) -> Refusal:
    """Return the error for a replication configuration that cannot be."""
    return Refusal("InvalidRequest", text)


ConfigurationRule = Callable[[Any, Buckets], Refusal | None]

RULES: Final[Mapping[type[Request], tuple[ConfigurationRule, ...]]] = {
    UseBucket: (asked_in_its_region,),
    PutReplication: (
        rules_counted, source_versioned, destination_exists, destination_versioned, filter_settles_delete_markers,
        filter_has_priority, tags_exclude_delete_markers, priorities_differ, time_control_is_measured,
        time_control_has_its_threshold, kms_copies_have_a_key, new_owner_is_named, existing_objects_unsupported,
    ),
    PutVersioning: (versioning_carries_replication, versioning_carries_object_lock),
}  # fmt: skip
"""Every rule by the request that it judges, in the order in which they object."""
