"""How Route 53 recognises a repeated request: by its caller reference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ziggie_harness.emulation.route53.records import HealthCheck


def zone_reference_error(reference: str, used: Collection[str]) -> str | None:
    """Return HostedZoneAlreadyExists' message for a reference that a zone was created with, else None.

    Source: botocore service model, CreateHostedZoneRequest.CallerReference: "You must use a unique CallerReference
    string every time you submit a CreateHostedZone request".
    """
    if reference in used:
        return f"A hosted zone has already been created with the specified caller reference: {reference}"
    return None


def repeated_health_check(
    reference: str, wanted: HealthCheck, existing: Mapping[str, HealthCheck]
) -> HealthCheck | None:
    """Return the check that a repeated request asks for again, which Route 53 returns as it is; None for a new one.

    Source: botocore service model, CreateHealthCheckRequest.CallerReference: with the same reference and settings,
    "If the health check does exist, Route 53 returns the health check configuration in the response". ``existing`` is
    by reference.
    """
    present = existing.get(reference)
    return present if present is not None and replace(wanted, id=present.id) == present else None


def health_check_reference_error(
    reference: str, wanted: HealthCheck, existing: Mapping[str, HealthCheck], deleted: Collection[str]
) -> str | None:
    """Return HealthCheckAlreadyExists' message for a reference that stands for something else, else None.

    Source: botocore service model, CreateHealthCheckRequest.CallerReference: an error for the reference of a deleted
    check "regardless of the settings", and for that of an existing one "with different settings"; wording ours. That
    Route 53 forgets the references of deleted checks "after a number of days" is not imitated.
    """
    if reference in deleted:
        return f"The caller reference {reference} was used for a health check that was deleted"
    if reference in existing and repeated_health_check(reference, wanted, existing) is None:
        return f"The caller reference {reference} was used for a health check with other settings"
    return None
