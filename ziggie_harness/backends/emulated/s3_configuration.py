"""Replication configurations between the API's members and our terms."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ziggie_harness.emulation.s3.records import Replication, Rule

Members = Mapping[str, Any]
"""A structure of the API, named as boto3 names its members."""


def named(configuration: Members) -> Members:
    """Return a configuration whose rules all have an ID: S3 makes one up (S3 API, ReplicationRule, ID)."""
    rules = [{**rule, "ID": rule.get("ID") or uuid.uuid4().hex} for rule in configuration.get("Rules", [])]
    return {"Role": configuration.get("Role", ""), "Rules": rules}


def replication_of(configuration: Members, since_seconds: float, before: Replication | None) -> Replication:
    """Return a configuration in our terms; a rule that stood before it counts from its own beginning."""
    first = {rule.identity: rule.since_seconds for rule in before.rules} if before else {}
    return Replication(
        configuration["Role"],
        tuple(_rule(rule, first.get(rule["ID"], since_seconds)) for rule in configuration["Rules"]),
    )


def _rule(members: Members, since_seconds: float) -> Rule:
    """Return one rule in our terms."""
    found = members.get("Filter") or {}
    both = found.get("And") or {}
    tags = both.get("Tags") or ([found["Tag"]] if found.get("Tag") else [])
    destination, selection = members["Destination"], members.get("SourceSelectionCriteria") or {}
    markers = members.get("DeleteMarkerReplication")
    time = destination.get("ReplicationTime") or {}
    return Rule(
        identity=members["ID"],
        destination=destination["Bucket"].rpartition(":")[2],
        enabled=_enabled(members),
        priority=members.get("Priority"),
        filtered="Filter" in members,
        prefix=both.get("Prefix") or found.get("Prefix") or members.get("Prefix") or "",
        tags={tag["Key"]: tag["Value"] for tag in tags},
        delete_markers=None if markers is None else _enabled(markers),
        storage_class=destination.get("StorageClass", ""),
        account=destination.get("Account", ""),
        new_owner="AccessControlTranslation" in destination,
        kms_objects=_enabled(selection.get("SseKmsEncryptedObjects")),
        replica_key=(destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID", ""),
        replica_modifications=_enabled(selection.get("ReplicaModifications")),
        time_control_minutes=(time.get("Time") or {}).get("Minutes") if _enabled(time) else None,
        metrics=_enabled(destination.get("Metrics")),
        existing_objects=_enabled(members.get("ExistingObjectReplication")),
        since_seconds=since_seconds,
    )


def _enabled(part: Members | None) -> bool:
    """Say whether a part of a rule is there and enabled."""
    return part is not None and part.get("Status") == "Enabled"
