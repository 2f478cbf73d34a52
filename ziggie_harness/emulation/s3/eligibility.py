"""Which versions S3 copies under which rule, condition by condition, each with its source.

What is not copied gets no status and no message: it is simply missing on the other side. The deletion of a version and
what lifecycle rules do are never copied ("This behavior protects data from malicious deletions", S3 user guide, "What
does Amazon S3 replicate?"), so nothing asks these conditions about them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ziggie_harness.emulation.s3.records import Replication, Rule, Version

KMS: Final = frozenset({"aws:kms", "aws:kms:dsse"})

ARCHIVED: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})


def chosen(version: Version, replication: Replication) -> tuple[Rule, ...]:
    """Return the rules that a version is copied by: of each destination the one with the highest priority that fits.

    Source: botocore service model, ReplicationRule, Priority: "if there are two or more rules with the same destination
    bucket, then objects will be replicated according to the rule with the highest priority".
    """
    best: dict[str, Rule] = {}
    for rule in sorted(replication.rules, key=lambda rule: rule.priority or 0):
        if objection(version, rule) is None:
            best[rule.destination] = rule
    return tuple(best.values())


def objection(version: Version, rule: Rule) -> str | None:
    """Return why a rule leaves a version out, or None when it copies it."""
    return next((reason for condition in CONDITIONS if (reason := condition(version, rule)) is not None), None)


def rule_enabled(_: Version, rule: Rule) -> str | None:
    """Leave everything out while a rule is disabled.

    Source: botocore service model, ReplicationRule, Status.
    """
    return None if rule.enabled else f"the rule {rule.identity} is disabled"


def key_has_prefix(version: Version, rule: Rule) -> str | None:
    """Leave out what has another prefix.

    Source: botocore service model, ReplicationRuleFilter, Prefix.
    """
    if version.key.startswith(rule.prefix):
        return None
    return f"its key does not begin with {rule.prefix!r}, which the rule {rule.identity} asks for"


def tags_fit(version: Version, rule: Rule) -> str | None:
    """Leave out what lacks one of the tags; a delete marker has none.

    Source: botocore service model, ReplicationRuleFilter, Tag: "only to objects that have the tag in their tag set".
    """
    lacking = [name for name, value in rule.tags.items() if version.tags.get(name) != value]
    return f"it lacks the tag {lacking[0]} of the rule {rule.identity}" if lacking else None


def stored_after_the_rule(version: Version, rule: Rule) -> str | None:
    """Leave out what is older than the rule, also when it is changed later.

    Source: S3 user guide, "What does Amazon S3 replicate?": "Objects created after you add a replication
    configuration".
    """
    if version.stored_seconds >= rule.since_seconds:
        return None
    return f"it is older than the rule {rule.identity}"


def not_a_replica(version: Version, rule: Rule) -> str | None:
    """Leave out copies, but for changes of a copy's tags and access list where the rule asks for those.

    Source: S3 user guide, "What does Amazon S3 replicate?": not "objects in the source bucket that are replicas that
    were created by another replication rule"; botocore service model, ReplicaModifications.
    """
    if not version.replica or (version.modified and rule.replica_modifications):
        return None
    return "it is a replica itself"


def kms_selected(version: Version, rule: Rule) -> str | None:
    """Leave out what is encrypted with a KMS key, unless the rule selects such objects.

    Source: botocore service model, PutBucketReplication: "By default, Amazon S3 doesn't replicate objects that are
    stored at rest using server-side encryption with KMS keys".
    """
    if version.encryption not in KMS or rule.kms_objects or version.delete_marker:
        return None
    return f"it is encrypted with a KMS key, and the rule {rule.identity} does not select such objects"


def not_archived(version: Version, _: Rule) -> str | None:
    """Leave out what lies in an archive.

    Source: S3 user guide, "What does Amazon S3 replicate?": not "objects that are stored in S3 Glacier Flexible
    Retrieval, S3 Glacier Deep Archive".
    """
    return f"it lies in the storage class {version.storage_class}" if version.storage_class in ARCHIVED else None


def marker_wanted(version: Version, rule: Rule) -> str | None:
    """Leave out delete markers unless the rule asks for them; those without a Filter copy them.

    Source: S3 user guide, "Replicating delete markers between buckets" and "How delete operations affect replication".
    """
    if not version.delete_marker or rule.delete_markers or (not rule.filtered and rule.delete_markers is None):
        return None
    return f"the rule {rule.identity} copies no delete markers"


Condition = Callable[[Version, Rule], str | None]

CONDITIONS: Final[tuple[Condition, ...]] = (
    rule_enabled, key_has_prefix, tags_fit, kms_selected, not_archived, marker_wanted, not_a_replica,
    stored_after_the_rule,
)  # fmt: skip
"""Every condition, in the order in which they are told."""
